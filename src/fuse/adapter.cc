#include "fuse/adapter.h"

#define FUSE_USE_VERSION 312
#include <fuse3/fuse_lowlevel.h>

#include "base/log.h"
#include "fuse/errno_map.h"

namespace wsfs {
namespace {

/// Errors that are part of ordinary life are not worth a line.
bool IsNews(Errc code) {
  return code != Errc::kNotFound && code != Errc::kAlreadyExists &&
         code != Errc::kNoAttribute && code != Errc::kNotEmpty &&
         code != Errc::kCancelled && code != Errc::kUnsupported;
}

}  // namespace

Adapter::Adapter(Filesystem& filesystem, const Options& options)
    : filesystem_(filesystem), options_(options), pool_(options.pool) {}

Adapter::~Adapter() = default;

double Adapter::EntrySeconds() const {
  return overlapping_ ? 0 : lifetime_seconds_.load();
}

double Adapter::AttributeSeconds(const Stat& stat) const {
  return stat.size_known ? EntrySeconds() : 0;
}

void Adapter::ReplyError(FuseRequest request, const Error& error) {
  if (IsNews(error.code()))
    Log(LogLevel::kInfo, "a file operation failed: {}", error.message());
  ::fuse_reply_err(request, ToErrno(error.code()));
}

void Adapter::Defer(FuseRequest request, OnInterrupt on_interrupt, Job job) {
  auto pending = std::make_shared<Pending>(request, on_interrupt);
  if (!pending->Arm()) return;
  pending_.Add(pending);
  const SteadyTime deadline =
      std::chrono::steady_clock::now() + options_.deadline;
  const bool taken =
      pool_.Post([this, pending, deadline, run = std::move(job)]() mutable {
        if (pending->Begin())
          run(Waiting::Until(deadline, pending->cancel()), *pending);
        pending_.Remove(pending);
      });
  if (taken) return;
  pending_.Remove(pending);
  if (const FuseRequest open = pending->TakeForAnswer())
    ReplyError(open, Error(Errc::kTimeout,
                           "too many file operations wait for the service"));
}

void Adapter::ReleaseAll() {
  for (const HandleId handle : handles_.TakeAll(OpenHandles::Kind::kFile))
    filesystem_.Release(options_.id, handle);
  for (const HandleId handle : handles_.TakeAll(OpenHandles::Kind::kDirectory))
    filesystem_.ReleaseDirectory(handle);
  filesystem_.ForgetMount(options_.id);
}

}  // namespace wsfs
