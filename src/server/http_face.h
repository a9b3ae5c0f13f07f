#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "server/faults.h"
#include "server/http_server.h"
#include "server/model.h"
#include "server/request_log.h"
#include "server/routes.h"

namespace wsfs {

struct HttpFaceOptions {
  std::string token;
  /// Half of it passes before a call is executed, half after.
  Milliseconds latency{0};
  Milliseconds jitter{0};
};

/// The HTTP side of a WorkspaceModel: token, limits, faults, log, routes.
/// Resource type; the model outlives it. Thread-safe.
class HttpFace final : public HttpHandler {
 public:
  HttpFace(WorkspaceModel& model, HttpFaceOptions options);

  HttpReply Handle(const ServerRequest& request, HttpBody& body,
                   HttpPeer& peer) override;
  ServerResponse Malformed(std::string_view why) override;
  std::int64_t NowSeconds() override;

  FaultPlan& faults() { return faults_; }
  RateLimits& limits() { return limits_; }
  RequestLog& log() { return log_; }

 private:
  struct Call;

  Answer<void> CheckToken(const ServerRequest& request) const;
  HttpReply Execute(Call& call, const ServerRequest& request, HttpBody& body,
                    HttpPeer& peer);
  std::optional<HttpReply> Suffer(Call& call, FaultSide side, HttpPeer& peer);
  void Wait(Milliseconds time, HttpPeer& peer);
  void Stall(HttpPeer& peer);
  Milliseconds WithJitter(Milliseconds base, Milliseconds jitter);

  WorkspaceModel& model_;
  const HttpFaceOptions options_;
  Routes routes_;
  FaultPlan faults_;
  RateLimits limits_{RealClock()};
  RequestLog log_;
  std::atomic<std::uint64_t> requests_ = 0;
};

}  // namespace wsfs
