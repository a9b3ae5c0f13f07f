#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/thread.h"
#include "fuse/adapter.h"

struct fuse_session;

namespace wsfs {

/// A mounted libfuse session and the threads that receive its requests.
/// Receivers never wait: an operation that must is run by the adapter's pool.
///
/// Resource type, one per mount; the adapter outlives it. Stop(), Close()
/// and the destructor are for one thread at a time.
class Session {
 public:
  struct Options {
    std::filesystem::path directory;
    std::string source;
    bool read_only = false;
    std::function<void()> on_end;  ///< On the last receiver to end.
  };
  static Result<std::unique_ptr<Session>> Start(Adapter& adapter,
                                                const Options& options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  fuse_session* handle() const { return session_; }
  bool ended() const { return receiving_ == 0; }

  /// Detaches the mount, wakes the receivers and joins them. Idempotent.
  void Stop();
  /// After Stop(), and when nothing waits to be answered: closes the
  /// connection. What the kernel still waits for fails. Idempotent.
  void Close();

 private:
  struct Receiver {
    std::atomic<int> thread_id = 0;
    Thread thread;
  };

  explicit Session(const Options& options) : options_(options) {}
  Result<void> Mount(Adapter& adapter);
  void StartReceivers();
  void Receive(Receiver& self);
  void WakeReceivers();

  const Options options_;
  fuse_session* session_ = nullptr;
  bool mounted_ = false;
  std::atomic<int> receiving_ = 0;
  std::vector<std::unique_ptr<Receiver>> receivers_;
};

}  // namespace wsfs
