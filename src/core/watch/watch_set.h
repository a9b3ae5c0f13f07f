#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/rate_limit.h"
#include "store/rows.h"

namespace wsfs {

/// No kernel keeps a name or attributes longer than this without asking. A
/// folder is watched for as long after its last use.
inline constexpr Milliseconds kWatchTime{300'000};

/// The folders that somebody uses, and when each is to be listed again: every
/// 2 s while it is in use, ever more rarely up to 30 s when it is not, all
/// within a budget of calls. A folder that takes long to list is listed more
/// rarely (design.md §6).
///
/// Pure: time is passed in. One thread at a time.
class WatchSet {
 public:
  /// `per_second`: listings at most, on average; 0: none at all.
  explicit WatchSet(double per_second)
      : none_(per_second <= 0), budget_(per_second) {}

  /// False: it was not watched, and is now; Listed() tells how old what is
  /// known of it is.
  bool Use(NodeId folder, SteadyTime now);
  bool IsUsed(NodeId folder) const { return folders_.contains(folder); }
  /// It was listed, or a listing was asked for, and has so many entries.
  void Listed(NodeId folder, SteadyTime at, std::size_t entries);

  /// A handle in it was opened, or closed: it is watched meanwhile.
  void Hold(NodeId folder, SteadyTime now);
  void Release(NodeId folder, SteadyTime now);

  /// What is to be listed now, the most overdue first.
  std::vector<NodeId> Due(SteadyTime now);
  /// The budget allows a listing.
  bool MayList(SteadyTime now) { return !budget_.Take(now); }

  /// A listing of that age is of now, for who opens something in the folder: it
  /// is younger than kWatchTime, and not older than the folder is in use, but
  /// for a minute.
  bool IsCurrent(NodeId folder, Milliseconds age, SteadyTime now) const;

  std::size_t size() const { return folders_.size(); }

 private:
  struct Folder {
    SteadyTime begun;
    SteadyTime used;
    SteadyTime listed;
    Milliseconds at_least{0};  ///< Between two listings of so many entries.
    int handles = 0;
  };
  /// How much too late a listing would be: 1 is in time.
  static double Lateness(NodeId id, const Folder& folder, SteadyTime now);
  Folder& Find(NodeId folder, SteadyTime now);
  void MakeRoom();

  const bool none_;
  RateLimit budget_;
  std::unordered_map<NodeId, Folder> folders_;
};

}  // namespace wsfs
