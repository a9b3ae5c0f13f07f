#include "core/sync/hydration_job.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace wsfs {
namespace {

/// Who waits for bytes is let go when none came for so long (design.md §8).
constexpr Milliseconds kStall{5'000};

Error Stalled() {
  return {Errc::kTimeout,
          "the download stands still: the service sent nothing for 5 s"};
}

}  // namespace

HydrationJob::HydrationJob(Contents& contents, Clock& clock, NodeId node,
                           Generation gen)
    : contents_(contents),
      clock_(clock),
      node_(node),
      gen_(gen),
      last_progress_(clock.Now()) {}

bool HydrationJob::CanServe(std::uint64_t end) const {
  return download_ && !finishing_ && taken_bytes_ > kDigestAtOnceBytes &&
         taken_bytes_ >= end;
}

Result<void> HydrationJob::Await(Until until, std::uint64_t end,
                                 const Waiting& waiting) {
  const auto ready = [&]() REQUIRES(mutex_) {
    return result_ || (until == Until::kRange && CanServe(end));
  };
  CancelToken::Handle handle = 0;
  if (waiting.cancel()) {
    handle = waiting.cancel()->OnCancel([this] {
      const MutexLock lock(mutex_);
      changed_.NotifyAll();
    });
  }
  Result<void> answer;
  {
    const MutexLock lock(mutex_);
    const SteadyTime began = clock_.Now();
    ++waiters_;
    while (!ready()) {
      if (!waiting.allowed()) {
        answer = Error(Errc::kWouldBlock, "the bytes are not here yet");
        break;
      }
      if (waiting.cancelled()) {
        answer = Error(Errc::kCancelled, "the wait for a download was ended");
        break;
      }
      const SteadyTime limit = std::min(
          waiting.deadline(), std::max(began, last_progress_) + kStall);
      if (clock_.Now() >= limit) {
        answer = Stalled();
        break;
      }
      changed_.WaitUntil(mutex_, limit);
    }
    --waiters_;
  }
  if (handle != 0) waiting.cancel()->Forget(handle);
  return answer;
}

Result<std::size_t> HydrationJob::ReadAt(std::uint64_t offset,
                                         std::span<std::byte> into,
                                         const Waiting& waiting) {
  WSFS_RETURN_IF_ERROR(Await(Until::kRange, offset + into.size(), waiting));
  std::shared_ptr<Download> download;
  {
    const MutexLock lock(mutex_);
    if (result_ && !result_->ok()) return result_->error();
    if (!result_ && CanServe(offset + into.size())) {
      download = download_;
      ++readers_;
    }
  }
  if (download) {
    Result<std::size_t> got = download->ReadAt(offset, into);
    const MutexLock lock(mutex_);
    --readers_;
    changed_.NotifyAll();
    return got;
  }
  WSFS_RETURN_IF_ERROR(Await(Until::kDone, 0, waiting));
  WSFS_TRY(const std::shared_ptr<Body> body, OpenBody());
  return body->ReadAt(offset, into);
}

Result<void> HydrationJob::WaitDone(const Waiting& waiting) {
  WSFS_RETURN_IF_ERROR(Await(Until::kDone, 0, waiting));
  const MutexLock lock(mutex_);
  return FinalResult();
}

const Result<void>& HydrationJob::FinalResult() const {
  WSFS_CHECK(result_.has_value());
  return *result_;
}

Result<std::shared_ptr<Body>> HydrationJob::OpenBody() {
  std::optional<Content> content;
  {
    const MutexLock lock(mutex_);
    if (!FinalResult().ok()) return FinalResult().error();
    if (body_) return body_;
    content = content_;
  }
  if (!content)
    return Error(Errc::kBusy, "the file has changed while it was downloaded");
  WSFS_TRY(std::shared_ptr<Body> body, contents_.Open(*content));
  const MutexLock lock(mutex_);
  body_ = body;
  return body;
}

bool HydrationJob::Claim() {
  const MutexLock lock(mutex_);
  return !std::exchange(claimed_, true);
}

bool HydrationJob::claimed() const {
  const MutexLock lock(mutex_);
  return claimed_;
}

Result<void> HydrationJob::Begin() {
  WSFS_TRY(std::unique_ptr<Download> download, contents_.NewDownload());
  const MutexLock lock(mutex_);
  while (readers_ > 0) changed_.Wait(mutex_);
  download_ = std::move(download);
  taken_bytes_ = 0;
  finishing_ = false;
  last_progress_ = clock_.Now();
  return {};
}

Result<void> HydrationJob::Restart() {
  std::shared_ptr<Download> download;
  {
    const MutexLock lock(mutex_);
    taken_bytes_ = 0;
    while (readers_ > 0) changed_.Wait(mutex_);
    download = download_;
  }
  return download->Restart();
}

Result<void> HydrationJob::Take(std::span<const std::byte> bytes) {
  std::shared_ptr<Download> download;
  {
    const MutexLock lock(mutex_);
    download = download_;
  }
  WSFS_RETURN_IF_ERROR(download->Take(bytes));
  const MutexLock lock(mutex_);
  taken_bytes_ += bytes.size();
  last_progress_ = clock_.Now();
  changed_.NotifyAll();
  return {};
}

Result<Content> HydrationJob::Finish() {
  std::shared_ptr<Download> download;
  {
    const MutexLock lock(mutex_);
    finishing_ = true;
    while (readers_ > 0) changed_.Wait(mutex_);
    download = download_;
  }
  return download->Finish();
}

void HydrationJob::Complete(const Result<void>& result,
                            std::optional<Content> content) {
  const MutexLock lock(mutex_);
  while (readers_ > 0) changed_.Wait(mutex_);
  result_ = result;
  content_ = content;
  download_.reset();
  changed_.NotifyAll();
}

bool HydrationJob::done() const {
  const MutexLock lock(mutex_);
  return result_.has_value();
}

bool HydrationJob::wanted() const {
  const MutexLock lock(mutex_);
  return waiters_ > 0;
}

SteadyTime HydrationJob::last_progress() const {
  const MutexLock lock(mutex_);
  return last_progress_;
}

}  // namespace wsfs
