// What a call waits for after its change is safe here: the service's answer,
// as far as the policy of the mount or the path asks for it.

#include <algorithm>
#include <utility>

#include "core/fs/filesystem_impl.h"

namespace wsfs {
namespace {

/// design.md §3: a person's save, and a write that goes through.
constexpr Milliseconds kAutoTime{2'000};
constexpr Milliseconds kThroughTime{30'000};
/// With more on their way it is bulk, and nobody watches each file.
constexpr std::size_t kFewPushes = 4;

Waiting Within(const Waiting& waiting, SteadyTime now, Milliseconds time) {
  return Waiting::Until(now + time, waiting.cancel());
}

/// What is left to wait for when somebody interrupts: nothing, it goes on.
Result<void> UnlessCancelled(Result<void> outcome) {
  if (!outcome.ok() && outcome.error().code() == Errc::kCancelled) return {};
  return outcome;
}

}  // namespace

FilesystemImpl::Wait FilesystemImpl::WaitThrough() {
  return {.persistence = Persistence::kSettleNow, .time = kThroughTime};
}

std::string FilesystemImpl::AttributeAt(NodeId node, std::string_view name) {
  return ledger_.Read([&](const Catalogue& catalogue) {
    return std::string(NearestAttribute(catalogue, node, name));
  });
}

WritePolicy FilesystemImpl::WritesAt(MountId mount, NodeId node) {
  return ParseWritePolicy(AttributeAt(node, kWritesAttribute))
      .value_or(policies_.Of(mount).writes);
}

FsyncPolicy FilesystemImpl::FsyncAt(MountId mount, NodeId node) {
  return ParseFsyncPolicy(AttributeAt(node, kFsyncAttribute))
      .value_or(policies_.Of(mount).fsync);
}

Result<std::optional<FilesystemImpl::Wait>> FilesystemImpl::WaitForName(
    MountId mount, NodeId directory, const Waiting& waiting) {
  if (WritesAt(mount, directory) != WritePolicy::kThrough)
    return std::optional<Wait>();
  if (!waiting.allowed())
    return Error(Errc::kWouldBlock, "a change that goes through");
  return std::optional(WaitThrough());
}

std::optional<FilesystemImpl::Wait> FilesystemImpl::WaitAtClose(
    MountId mount, NodeId node, const Waiting& waiting) {
  switch (WritesAt(mount, node)) {
    case WritePolicy::kBack: return std::nullopt;
    case WritePolicy::kThrough: return WaitThrough();
    case WritePolicy::kAuto: break;
  }
  const bool exists = ledger_.Read([&](const Catalogue& catalogue) {
    const Node* found = catalogue.FindNode(node);
    return found != nullptr && found->bind != kNoObject &&
           found->place == Place::kRemote;
  });
  if (!exists || syncer_.PushesInFlight() >= kFewPushes ||
      syncer_.Service().health != Health::kOnline)
    return std::nullopt;
  // Counted where it waits, not where it finds that it would have to.
  if (waiting.allowed() && !rhythm_.MayWait(ledger_.clock().Now()))
    return std::nullopt;
  return Wait{.persistence = Persistence::kFirstTry, .time = kAutoTime};
}

Result<void> FilesystemImpl::AwaitClosed(const Wait& wait, const Awaited& what,
                                         const Waiting& waiting) {
  auto outcome =
      syncer_.WaitTaken(what, wait.persistence,
                        Within(waiting, ledger_.clock().Now(), wait.time));
  // Where nobody insists, "not yet" is as good as not having asked.
  if (!outcome.ok() && wait.persistence == Persistence::kFirstTry &&
      outcome.error().code() == Errc::kTimeout)
    return {};
  return outcome;
}

Result<void> FilesystemImpl::AwaitNames(const std::optional<Wait>& wait,
                                        const std::vector<Awaited>& what,
                                        const Waiting& waiting) {
  if (!wait) return {};
  const Waiting until = Within(waiting, ledger_.clock().Now(), wait->time);
  for (const Awaited& one : what) {
    WSFS_RETURN_IF_ERROR(
        UnlessCancelled(syncer_.WaitTaken(one, wait->persistence, until)));
  }
  return {};
}

}  // namespace wsfs
