#include "cli/service_link.h"

#include <utility>

#include <fmt/format.h>

#include "cli/io.h"

namespace wsfs {

ServiceLink::ServiceLink(const Credential& credential,
                         std::unique_ptr<CurlTransport> transport,
                         std::shared_ptr<Metrics> metrics)
    : source_(credential.source),
      tokens_(credential.token),
      metrics_(std::move(metrics)),
      transport_(std::move(transport)),
      metered_(metrics_ == nullptr ? std::nullopt
                                   : std::make_optional<MeteredTransport>(
                                         *transport_, *metrics_)),
      workspace_(credential.host, way(), tokens_) {}

Transport& ServiceLink::way() {
  if (metered_) return *metered_;
  return *transport_;
}

Result<std::unique_ptr<ServiceLink>> ServiceLink::Open(
    const Credential& credential, const Environment& environment,
    std::shared_ptr<Metrics> metrics) {
  WSFS_TRY(CurlOptions options, CurlOptionsFrom(environment));
  WSFS_TRY(auto transport,
           CurlTransport::Start(std::move(options), RealClock()));
  return std::unique_ptr<ServiceLink>(
      new ServiceLink(credential, std::move(transport), std::move(metrics)));
}

Result<std::string> ServiceLink::AskUser(Milliseconds patience) {
  CallOptions options;
  options.deadline = std::chrono::steady_clock::now() + patience;
  auto me = workspace_.Me(options);
  if (me.ok()) return std::move(me->user_name);
  const Errc code = me.error().code();
  if (code == Errc::kUnauthenticated || code == Errc::kPermissionDenied)
    return Error(Errc::kUnauthenticated,
                 fmt::format("the workspace does not accept the token of {}; "
                             "set a valid DATABRICKS_TOKEN or profile ({})",
                             source_, me.error().message()));
  return std::move(me).error();
}

int ExitCodeOf(Errc code) {
  switch (code) {
    case Errc::kUnauthenticated: return kExitCredentials;
    case Errc::kUnreachable:
    case Errc::kUnavailable:
    case Errc::kThrottled:
    case Errc::kTimeout:
    case Errc::kOutcomeUnknown: return kExitUnreachable;
    default: return kExitFailed;
  }
}

}  // namespace wsfs
