#pragma once

#include <filesystem>
#include <functional>
#include <list>
#include <memory>

#include "base/cancel.h"
#include "base/sync.h"
#include "base/thread.h"
#include "base/unique_fd.h"
#include "control/message.h"

namespace wsfs {

/// Answers the commands of other wsfs processes on the engine's socket: one
/// request a connection, a thread each, only for the engine's own user.
///
/// Resource type, one per engine. The handler runs on the connection's
/// thread, may take its time, and should end when its token is cancelled: the
/// client has gone, or the server ends. Destruction cancels and joins.
class ControlServer {
 public:
  static constexpr std::size_t kMaxConnections = 64;
  using Handler =
      std::function<ControlReply(const ControlRequest& request,
                                 const std::shared_ptr<CancelToken>& cancel)>;

  /// kIo. The caller holds the store's lock.
  static Result<std::unique_ptr<ControlServer>> Start(
      const std::filesystem::path& socket, Handler handler);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  struct Connection {
    UniqueFd fd;
    std::shared_ptr<CancelToken> cancel = std::make_shared<CancelToken>();
    bool receiving = true;  ///< Bytes are the request's, not a hang-up.
    bool done = false;
    Thread thread;
  };

  ControlServer(std::filesystem::path socket, UniqueFd listener, UniqueFd wake,
                Handler handler);
  void Accept() EXCLUDES(mutex_);
  void TakeConnection() EXCLUDES(mutex_);
  void Serve(Connection& connection) EXCLUDES(mutex_);
  void Reap() EXCLUDES(mutex_);
  void Wake() const;
  void WaitForEvents() EXCLUDES(mutex_);
  bool stopping() EXCLUDES(mutex_);

  const std::filesystem::path socket_;
  const UniqueFd listener_;
  const UniqueFd wake_;
  const Handler handler_;
  Mutex mutex_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::list<Connection> connections_ GUARDED_BY(mutex_);
  Thread acceptor_;  // Last: it uses all of the above.
};

}  // namespace wsfs
