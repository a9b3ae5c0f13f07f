#include "api/rest_caller.h"

#include <chrono>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "http/http_date.h"
#include "http/url.h"

namespace wsfs {
namespace {

/// A 5xx that does not say "not now" is likely to stay; a read asks twice
/// more and then gives up (databricks-api.md §2.5: SDKs do not even that).
constexpr int kAttemptsOnServerError = 3;

bool IsWrite(const RestCall& call) {
  return call.effect != Effect::kRead;
}

/// Did the service certainly not do it?
bool NotExecuted(Errc code) {
  return code == Errc::kThrottled || code == Errc::kUnavailable ||
         code == Errc::kUnreachable || code == Errc::kCancelled ||
         code == Errc::kTimeout;
}

/// What a call that got no answer is called (workspace.h).
Errc WithoutAnswer(const RestCall& call, const HttpFailure& failure) {
  const Errc code = failure.error.code();
  const bool gave_up = code == Errc::kTimeout || code == Errc::kCancelled;
  if (!IsWrite(call))
    return code == Errc::kOutcomeUnknown ? Errc::kUnreachable : code;
  const bool lost = gave_up || code == Errc::kOutcomeUnknown ||
                    code == Errc::kCorrupt || code == Errc::kTooLarge;
  if (lost && failure.may_have_left) return Errc::kOutcomeUnknown;
  return code == Errc::kTimeout ? Errc::kUnavailable : code;
}

double Chance() {
  thread_local std::minstd_rand random(std::random_device{}());
  return std::uniform_real_distribution<double>(0, 1)(random);
}

void LogAttempt(const RestCall& call, const HttpResponse& response) {
  Log(LogLevel::kDebug, "{} {}: {} in {} ms", call.method,
      UrlForPeople(call.target), response.status,
      response.answered_ms - response.sent_ms);
}

}  // namespace

RestCaller::RestCaller(std::string host, Transport& transport,
                       const TokenSource& tokens, const Clock& clock,
                       Pause& pause)
    : host_(std::move(host)),
      transport_(transport),
      tokens_(tokens),
      clock_(clock),
      pause_(pause) {}

/// The state of one Make: what was tried, and what is known of its effect.
class RestCaller::Attempts {
 public:
  Attempts(const RestCaller& caller, const RestCall& call,
           const CallOptions& options)
      : caller_(caller), call_(call), options_(options) {}

  Result<HttpResponse> Run(Envelope* refusal) {
    for (;;) {
      const std::string token = caller_.tokens_.Token();
      Attempt attempt = caller_.MakeOnce(call_, options_, token, ++number_);
      if (refusal != nullptr) *refusal = attempt.refusal;
      if (attempt.result.ok()) return std::move(attempt.result);
      const Error& error = attempt.result.error();
      if (HadWorked(error)) return HttpResponse();
      if (!Again(error, token) || !WaitFor(attempt.retry_after))
        return Final(error);
    }
  }

 private:
  /// A repeated delete that finds nothing: the first one did it (§2.5).
  bool HadWorked(const Error& error) const {
    return unknown_ && call_.effect == Effect::kDelete &&
           error.code() == Errc::kNotFound;
  }

  bool Again(const Error& error, const std::string& token) {
    const Errc code = error.code();
    if (code == Errc::kOutcomeUnknown) unknown_ = true;
    if (code == Errc::kUnauthenticated) {
      // A mount that joined has brought a newer token meanwhile.
      at_once_ = caller_.tokens_.Token() != token;
      return at_once_;
    }
    if (!options_.retry) return false;
    if (code == Errc::kOutcomeUnknown)
      return call_.effect == Effect::kDelete ||
             (!IsWrite(call_) && number_ < kAttemptsOnServerError);
    return code == Errc::kThrottled || code == Errc::kUnavailable ||
           code == Errc::kUnreachable;
  }

  bool WaitFor(std::optional<Milliseconds> retry_after) {
    if (std::exchange(at_once_, false)) return true;
    const auto next =
        NextAttempt({}, {number_, retry_after}, caller_.clock_.Now(),
                    options_.deadline, Chance());
    if (!next) return false;
    cancelled_ = !caller_.pause_.Until(*next, options_.cancel);
    return !cancelled_;
  }

  Error Final(const Error& error) const {
    if (unknown_ && IsWrite(call_) && (cancelled_ || NotExecuted(error.code())))
      return {Errc::kOutcomeUnknown, error.message()};
    if (cancelled_) return {Errc::kCancelled, error.message()};
    // A 500 on a read: nothing was to be executed.
    if (!IsWrite(call_) && error.code() == Errc::kOutcomeUnknown)
      return {Errc::kUnavailable, error.message()};
    return error;
  }

  const RestCaller& caller_;
  const RestCall& call_;
  const CallOptions& options_;
  int number_ = 0;
  bool unknown_ = false;
  bool cancelled_ = false;
  bool at_once_ = false;
};

Result<HttpResponse> RestCaller::Make(const RestCall& call,
                                      const CallOptions& options,
                                      Envelope* refusal) const {
  return Attempts(*this, call, options).Run(refusal);
}

RestCaller::Attempt RestCaller::MakeOnce(const RestCall& call,
                                         const CallOptions& options,
                                         const std::string& token,
                                         int number) const {
  HttpRequest request;
  request.method = call.method;
  request.url = JoinUrl(host_, call.target);
  request.headers = {"Authorization: Bearer " + token,
                     "Accept: application/json"};
  if (call.method != "GET")
    request.headers.push_back("Content-Type: " + call.content_type);
  request.text = call.text;
  request.source = call.source;
  request.sink = call.sink;
  if (call.source != nullptr || call.sink != nullptr)
    request.version = HttpVersion::kStreaming;
  request.call_class = options.call_class;
  request.attempt = number;
  request.deadline = options.deadline;
  request.cancel = options.cancel;

  HttpResult result = transport_.Send(request);
  if (result) return Answered(call, *std::move(result), options);
  const HttpFailure& failure = result.error();
  const Errc code = WithoutAnswer(call, failure);
  Log(LogLevel::kDebug, "{} {}: {}", call.method, UrlForPeople(call.target),
      failure.error.message());
  Attempt attempt;
  attempt.result = Error(code, failure.error.message()).With(call.what);
  return attempt;
}

RestCaller::Attempt RestCaller::Answered(const RestCall& call,
                                         HttpResponse response,
                                         const CallOptions& options) const {
  LogAttempt(call, response);
  if (options.times != nullptr)
    *options.times = {response.sent_ms, response.answered_ms,
                      ParseHttpDate(response.Header("date").value_or(""))};
  Attempt attempt;
  if (response.status >= 200 && response.status < 300) {
    attempt.result = std::move(response);
    return attempt;
  }
  attempt.refusal = ReadEnvelope(response.body);
  attempt.retry_after =
      ParseRetryAfter(response.Header("retry-after").value_or(""));
  const Errc code = MeaningOf(response.status, attempt.refusal);
  std::string message = Describe(response.status, attempt.refusal);
  if (code == Errc::kUnauthenticated)
    message +=
        ": check DATABRICKS_TOKEN or your profile; the token is wrong "
        "or has expired";
  if (response.Header("location").value_or("").contains("private-link"))
    message += ": this workspace is reached through its private link only";
  attempt.result = Error(code, std::move(message)).With(call.what);
  return attempt;
}

}  // namespace wsfs
