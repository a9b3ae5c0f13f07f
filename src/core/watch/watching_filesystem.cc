#include "core/watch/watching_filesystem.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace wsfs {
namespace {

/// Somebody waits for it; what is known does otherwise.
constexpr Milliseconds kRenewalTime{2'000};
/// A listing that just came for another reason will do.
constexpr Milliseconds kJustListed{1'000};
/// Who comes so soon after it could not be listed does not wait again.
constexpr Milliseconds kFailureTime{30'000};
constexpr std::size_t kMostFailures = 4'096;
/// The first listing may have been on its way before.
constexpr int kLooks = 2;

}  // namespace

WatchingFilesystem::Place WatchingFilesystem::PlaceOf(NodeId node) {
  return ledger_.Read([&](const Catalogue& catalogue) {
    const Node* const found = catalogue.FindNode(node);
    return found == nullptr ? Place()
                            : Place{.folder = found->parent, .gen = found->gen};
  });
}

WatchingFilesystem::Listing WatchingFilesystem::ListingAt(
    const Node& folder) const {
  return {.age = Milliseconds(
              std::max<PlanMillis>(0, ledger_.Now() - folder.listed_at))};
}

std::optional<WatchingFilesystem::Listing> WatchingFilesystem::ListingOf(
    NodeId folder) {
  return ledger_.Read([&](const Catalogue& catalogue) {
    const Node* const node = catalogue.FindNode(folder);
    std::optional<Listing> listing;
    if (node == nullptr || node->bind == kNoObject || !node->loaded)
      return listing;
    listing = ListingAt(*node);
    listing->entries = catalogue.Children(folder).size();
    return listing;
  });
}

bool WatchingFilesystem::IsCurrent(const Node& folder) {
  return folder.loaded && IsCurrent(folder.id, ListingAt(folder));
}

bool WatchingFilesystem::IsCurrent(NodeId folder, const Listing& listing) {
  const MutexLock lock(mutex_);
  return folders_.IsCurrent(folder, listing.age, ledger_.clock().Now());
}

void WatchingFilesystem::Use(NodeId folder) {
  if (folder == kNoNode) return;
  const SteadyTime now = ledger_.clock().Now();
  {
    const MutexLock lock(mutex_);
    if (folders_.IsUsed(folder)) {
      folders_.Use(folder, now);
      return;
    }
  }
  const auto listing = ListingOf(folder);
  if (!listing) return;
  const MutexLock lock(mutex_);
  folders_.Use(folder, now);
  folders_.Listed(folder, now - listing->age, listing->entries);
}

Result<bool> WatchingFilesystem::Renew(NodeId folder, const Waiting& waiting) {
  const bool current = ledger_.Read([&](const Catalogue& catalogue) {
    const Node* const node = catalogue.FindNode(folder);
    return node == nullptr || node->bind == kNoObject || !node->loaded ||
           IsCurrent(*node);
  });
  if (current) return false;
  return ListAnew(folder, waiting);
}

Result<bool> WatchingFilesystem::ListAnew(NodeId folder,
                                          const Waiting& waiting) {
  if (syncer_.Service().health != Health::kOnline) return false;
  if (!waiting.allowed())
    return Error(Errc::kWouldBlock,
                 "a folder that was listed before it was used");
  const SteadyTime now = ledger_.clock().Now();
  {
    const MutexLock lock(mutex_);
    const auto failed = failed_.find(folder);
    if (failed != failed_.end() && now - failed->second < kFailureTime)
      return false;
  }
  const SteadyTime end = now + kRenewalTime;
  const auto listed = syncer_.LoadDirectory(
      folder, true,
      Waiting::Until(std::min(end, waiting.deadline()), waiting.cancel()));
  if (!listed.ok() && waiting.cancelled()) return listed.error();
  const MutexLock lock(mutex_);
  if (listed.ok()) {
    failed_.erase(folder);
  } else {
    if (failed_.size() >= kMostFailures) failed_.clear();
    failed_[folder] = ledger_.clock().Now();
  }
  return listed.ok();
}

bool WatchingFilesystem::IsUsed(NodeId folder) {
  const MutexLock lock(mutex_);
  return folders_.IsUsed(folder);
}

bool WatchingFilesystem::WasListedBefore(NodeId folder, PlanMillis then) {
  return ledger_.Read([&](const Catalogue& catalogue) {
    const Node* const node = catalogue.FindNode(folder);
    return node != nullptr && node->bind != kNoObject && node->loaded &&
           node->listed_at < then;
  });
}

// Who comes to a folder and does not find a name may look for what came since
// the folder was listed, or while it was.
Result<Stat> WatchingFilesystem::Lookup(MountId mount, NodeId directory,
                                        std::string_view name,
                                        const Caller& caller,
                                        const Waiting& waiting) {
  const auto is_missing = [](const Result<Stat>& found) {
    return !found.ok() && found.error().code() == Errc::kNotFound;
  };
  const bool comes = !IsUsed(directory);
  const PlanMillis begun = ledger_.Now();
  auto found = files().Lookup(mount, directory, name, caller, waiting);
  for (int i = 0; i < kLooks && comes && is_missing(found); ++i) {
    if (!WasListedBefore(directory, begun)) break;
    WSFS_TRY(const bool listed, ListAnew(directory, waiting));
    if (!listed) break;
    found = files().Lookup(mount, directory, name, caller, waiting);
  }
  if (found.ok() || is_missing(found)) Use(directory);
  return found;
}

Result<Stat> WatchingFilesystem::GetAttributes(NodeId node,
                                               const Waiting& waiting) {
  Use(PlaceOf(node).folder);
  return files().GetAttributes(node, waiting);
}

Result<OpenedDirectory> WatchingFilesystem::OpenDirectory(
    NodeId directory, const Waiting& waiting) {
  WSFS_TRY(const bool renewed, Renew(directory, waiting));
  WSFS_TRY(OpenedDirectory opened, files().OpenDirectory(directory, waiting));
  // The kernel may not have been told yet of what the new listing has.
  opened.keep_cache = opened.keep_cache && !renewed;
  Use(directory);
  Hold(opened.handle, directory);
  return opened;
}

// NOLINTNEXTLINE(readability-function-size): its interface
Result<std::pair<Stat, Opened>> WatchingFilesystem::Create(
    MountId mount, NodeId directory, std::string_view name, std::uint32_t mode,
    const OpenFlags& flags, bool exclusive, const Caller& caller,
    const Waiting& waiting) {
  Use(directory);
  auto made = files().Create(mount, directory, name, mode, flags, exclusive,
                             caller, waiting);
  if (made.ok()) Hold(made->second.handle, directory);
  return made;
}

Result<Opened> WatchingFilesystem::Open(MountId mount, NodeId node,
                                        const OpenFlags& flags,
                                        const Caller& caller,
                                        const Waiting& waiting) {
  const Place place = PlaceOf(node);
  WSFS_TRY(const bool renewed, Renew(place.folder, waiting));
  // Nobody of this program looks names up again.
  if (renewed && mount != kNoKernel && PlaceOf(node) != place)
    return Error(Errc::kStale, "the file has changed at the service");
  auto opened = files().Open(mount, node, flags, caller, waiting);
  if (!opened.ok()) return opened;
  Use(place.folder);
  Hold(opened->handle, place.folder);
  return opened;
}

void WatchingFilesystem::Release(MountId mount, HandleId handle) {
  Drop(handle);
  files().Release(mount, handle);
}

void WatchingFilesystem::ReleaseDirectory(HandleId handle) {
  Drop(handle);
  files().ReleaseDirectory(handle);
}

void WatchingFilesystem::Hold(HandleId handle, NodeId folder) {
  if (folder == kNoNode) return;
  const MutexLock lock(mutex_);
  if (!held_.emplace(handle, folder).second) return;
  folders_.Hold(folder, ledger_.clock().Now());
}

void WatchingFilesystem::Drop(HandleId handle) {
  const MutexLock lock(mutex_);
  const auto held = held_.find(handle);
  if (held == held_.end()) return;
  folders_.Release(held->second, ledger_.clock().Now());
  held_.erase(held);
}

void WatchingFilesystem::OnTimer() {
  files().OnTimer();
  for (const NodeId folder : TakeDue()) syncer_.Refresh(folder, kJustListed);
}

std::vector<NodeId> WatchingFilesystem::TakeDue() {
  const SteadyTime now = ledger_.clock().Now();
  std::vector<NodeId> due;
  {
    const MutexLock lock(mutex_);
    due = folders_.Due(now);
  }
  std::vector<NodeId> taken;
  for (const NodeId folder : due) {
    const auto listing = ListingOf(folder);
    const MutexLock lock(mutex_);
    if (listing && !folders_.MayList(now)) break;
    folders_.Listed(folder, now, listing ? listing->entries : 0);
    if (listing) taken.push_back(folder);
  }
  return taken;
}

}  // namespace wsfs
