#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wsfs {

/// An answer as the conformance suite sees it.
struct WireAnswer {
  int status = 0;                              ///< 0: none came.
  std::map<std::string, std::string> headers;  ///< Names in lower case.
  std::string body;
  double seconds = 0;
};

struct WireRequest {
  std::string method = "GET";
  std::string target;  ///< Path and query, encoded.
  std::vector<std::string> headers;
  std::string body;
  bool with_token = true;
};

/// A GET with the token.
inline WireRequest Get(std::string target) {
  WireRequest request;
  request.target = std::move(target);
  return request;
}

/// The suite's own HTTP client, over libcurl's easy interface: it shares no
/// code with src/http. One thread at a time; keeps its connection.
class ConformanceClient {
 public:
  /// `host` is "http://127.0.0.1:PORT" or a real workspace.
  ConformanceClient(std::string host, std::string token);
  ~ConformanceClient();
  ConformanceClient(const ConformanceClient&) = delete;
  ConformanceClient& operator=(const ConformanceClient&) = delete;

  WireAnswer Send(const WireRequest& request);

 private:
  std::string host_;
  std::string token_;
  void* curl_;
};

/// Everything but letters, digits and "-._~".
std::string EscapeUrl(std::string_view text);
std::string Base64(std::string_view bytes);

/// A TCP connection to 127.0.0.1 that sends what no client would.
class RawConnection {
 public:
  explicit RawConnection(std::uint16_t port);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  void Send(std::string_view bytes) const;
  /// "I send no more": a half-closed connection.
  void FinishSending() const;
  /// What comes until `enough` says so, the end, or the timeout.
  std::string Read(std::chrono::milliseconds timeout,
                   const std::function<bool(const std::string&)>& enough);
  /// Until one whole answer (by Content-Length) is there.
  std::string ReadAnswer(std::chrono::milliseconds timeout);
  /// The other side has closed, and said nothing before.
  bool closed() const { return closed_; }
  bool reset() const { return reset_; }

 private:
  int fd_;
  bool closed_ = false;
  bool reset_ = false;
};

}  // namespace wsfs
