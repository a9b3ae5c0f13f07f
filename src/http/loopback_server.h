#pragma once

#include <algorithm>
#include <atomic>
#include <charconv>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/sync.h"
#include "base/thread.h"
#include "base/unique_fd.h"

namespace wsfs {

/// A connection to a LoopbackServer. One thread at a time.
class LoopbackConnection {
 public:
  explicit LoopbackConnection(int fd) : fd_(fd) {}

  /// Reads up to the blank line and returns it; "" when the peer has closed.
  std::string ReadHead() {
    for (;;) {
      const std::size_t end = buffer_.find("\r\n\r\n");
      if (end != buffer_.npos) return Cut(end + 4);
      if (!Fill()) return "";
    }
  }

  /// Reads the body that `head` announces; shorter if the peer goes away.
  std::string ReadBody(std::string_view head) {
    const std::size_t length = ContentLength(head);
    while (buffer_.size() < length && Fill()) {
    }
    return Cut(std::min(length, buffer_.size()));
  }

  /// Reads and throws away a body; how long it was.
  std::size_t SkipBody(std::string_view head) {
    const std::size_t length = ContentLength(head);
    std::size_t seen = 0;
    while (seen < length) {
      if (buffer_.empty() && !Fill()) break;
      seen += buffer_.size();
      buffer_.clear();
    }
    return seen;
  }

  void Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  void Answer(int status, std::string_view body,
              std::string_view headers = "") {
    Write(fmt::format("HTTP/1.1 {} X\r\nContent-Length: {}\r\n{}\r\n{}", status,
                      body.size(), headers, body));
  }

  /// Returns when the peer has closed, or the server is destroyed.
  void AwaitClose() {
    while (Fill()) buffer_.clear();
  }

  /// Closes with a reset instead of an orderly end.
  void Reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  }

  static std::size_t ContentLength(std::string_view head) {
    constexpr std::string_view kName = "Content-Length: ";
    const std::size_t at = head.find(kName);
    std::size_t length = 0;
    if (at != head.npos)
      std::from_chars(head.data() + at + kName.size(),
                      head.data() + head.size(), length);
    return length;
  }

 private:
  bool Fill() {
    const ssize_t n = ::recv(fd_, piece_.data(), piece_.size(), 0);
    if (n <= 0) return false;
    buffer_.append(piece_, 0, static_cast<std::size_t>(n));
    return true;
  }

  std::string Cut(std::size_t length) {
    std::string cut = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return cut;
  }

  int fd_;
  std::string piece_ = std::string(std::size_t{64} << 10U, '\0');
  std::string buffer_;
};

/// A server for tests, on a free port of 127.0.0.1: `serve` is called for
/// each connection, on a thread of its own, with the connection's number from
/// 0 on; when it returns the connection is closed.
class LoopbackServer {
 public:
  using Serve = std::function<void(LoopbackConnection&, int number)>;

  explicit LoopbackServer(Serve serve) : serve_(std::move(serve)) {
    listener_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    auto* generic = static_cast<sockaddr*>(static_cast<void*>(&address));
    socklen_t length = sizeof(address);
    WSFS_CHECK(::bind(listener_.get(), generic, length) == 0);
    WSFS_CHECK(::listen(listener_.get(), 128) == 0);
    WSFS_CHECK(::getsockname(listener_.get(), generic, &length) == 0);
    url_ = fmt::format("http://127.0.0.1:{}", ::ntohs(address.sin_port));
    acceptor_ = Thread("loopback", [this] { Accept(); });
  }

  ~LoopbackServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    acceptor_.Join();
    {
      const MutexLock lock(mutex_);
      for (const auto& fd : sockets_)
        if (fd.valid()) ::shutdown(fd.get(), SHUT_RDWR);
    }
    threads_.clear();
  }

  const std::string& url() const { return url_; }
  int connections() const { return connections_; }

 private:
  void Accept() {
    for (;;) {
      UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!fd.valid()) return;
      const int number = connections_++;
      const int raw = fd.get();
      {
        const MutexLock lock(mutex_);
        sockets_.push_back(std::move(fd));
      }
      threads_.emplace_back("loopback-conn", [this, number, raw] {
        LoopbackConnection connection(raw);
        serve_(connection, number);
        const MutexLock lock(mutex_);
        sockets_.at(static_cast<std::size_t>(number)).Reset();
      });
    }
  }

  Serve serve_;
  UniqueFd listener_;
  std::string url_;
  std::atomic<int> connections_ = 0;
  Mutex mutex_;
  std::vector<UniqueFd> sockets_ GUARDED_BY(mutex_);
  std::vector<Thread> threads_;
  Thread acceptor_;
};

}  // namespace wsfs
