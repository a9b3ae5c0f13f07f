#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/http_message.h"

namespace wsfs {

/// What is done with an answer on the wire.
enum class WireAction : std::uint8_t {
  kSend,
  kReset,     ///< No answer: the connection is reset (RST).
  kTruncate,  ///< The head and half of the body, then the connection closes.
};

struct HttpReply {
  ServerResponse response;
  WireAction action = WireAction::kSend;
};

/// Where a handler waits (a delay, a stall) it asks this now and then.
class HttpPeer {
 public:
  virtual ~HttpPeer() = default;
  /// The caller has gone, or the server stops: waiting is pointless.
  virtual bool Gone() = 0;
};

/// Answers requests. Called by one thread for each connection.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  virtual HttpReply Handle(const ServerRequest& request, HttpBody& body,
                           HttpPeer& peer) = 0;
  /// The answer to what is not a request: a 400.
  virtual ServerResponse Malformed(std::string_view why) = 0;
  /// What the `Date` header says.
  virtual std::int64_t NowSeconds() = 0;
};

struct HttpServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: the system picks one.
  std::size_t max_connections = 1024;
  std::chrono::seconds idle_timeout{120};
  std::string_view option = "--listen";  ///< Where the address came from.
};

/// HTTP/1.1 over TCP, its own so that it can do what a test double must: a 400
/// for whatever comes in, `100 Continue` at once, resets, truncated answers,
/// bodies of 500 MB that are never in memory, and idle connections that cost
/// nobody else anything (docs/decisions/0009-own-http-server.md).
///
/// Resource type. One thread accepts, one serves each connection, at most
/// `max_connections` of them; one more is answered 503 and closed. The handler
/// outlives the server. Thread-safe.
class HttpServer {
 public:
  /// kInvalidArgument (not an IPv4 address), kIo (the port is taken).
  static Result<std::unique_ptr<HttpServer>> Start(HttpServerOptions options,
                                                   HttpHandler& handler);
  virtual ~HttpServer() = default;

  virtual std::uint16_t port() const = 0;
  /// Closes all connections and joins all threads. Idempotent.
  virtual void Stop() = 0;
  virtual std::size_t OpenConnections() const = 0;
};

}  // namespace wsfs
