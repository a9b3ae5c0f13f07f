#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "api/error_map.h"
#include "api/workspace.h"
#include "auth/token_source.h"
#include "base/clock.h"
#include "http/retry.h"
#include "http/transport.h"

namespace wsfs {

/// What happens when a call's outcome is not known.
enum class Effect : std::uint8_t {
  kRead,    ///< Nothing: it is asked again.
  kWrite,   ///< The caller is told: kOutcomeUnknown.
  kDelete,  ///< A write that is repeated; 404 then means it had worked.
};

/// One call of the REST API.
struct RestCall {
  std::string method = "GET";
  std::string target;  ///< "/api/2.0/…", encoded, with its query.
  std::string text;    ///< JSON body.
  std::string content_type = "application/json";
  ByteSource* source = nullptr;
  ByteSink* sink = nullptr;
  Effect effect = Effect::kRead;
  std::string what;  ///< "list /Users/a": begins every message.
};

/// Makes calls: the token, attempts and their pauses, and what a failure
/// means. Nothing of any endpoint.
///
/// Thread-safe. All references outlive it.
class RestCaller {
 public:
  RestCaller(std::string host, Transport& transport, const TokenSource& tokens,
             const Clock& clock, Pause& pause);

  /// The 2xx answer, or what workspace.h promises. `refusal`, when not null,
  /// gets the last answer that was not a success.
  Result<HttpResponse> Make(const RestCall& call, const CallOptions& options,
                            Envelope* refusal = nullptr) const;

 private:
  struct Attempt {
    Result<HttpResponse> result;
    std::optional<Milliseconds> retry_after;
    Envelope refusal;
  };

  Attempt MakeOnce(const RestCall& call, const CallOptions& options,
                   const std::string& token, int number) const;
  Attempt Answered(const RestCall& call, HttpResponse response,
                   const CallOptions& options) const;
  /// Makes attempts until there is an answer that stays.
  class Attempts;

  const std::string host_;
  Transport& transport_;
  const TokenSource& tokens_;
  const Clock& clock_;
  Pause& pause_;
};

}  // namespace wsfs
