#include "server/http_connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

namespace wsfs {
namespace {

constexpr std::size_t kBlockBytes = 64 << 10;
constexpr std::string_view kClosed = "closed";

std::string HeadOf(const ServerResponse& response, bool keep,
                   std::int64_t seconds) {
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Length: {}\r\n",
                  response.status, http::ReasonPhrase(response.status),
                  http::HttpDate(seconds), response.body_bytes());
  if (!response.content_type.empty())
    head += fmt::format("Content-Type: {}\r\n", response.content_type);
  for (const auto& [name, value] : response.headers)
    head += fmt::format("{}: {}\r\n", name, value);
  head += keep ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return head;
}

}  // namespace

/// The body of the request in hand, by length or by chunks.
class HttpConnection::Body final : public HttpBody {
 public:
  Body(HttpConnection& connection, const ServerRequest& request)
      : connection_(connection),
        chunked_(request.chunked),
        left_(request.content_length),
        done_(!request.chunked && request.content_length == 0) {}

  bool done() const { return done_; }
  bool failed() const { return failed_; }

  Result<std::size_t> Read(std::span<std::byte> into) override {
    if (done_) return std::size_t{0};
    if (failed_) return Error(Errc::kUnreachable, "the body broke off");
    if (chunked_ && left_ == 0) {
      WSFS_RETURN_IF_ERROR(NextChunk());
      if (done_) return std::size_t{0};
    }
    WSFS_RETURN_IF_ERROR(Need(1));
    std::string& buffer = connection_.buffer_;
    const auto take = static_cast<std::size_t>(
        std::min<std::uint64_t>({left_, buffer.size(), into.size()}));
    std::memcpy(into.data(), buffer.data(), take);
    buffer.erase(0, take);
    left_ -= take;
    if (left_ > 0) return take;
    if (!chunked_) {
      done_ = true;
    } else {
      WSFS_RETURN_IF_ERROR(EatLineEnd());
    }
    return take;
  }

