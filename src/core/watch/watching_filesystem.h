#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/sync.h"
#include "core/fs/forwarding_filesystem.h"
#include "core/ledger.h"
#include "core/sync/syncer.h"
#include "core/watch/watch_set.h"

namespace wsfs {

/// The filesystem with an eye on the service: folders that somebody uses are
/// listed again and again, so that what others do shows up, and who comes to a
/// folder finds what is there now (design.md §6).
///
/// Resource type, owned by the engine. Thread-safe.
class WatchingFilesystem final : public ForwardingFilesystem {
 public:
  struct Options {
    double polls_per_second = 2;  ///< 0: nobody is asked in the background.
  };
  WatchingFilesystem(std::unique_ptr<Filesystem> files, Ledger& ledger,
                     Syncer& syncer, const Options& options)
      : ForwardingFilesystem(std::move(files)),
        ledger_(ledger),
        syncer_(syncer),
        folders_(options.polls_per_second) {}

  Result<Stat> Lookup(MountId mount, NodeId directory, std::string_view name,
                      const Caller& caller, const Waiting& waiting) override;
  Result<Stat> GetAttributes(NodeId node, const Waiting& waiting) override;
  Result<OpenedDirectory> OpenDirectory(NodeId directory,
                                        const Waiting& waiting) override;
  void ReleaseDirectory(HandleId handle) override;
  Result<std::pair<Stat, Opened>> Create(MountId mount, NodeId directory,
                                         std::string_view name,
                                         std::uint32_t mode,
                                         const OpenFlags& flags, bool exclusive,
                                         const Caller& caller,
                                         const Waiting& waiting) override;
  /// Also kStale: the new listing told of another content. The kernel looks the
  /// name up again, and opens what it finds.
  Result<Opened> Open(MountId mount, NodeId node, const OpenFlags& flags,
                      const Caller& caller, const Waiting& waiting) override;
  void Release(MountId mount, HandleId handle) override;
  /// Asks for what is to be listed now; waits for nothing.
  void OnTimer() override EXCLUDES(mutex_);

  /// It is listed, and who opens something in it gets that without a new
  /// listing. May be called under the ledger's lock.
  bool IsCurrent(const Node& folder) EXCLUDES(mutex_);

 private:
  struct Place {
    NodeId folder = kNoNode;
    Generation gen = kNoGeneration;
    friend bool operator==(const Place&, const Place&) = default;
  };
  struct Listing {
    Milliseconds age{0};
    std::size_t entries = 0;
  };
  Place PlaceOf(NodeId node);
  /// None: it has none, or is of this machine only.
  std::optional<Listing> ListingOf(NodeId folder);
  std::vector<NodeId> TakeDue() EXCLUDES(mutex_);
  void Use(NodeId folder) EXCLUDES(mutex_);
  void Hold(HandleId handle, NodeId folder) EXCLUDES(mutex_);
  void Drop(HandleId handle) EXCLUDES(mutex_);
  bool IsCurrent(NodeId folder, const Listing& listing) EXCLUDES(mutex_);
  Listing ListingAt(const Node& folder) const;
  bool IsUsed(NodeId folder) EXCLUDES(mutex_);
  bool WasListedBefore(NodeId folder, PlanMillis then);
  /// True: it was listed. False: it cannot be now.
  Result<bool> ListAnew(NodeId folder, const Waiting& waiting);
  /// The same, if its listing is not current.
  Result<bool> Renew(NodeId folder, const Waiting& waiting) EXCLUDES(mutex_);

  Ledger& ledger_;
  Syncer& syncer_;
  Mutex mutex_;  // A leaf.
  WatchSet folders_ GUARDED_BY(mutex_);
  std::unordered_map<HandleId, NodeId> held_ GUARDED_BY(mutex_);
  /// When a listing that somebody waited for could not be had.
  std::unordered_map<NodeId, SteadyTime> failed_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
