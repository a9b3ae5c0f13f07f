#include "server/http_server.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <list>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "base/sync.h"
#include "base/thread.h"
#include "base/unique_fd.h"
#include "server/http_connection.h"

namespace wsfs {
namespace {

struct Slot {
  UniqueFd fd;
  Thread thread;
  bool done = false;
};

class TcpServer final : public HttpServer {
 public:
  TcpServer(HttpServerOptions options, HttpHandler& handler, UniqueFd listener,
            UniqueFd wake, std::uint16_t port)
      : options_(std::move(options)),
        handler_(handler),
        listener_(std::move(listener)),
        wake_(std::move(wake)),
        port_(port) {
    acceptor_ = Thread("http-accept", [this] { Accept(); });
  }
  TcpServer(const TcpServer&) = delete;
  TcpServer& operator=(const TcpServer&) = delete;
  ~TcpServer() override { TcpServer::Stop(); }

  std::uint16_t port() const override { return port_; }

  std::size_t OpenConnections() const override {
    const MutexLock lock(mutex_);
    return slots_.size();
  }

  void Stop() override {
    stopping_ = true;
    ::eventfd_write(wake_.get(), 1);
    acceptor_.Join();
    std::list<Slot> slots;
    {
      const MutexLock lock(mutex_);
      for (const Slot& slot : slots_) {
        if (slot.fd.valid()) ::shutdown(slot.fd.get(), SHUT_RDWR);
      }
      slots.splice(slots.end(), slots_);
    }
    // Joined here, outside the lock that each thread takes when it ends.
    for (Slot& slot : slots) slot.thread.Join();
  }

 private:
  void Accept() {
    while (!stopping_) {
      pollfd fds[] = {{listener_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
      if (::poll(fds, 2, 1000) < 0 && errno != EINTR) return;
      Reap();
      if (stopping_ || (fds[0].revents & POLLIN) == 0) continue;
      UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (fd.valid()) {
        Take(std::move(fd));
      } else {
        // Out of descriptors: not in a hot loop.
        pollfd wake{wake_.get(), POLLIN, 0};
        ::poll(&wake, 1, 50);
      }
    }
  }

  void Take(UniqueFd fd) {
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const timeval slow{60, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &slow, sizeof slow);
    const MutexLock lock(mutex_);
    if (slots_.size() >= options_.max_connections) {
      static constexpr std::string_view kFull =
          "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"
          "Connection: close\r\n\r\n";
      ::send(fd.get(), kFull.data(), kFull.size(), MSG_NOSIGNAL);
      return;
    }
    Slot& slot = slots_.emplace_back();
    slot.fd = std::move(fd);
    slot.thread = Thread("http-conn", [this, &slot] { Run(slot); });
  }

  void Run(Slot& slot) {
    int fd = -1;
    {
      const MutexLock lock(mutex_);
      fd = slot.fd.get();
    }
    HttpConnection connection(fd, handler_, options_.idle_timeout, stopping_);
    connection.Serve();
    const MutexLock lock(mutex_);
    slot.fd.Reset();
    slot.done = true;
  }

  void Reap() {
    std::list<Slot> done;
    {
      const MutexLock lock(mutex_);
      for (auto slot = slots_.begin(); slot != slots_.end();) {
        const auto next = std::next(slot);
        if (slot->done) done.splice(done.end(), slots_, slot);
        slot = next;
      }
    }
    // A done thread is about to let go of the lock: joining is short.
    for (Slot& slot : done) slot.thread.Join();
  }

  const HttpServerOptions options_;
  HttpHandler& handler_;
  UniqueFd listener_;
  UniqueFd wake_;
  std::uint16_t port_;
  std::atomic<bool> stopping_ = false;
  mutable Mutex mutex_;
  std::list<Slot> slots_ GUARDED_BY(mutex_);
  Thread acceptor_;
};

Error ListenError(const HttpServerOptions& options, std::string_view step) {
  return {Errc::kIo, fmt::format("cannot {} {}:{}: {}; choose another {}", step,
                                 options.host, options.port,
                                 std::strerror(errno), options.option)};
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::Start(HttpServerOptions options,
                                                      HttpHandler& handler) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(options.port);
  const std::string host =
      options.host == "localhost" ? "127.0.0.1" : options.host;
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1)
    return Error(
        Errc::kInvalidArgument,
        fmt::format("{:?} is not an IPv4 address to listen on", options.host));
  UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listener.valid()) return ListenError(options, "make a socket for");
  const int on = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener.get(), generic, length) != 0)
    return ListenError(options, "bind");
  if (::listen(listener.get(), 1024) != 0)
    return ListenError(options, "listen on");
  ::getsockname(listener.get(), generic, &length);
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC));
  if (!wake.valid()) return ListenError(options, "watch");
  return std::make_unique<TcpServer>(std::move(options), handler,
                                     std::move(listener), std::move(wake),
                                     ntohs(address.sin_port));
}

}  // namespace wsfs