 private:
  Result<void> Need(std::size_t bytes) {
    while (connection_.buffer_.size() < bytes) {
      if (connection_.Receive(60'000)) continue;
      failed_ = true;
      return Error(Errc::kUnreachable, "the sender closed within the body");
    }
    return {};
  }

  Error Broken() {
    failed_ = true;
    return {Errc::kInvalidArgument, "the chunks of the body are broken"};
  }

  Result<void> EatLineEnd() {
    WSFS_RETURN_IF_ERROR(Need(2));
    if (!connection_.buffer_.starts_with("\r\n")) return Broken();
    connection_.buffer_.erase(0, 2);
    return {};
  }

  Result<std::string> Line() {
    while (true) {
      const std::size_t end = connection_.buffer_.find("\r\n");
      if (end != std::string::npos) {
        std::string line = connection_.buffer_.substr(0, end);
        connection_.buffer_.erase(0, end + 2);
        return line;
      }
      if (connection_.buffer_.size() > 4096) return Broken();
      WSFS_RETURN_IF_ERROR(Need(connection_.buffer_.size() + 1));
    }
  }

  Result<void> NextChunk() {
    WSFS_TRY(const std::string line, Line());
    const std::string size = line.substr(0, line.find(';'));
    if (size.empty() || size.size() > 15 ||
        size.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
      return Broken();
    left_ = std::stoull(size, nullptr, 16);
    if (left_ > 0) return {};
    while (true) {  // Trailers, to the empty line.
      WSFS_TRY(const std::string trailer, Line());
      if (trailer.empty()) break;
    }
    done_ = true;
    return {};
  }

  HttpConnection& connection_;
  bool chunked_;
  std::uint64_t left_;
  bool done_;
  bool failed_ = false;
};

void HttpConnection::Serve() {
  while (!stopping_ && ServeOne() == Next::kAnother) {
  }
}

bool HttpConnection::Gone() {
  if (stopping_) return true;
  pollfd poll_fd{fd_, POLLRDHUP, 0};
  return ::poll(&poll_fd, 1, 0) > 0 &&
         (poll_fd.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

/// False when nothing more comes: closed, failed, or silent for too long.
bool HttpConnection::Receive(int timeout_ms) {
  if (end_of_stream_ || stopping_) return false;
  pollfd poll_fd{fd_, POLLIN, 0};
  if (::poll(&poll_fd, 1, timeout_ms) <= 0) return false;
  std::array<char, kBlockBytes> block;  // NOLINT: filled by recv
  const ssize_t got = ::recv(fd_, block.data(), block.size(), 0);
  if (got <= 0) {
    end_of_stream_ = true;
    return false;
  }
  buffer_.append(block.data(), static_cast<std::size_t>(got));
  return true;
}

std::string HttpConnection::ReadHead(std::size_t& head_bytes) {
  while (true) {
    // An empty line before a request is forgiven (RFC 9112 §2.2).
    while (buffer_.starts_with("\r\n")) buffer_.erase(0, 2);
    const std::size_t end = buffer_.find("\r\n\r\n");
    if (end != std::string::npos && end <= http::kMaxHeadBytes) {
      head_bytes = end;
      return "";
    }
    if (const auto why = http::HopelessStart(buffer_); !why.empty())
      return std::string(why);
    const auto wait = buffer_.empty() ? idle_ : std::chrono::seconds(10);
    if (!Receive(static_cast<int>(std::chrono::milliseconds(wait).count())))
      return buffer_.empty() ? std::string(kClosed)
                             : "the request broke off within its head";
  }
}

HttpConnection::Next HttpConnection::ServeOne() {
  std::size_t head_bytes = 0;
  const std::string broken = ReadHead(head_bytes);
  if (broken == kClosed) return Next::kClose;
  if (!broken.empty()) return Refuse(broken);
  const auto request =
      http::ParseHead(std::string_view(buffer_).substr(0, head_bytes));
  if (!request) return Refuse(request.error());
  buffer_.erase(0, head_bytes + 4);
  Body body(*this, *request);
  // At once: libcurl waits a second for it (§8).
  if (request->expects_continue && !body.done() && buffer_.empty() &&
      !Send("HTTP/1.1 100 Continue\r\n\r\n"))
    return Next::kClose;
  return Answer(*request, body);
}

HttpConnection::Next HttpConnection::Answer(const ServerRequest& request,
                                            Body& body) {
  const HttpReply reply = handler_.Handle(request, body, *this);
  if (reply.action == WireAction::kReset) {
    Reset();
    return Next::kClose;
  }
  const bool truncate = reply.action == WireAction::kTruncate;
  // What was not read would be taken for the next request.
  const bool drained = body.done() || (!body.failed() && body.Drain().ok());
  const bool keep = request.keep_alive && drained && !truncate;
  if (!SendResponse(request, reply.response, keep, truncate))
    return Next::kClose;
  if (keep) return Next::kAnother;
  CloseGently();
  return Next::kClose;
}

HttpConnection::Next HttpConnection::Refuse(std::string_view why) {
  SendResponse(ServerRequest(), handler_.Malformed(why), /*keep=*/false,
               /*truncate=*/false);
  CloseGently();
  return Next::kClose;
}

bool HttpConnection::Send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool HttpConnection::SendContent(std::string head, const StoredContent& content,
                                 std::uint64_t bytes) const {
  std::string block = std::move(head);
  for (std::uint64_t offset = 0; offset < bytes;) {
    const std::size_t used = block.size();
    block.resize(used + static_cast<std::size_t>(std::min<std::uint64_t>(
                            kBlockBytes, bytes - offset)));
    const auto got = content.ReadAt(
        offset, std::as_writable_bytes(std::span(block)).subspan(used));
    if (!got.ok() || *got == 0) return false;
    block.resize(used + *got);
    offset += *got;
    if (!Send(block)) return false;
    block.clear();
  }
  return Send(block);
}

bool HttpConnection::SendResponse(const ServerRequest& request,
                                  const ServerResponse& response, bool keep,
                                  bool truncate) {
  std::string head = HeadOf(response, keep, handler_.NowSeconds());
  if (request.method == "HEAD") return Send(head);
  const std::uint64_t bytes =
      truncate ? response.body_bytes() / 2 : response.body_bytes();
  if (response.content != nullptr)
    return SendContent(std::move(head), *response.content, bytes);
  head.append(response.text, 0, bytes);
  return Send(head);
}

/// Closing with unread bytes would reset the connection and take the answer
/// with it: say that no more comes, then read on for a moment.
void HttpConnection::CloseGently() {
  ::shutdown(fd_, SHUT_WR);
  for (int i = 0; i < 64; ++i) {
    buffer_.clear();
    if (!Receive(200)) return;
  }
}

void HttpConnection::Reset() const {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace wsfs
