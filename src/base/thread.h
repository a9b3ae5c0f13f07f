#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include <pthread.h>

namespace wsfs {

/// A named thread that is joined when destroyed. All threads of the program
/// are made here, so that `ps -L` and docs/threading.md agree.
class Thread {
 public:
  Thread() = default;
  /// `name` is cut to 15 bytes, as Linux does. `stack_bytes` 0: the system's
  /// usual size.
  Thread(const std::string& name, std::function<void()> body,
         std::size_t stack_bytes = 0);
  Thread(Thread&& other) noexcept;
  Thread& operator=(Thread&& other) noexcept;
  ~Thread() { Join(); }

  bool joinable() const { return joinable_; }
  void Join();

 private:
  pthread_t thread_{};
  bool joinable_ = false;
};

}  // namespace wsfs
