#pragma once

#include <map>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/sync.h"
#include "core/ledger.h"
#include "core/views/open_view.h"
#include "core/views/view_target.h"

namespace wsfs {

/// The views that somebody writes, and those whose last writer left something
/// unsaved: that is saved when nothing more came for a while.
///
/// Resource type, owned by ViewFilesystem. Thread-safe; its lock is taken
/// before OpenView's.
class WrittenViews {
 public:
  explicit WrittenViews(const Clock& clock) : clock_(clock) {}

  /// Null: nobody writes it, and all is saved.
  std::shared_ptr<OpenView> Find(const ViewTarget& target) EXCLUDES(mutex_);
  /// One writer more. All writers share one text: `view` is it if it is the
  /// first.
  std::shared_ptr<OpenView> Join(const ViewTarget& target,
                                 std::shared_ptr<OpenView> view)
      EXCLUDES(mutex_);
  /// One less.
  void Leave(MountId mount, const ViewTarget& target) EXCLUDES(mutex_);

  struct Unsaved {
    MountId mount = 0;
    ViewTarget target;
    std::shared_ptr<OpenView> view;
  };
  /// What nobody writes any more: all of it, or what has been quiet.
  enum class Which : std::uint8_t { kQuiet, kAll };
  std::vector<Unsaved> Left(Which which) EXCLUDES(mutex_);
  /// The changed ones, also those that are being written.
  std::vector<Unsaved> Changed() EXCLUDES(mutex_);

  /// After a save was tried. True: it was tried often enough, or it is of no
  /// use to try again.
  bool IsHopeless(const ViewTarget& target, bool may_pass) EXCLUDES(mutex_);
  /// Forgets it if nobody writes it and all is saved; else it is due again
  /// after a while.
  void Settle(const ViewTarget& target) EXCLUDES(mutex_);

 private:
  struct Entry {
    Unsaved what;
    int writers = 0;
    int tries = 0;
    SteadyTime due;  ///< Counts while nobody writes it.
  };
  SteadyTime Later() const;

  const Clock& clock_;
  Mutex mutex_;
  std::map<NodeId, Entry> entries_ GUARDED_BY(mutex_);  ///< By IdOf.
};

}  // namespace wsfs
