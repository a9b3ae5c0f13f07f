#include "server/http_face.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace wsfs {
namespace {

using std::chrono::steady_clock;

ServerResponse ToResponse(const Fault& fault) {
  ServerResponse response = Routes::ToResponse(
      api_error::Make(fault.status, fault.code, fault.message));
  std::erase_if(response.headers,
                [](const auto& field) { return field.first == "Retry-After"; });
  if (fault.retry_after)
    response.headers.emplace_back("Retry-After", *fault.retry_after);
  if (fault.body) {
    response.text = *fault.body;
    response.content_type =
        fault.body->starts_with('<') ? "text/html" : "text/plain";
  }
  return response;
}

/// Equal in a time that does not tell where they differ.
bool SameSecret(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace

/// One call on its way through the face.
struct HttpFace::Call {
  Routes::Route route;
  std::string object;
  std::uint64_t bytes_in = 0;
  Milliseconds age{0};
  bool truncate = false;
};

HttpFace::HttpFace(WorkspaceModel& model, HttpFaceOptions options)
    : model_(model), options_(std::move(options)), routes_(model) {}

ServerResponse HttpFace::Malformed(std::string_view why) {
  LoggedRequest entry;
  entry.route = "malformed";
  entry.status = 400;
  entry.at_ms = RealClock().Wall() / 1'000'000;
  log_.Add(std::move(entry));
  return Routes::ToResponse(
      api_error::Malformed(fmt::format("Bad request: {}", why)));
}

std::int64_t HttpFace::NowSeconds() {
  return model_.NowMs() / 1000;
}

Answer<void> HttpFace::CheckToken(const ServerRequest& request) const {
  const auto header = request.Header("authorization");
  if (!header || !header->starts_with("Bearer "))
    return api_error::NoCredential();
  if (!SameSecret(std::string_view(*header).substr(7), options_.token))
    return api_error::WrongToken();
  return {};
}

HttpReply HttpFace::Handle(const ServerRequest& request, HttpBody& body,
                           HttpPeer& peer) {
  const auto began = steady_clock::now();
  LoggedRequest entry;
  entry.at_ms = RealClock().Wall() / 1'000'000;
  Call call;
  call.route = Routes::Find(request);
  HttpReply reply = Execute(call, request, body, peer);
  reply.response.headers.emplace_back("x-databricks-request-id",
                                      fmt::format("local-{}", ++requests_));
  entry.route = call.route.name;
  entry.method = request.method;
  entry.path = request.raw_path;
  entry.object = std::move(call.object);
  entry.status = reply.action == WireAction::kReset ? 0 : reply.response.status;
  entry.took_ms =
      std::chrono::duration_cast<Milliseconds>(steady_clock::now() - began)
          .count();
  entry.bytes_in = call.bytes_in;
  entry.bytes_out = reply.response.body_bytes();
  log_.Add(std::move(entry));
  return reply;
}

HttpReply HttpFace::Execute(Call& call, const ServerRequest& request,
                            HttpBody& body, HttpPeer& peer) {
  const Milliseconds latency = WithJitter(options_.latency, options_.jitter);
  Wait(latency / 2, peer);
  if (call.route.needs_token) {
    if (const auto known = CheckToken(request); !known.ok())
      return {Routes::ToResponse(known.error())};
  }
  if (!limits_.Admit(call.route.name))
    return {Routes::ToResponse(api_error::Throttled())};
  const auto operation = routes_.Prepare(call.route.name, request, body);
  if (!operation.ok()) return {Routes::ToResponse(operation.error())};
  call.object = operation->object;
  call.bytes_in = operation->bytes_in;
  if (auto reply = Suffer(call, FaultSide::kBefore, peer))
    return *std::move(reply);
  auto answer = operation->run(call.age);
  if (auto reply = Suffer(call, FaultSide::kAfter, peer))
    return *std::move(reply);
  Wait(latency - latency / 2, peer);
  const WireAction action =
      call.truncate ? WireAction::kTruncate : WireAction::kSend;
  if (!answer.ok()) return {Routes::ToResponse(answer.error()), action};
  return {*std::move(answer), action};
}

/// The faults of one side, in order; an answer if one of them is the answer.
std::optional<HttpReply> HttpFace::Suffer(Call& call, FaultSide side,
                                          HttpPeer& peer) {
  for (const Fault& fault : faults_.Take(call.route.name, call.object, side)) {
    switch (fault.kind) {
      case FaultKind::kStatus: return HttpReply{ToResponse(fault)};
      case FaultKind::kReset: return HttpReply{{}, WireAction::kReset};
      case FaultKind::kDelay:
        Wait(WithJitter(fault.delay, fault.jitter), peer);
        break;
      case FaultKind::kStall: Stall(peer); break;
      case FaultKind::kTruncate: call.truncate = true; break;
      case FaultKind::kStale: call.age = fault.delay; break;
    }
  }
  return std::nullopt;
}

void HttpFace::Wait(Milliseconds time, HttpPeer& peer) {
  const auto until = steady_clock::now() + time;
  while (steady_clock::now() < until && !peer.Gone()) {
    const auto left =
        std::chrono::duration_cast<Milliseconds>(until - steady_clock::now());
    faults_.Pause(std::clamp(left, Milliseconds(1), Milliseconds(50)));
  }
}

void HttpFace::Stall(HttpPeer& peer) {
  const std::uint64_t ticket = faults_.BeginStall();
  while (!peer.Gone() && !faults_.StallIsOver(ticket, Milliseconds(20))) {
  }
  faults_.EndStall();
}

Milliseconds HttpFace::WithJitter(Milliseconds base, Milliseconds jitter) {
  if (jitter <= Milliseconds(0)) return base;
  // Spread evenly and the same in each run: no random numbers in tests.
  const auto step = static_cast<std::int64_t>(requests_ * 7919 % 101);
  return base + Milliseconds(jitter.count() * step / 100);
}

}  // namespace wsfs
