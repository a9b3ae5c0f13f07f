#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "server/http_server.h"

namespace wsfs {

/// One connection of the HTTP server: reads requests, writes answers, until
/// either side closes. Lives on its own thread; Stop() may come from another.
class HttpConnection final : public HttpPeer {
 public:
  /// The descriptor belongs to the caller and outlives this.
  HttpConnection(int fd, HttpHandler& handler, std::chrono::seconds idle,
                 const std::atomic<bool>& stopping)
      : fd_(fd), handler_(handler), idle_(idle), stopping_(stopping) {}

  void Serve();
  bool Gone() override;

 private:
  class Body;
  enum class Next : std::uint8_t { kAnother, kClose };

  Next ServeOne();
  /// Into buffer_, until the head is whole. "" when it is, else why not;
  /// "closed" is nothing to answer.
  std::string ReadHead(std::size_t& head_bytes);
  Next Refuse(std::string_view why);
  Next Answer(const ServerRequest& request, Body& body);
  bool Receive(int timeout_ms);
  bool Send(std::string_view bytes) const;
  bool SendContent(std::string head, const StoredContent& content,
                   std::uint64_t bytes) const;
  bool SendResponse(const ServerRequest& request,
                    const ServerResponse& response, bool keep, bool truncate);
  void CloseGently();
  void Reset() const;

  int fd_;
  HttpHandler& handler_;
  std::chrono::seconds idle_;
  const std::atomic<bool>& stopping_;
  std::string buffer_;  ///< Received, not yet used.
  bool end_of_stream_ = false;
};

}  // namespace wsfs
