#pragma once

#include <functional>
#include <string>
#include <thread>

namespace wsfs {

/// A named thread that is joined when destroyed. All threads of the program
/// are made here, so that `ps -L` and docs/threading.md agree.
class Thread {
 public:
  Thread() = default;
  /// `name` is cut to 15 bytes, as Linux does.
  Thread(const std::string& name, std::function<void()> body);
  Thread(Thread&&) noexcept = default;
  Thread& operator=(Thread&&) noexcept = default;

  bool joinable() const { return thread_.joinable(); }
  void Join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::jthread thread_;
};

}  // namespace wsfs
