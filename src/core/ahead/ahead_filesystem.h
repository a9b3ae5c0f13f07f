#pragma once

#include <memory>
#include <utility>

#include "base/sync.h"
#include "core/ahead/read_ahead.h"
#include "core/fs/forwarding_filesystem.h"
#include "core/ledger.h"
#include "core/sync/syncer.h"
#include "core/watch/watching_filesystem.h"

namespace wsfs {

/// The filesystem, some steps ahead of who reads it: the listings and small
/// files that a program which walks a tree comes to next are asked for side by
/// side, when nothing else is to be done.
///
/// Resource type, owned by the engine; its syncer is stopped before it goes.
/// Thread-safe.
class AheadFilesystem final : public ForwardingFilesystem {
 public:
  AheadFilesystem(std::unique_ptr<WatchingFilesystem> files, Ledger& ledger,
                  Syncer& syncer);

  Result<OpenedDirectory> OpenDirectory(NodeId directory,
                                        const Waiting& waiting) override;
  Result<Opened> Open(MountId mount, NodeId node, const OpenFlags& flags,
                      const Caller& caller, const Waiting& waiting) override;

 private:
  template <typename Event>
  void Tell(Event event) EXCLUDES(mutex_);
  void Begin(const ReadAhead::Guess& guess) EXCLUDES(mutex_);

  Ledger& ledger_;
  Syncer& syncer_;
  Mutex mutex_;  // A leaf.
  ReadAhead guesses_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
