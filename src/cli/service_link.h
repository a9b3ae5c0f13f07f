#pragma once

#include <memory>
#include <optional>
#include <string>

#include "api/rest_workspace.h"
#include "auth/credential.h"
#include "auth/token_source.h"
#include "base/environment.h"
#include "http/curl_transport.h"
#include "metrics/metered_transport.h"

namespace wsfs {

/// The way to one workspace: token, transport, REST. Resource type, one per
/// engine. Thread-safe.
class ServiceLink {
 public:
  /// Its calls are counted in `metrics`, which may be null.
  static Result<std::unique_ptr<ServiceLink>> Open(
      const Credential& credential, const Environment& environment,
      std::shared_ptr<Metrics> metrics);

  RestWorkspace& workspace() { return workspace_; }
  TokenSource& tokens() { return tokens_; }
  CallLoad Load() const { return transport_->Load(); }

  /// Who the credential is: one call, up to `patience`. kUnauthenticated with
  /// a sentence that says what to set.
  Result<std::string> AskUser(Milliseconds patience);

 private:
  ServiceLink(const Credential& credential,
              std::unique_ptr<CurlTransport> transport,
              std::shared_ptr<Metrics> metrics);

  /// What the workspace's calls go through.
  Transport& way();

  const std::string source_;
  TokenSource tokens_;
  const std::shared_ptr<Metrics> metrics_;
  std::unique_ptr<CurlTransport> transport_;
  std::optional<MeteredTransport> metered_;  ///< Where there are metrics.
  RestWorkspace workspace_;
};

/// The exit code of a command that failed for this reason.
int ExitCodeOf(Errc code);

}  // namespace wsfs
