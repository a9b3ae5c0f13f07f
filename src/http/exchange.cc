#include "http/exchange.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.h"
#include "http/url.h"

namespace wsfs {
namespace {

constexpr std::size_t kErrorBodyBytes = std::size_t{64} << 10U;
constexpr std::size_t kHeaderBytes = std::size_t{64} << 10U;
constexpr std::size_t kPieceBytes = std::size_t{64} << 10U;
constexpr WallNanos kNanosPerMilli = 1'000'000;

bool IsSuccess(int status) {
  return status >= 200 && status < 300;
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == text.npos) return "";
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// "HTTP/1.1 200 OK" → 200; 0 when it is no status line.
int StatusOf(std::string_view line) {
  const std::size_t blank = line.find(' ');
  if (!line.starts_with("HTTP/") || blank == line.npos) return 0;
  int status = 0;
  const std::string_view digits = line.substr(blank + 1, 3);
  std::from_chars(digits.data(), digits.data() + digits.size(), status);
  return status;
}

/// What a lost connection is called when the service cannot have executed
/// the request.
Errc NothingLeft(Errc code) {
  return code == Errc::kOutcomeUnknown ? Errc::kUnreachable : code;
}

}  // namespace

Exchange::Exchange(const HttpRequest& request)
    : request_(request),
      body_bytes_(request.source != nullptr ? request.source->size_bytes()
                                            : request.text.size()) {}

HttpResult Exchange::Run(const std::function<void()>& resume) {
  for (;;) {
    const Work work = AwaitWork();
    if (work == Work::kOver) return TakeResult();
    const Result<bool> paused = work == Work::kFeed ? Feed() : Drain();
    if (!paused.ok()) return GiveUp(paused.error());
    if (*paused) resume();
  }
}

Exchange::Work Exchange::AwaitWork() {
  const MutexLock lock(mutex_);
  for (;;) {
    if (const std::optional<Work> work = FindWork()) return *work;
    changed_.WaitUntil(mutex_, request_.deadline);
  }
}

bool Exchange::IsOver() {
  const MutexLock lock(mutex_);
  return FindWork() == Work::kOver;
}

std::optional<Exchange::Work> Exchange::FindWork() {
  if (!finished_ && !abandoned_) {
    timed_out_ = std::chrono::steady_clock::now() >= request_.deadline;
    if (cancelled_)
      error_ = Error(Errc::kCancelled, "the call was cancelled");
    else if (timed_out_)
      error_ = Error(Errc::kTimeout, fmt::format("{} did not answer in time",
                                                 UrlForPeople(request_.url)));
    abandoned_ = error_.has_value();
  }
  if (abandoned_) return Work::kOver;
  if (request_.sink != nullptr && !down_.empty()) return Work::kDrain;
  if (finished_) return Work::kOver;
  if (request_.source != nullptr && read_bytes_ < body_bytes_ &&
      up_.size() + kPieceBytes <= kBufferBytes)
    return Work::kFeed;
  return std::nullopt;
}

Result<bool> Exchange::Feed() {
  const std::uint64_t left = body_bytes_ - read_bytes_;
  scratch_.resize(std::min<std::uint64_t>(left, kPieceBytes));
  WSFS_TRY(const std::size_t count,
           request_.source->ReadAt(
               read_bytes_, std::as_writable_bytes(std::span(scratch_))));
  if (count != scratch_.size())
    return Error(Errc::kIo, "the content became shorter while it was sent");
  read_bytes_ += count;
  const MutexLock lock(mutex_);
  up_.append(scratch_);
  return std::exchange(up_paused_, false);
}

Result<bool> Exchange::Drain() {
  bool paused = false;
  scratch_.clear();
  {
    const MutexLock lock(mutex_);
    scratch_.swap(down_);
    paused = std::exchange(down_paused_, false);
  }
  WSFS_RETURN_IF_ERROR(request_.sink->Take(std::as_bytes(std::span(scratch_))));
  return paused;
}

HttpResult Exchange::GiveUp(Error error) {
  {
    const MutexLock lock(mutex_);
    error_ = std::move(error);
    abandoned_ = true;
  }
  return TakeResult();
}

HttpResult Exchange::TakeResult() {
  const MutexLock lock(mutex_);
  if (!error_) return std::move(response_);
  return std::unexpected(HttpFailure{*std::move(error_), may_have_left_});
}

void Exchange::Cancel() {
  const MutexLock lock(mutex_);
  cancelled_ = true;
  changed_.NotifyAll();
}

bool Exchange::WentSilent() const {
  const MutexLock lock(mutex_);
  return began_ && timed_out_ && response_.status == 0;
}

Exchange::Pulled Exchange::Pull(std::span<char> into) {
  const MutexLock lock(mutex_);
  if (abandoned_) return {};
  const bool streamed = request_.source != nullptr;
  std::string_view ready = up_;
  if (!streamed) ready = std::string_view(request_.text).substr(given_bytes_);
  const std::size_t count = std::min(ready.size(), into.size());
  if (count == 0 && given_bytes_ < body_bytes_) {
    up_paused_ = true;
    return {Next::kPause, 0};
  }
  std::copy_n(ready.begin(), count, into.begin());
  given_bytes_ += count;
  if (streamed) up_.erase(0, count);
  if (given_bytes_ == body_bytes_) may_have_left_ = true;
  changed_.NotifyAll();
  return {Next::kBytes, count};
}

Exchange::Next Exchange::Push(std::string_view bytes) {
  const MutexLock lock(mutex_);
  if (abandoned_) return Next::kAbort;
  if (request_.sink == nullptr || !IsSuccess(response_.status))
    return Keep(bytes);
  if (down_.size() + bytes.size() > kBufferBytes && !down_.empty()) {
    down_paused_ = true;
    return Next::kPause;
  }
  down_.append(bytes);
  changed_.NotifyAll();
  return Next::kBytes;
}

Exchange::Next Exchange::Keep(std::string_view bytes) {
  std::string& body = response_.body;
  if (!IsSuccess(response_.status)) {
    body.append(bytes.substr(0, kErrorBodyBytes - body.size()));
    return Next::kBytes;
  }
  if (body.size() + bytes.size() > request_.max_body_bytes) {
    error_ =
        Error(Errc::kTooLarge,
              fmt::format("{} answered more than {} bytes",
                          UrlForPeople(request_.url), request_.max_body_bytes));
    return Next::kAbort;
  }
  body.append(bytes);
  return Next::kBytes;
}

void Exchange::Header(std::string_view line, WallNanos now) {
  const MutexLock lock(mutex_);
  if (const int status = StatusOf(line); status != 0) {
    // A new head: "100 Continue" went before, or an attempt of libcurl's.
    response_.status = status;
    response_.headers.clear();
    response_.answered_ms = now / kNanosPerMilli;
    header_bytes_ = 0;
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == line.npos || header_bytes_ + line.size() > kHeaderBytes) return;
  header_bytes_ += line.size();
  response_.headers.emplace_back(LowerCased(Trim(line.substr(0, colon))),
                                 std::string(Trim(line.substr(colon + 1))));
}

bool Exchange::Begin(WallNanos now) {
  const MutexLock lock(mutex_);
  if (abandoned_) return false;
  response_.sent_ms = now / kNanosPerMilli;
  began_ = true;
  if (body_bytes_ == 0) {
    may_have_left_ = true;
    return true;
  }
  // libcurl begins again only when no byte of the body had left (it cannot
  // rewind ours); a short text may then be handed out once more.
  if (request_.source != nullptr) return given_bytes_ == 0;
  given_bytes_ = 0;
  may_have_left_ = false;
  return true;
}

void Exchange::RefuseRewind() {
  const MutexLock lock(mutex_);
  // A text leaves as a whole; of a stream we know what was handed out.
  if (request_.source == nullptr) may_have_left_ = true;
}

void Exchange::Finish(std::optional<Error> error) {
  const MutexLock lock(mutex_);
  if (abandoned_ || finished_) return;
  finished_ = true;
  changed_.NotifyAll();
  if (!error || error_) return;
  if (error->code() == Errc::kUnreachable) may_have_left_ = false;
  if (!may_have_left_)
    error = Error(NothingLeft(error->code()), error->message());
  error_ = std::move(error);
}

}  // namespace wsfs
