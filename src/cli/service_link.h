#pragma once

#include <memory>
#include <string>

#include "api/rest_workspace.h"
#include "auth/credential.h"
#include "auth/token_source.h"
#include "base/environment.h"
#include "http/curl_transport.h"

namespace wsfs {

/// The way to one workspace: token, transport, REST. Resource type, one per
/// engine. Thread-safe.
class ServiceLink {
 public:
  static Result<std::unique_ptr<ServiceLink>> Open(
      const Credential& credential, const Environment& environment);

  RestWorkspace& workspace() { return workspace_; }
  TokenSource& tokens() { return tokens_; }

  /// Who the credential is: one call, up to `patience`. kUnauthenticated with
  /// a sentence that says what to set.
  Result<std::string> AskUser(Milliseconds patience);

 private:
  ServiceLink(const Credential& credential,
              std::unique_ptr<CurlTransport> transport);

  const std::string source_;
  TokenSource tokens_;
  std::unique_ptr<CurlTransport> transport_;
  RestWorkspace workspace_;
};

/// The exit code of a command that failed for this reason.
int ExitCodeOf(Errc code);

}  // namespace wsfs
