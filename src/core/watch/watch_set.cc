#include "core/watch/watch_set.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace wsfs {
namespace {

constexpr Milliseconds kShortest{2'000};
constexpr Milliseconds kLongest{30'000};
/// Between two listings, of the time since somebody used the folder.
constexpr int kShareOfIdleTime = 4;
/// Listing and comparing so many entries takes a small part of a second.
constexpr std::size_t kEntriesPerSecond = 1'000;
/// A listing that came so long before the first use was made for it: a program
/// that walks a tree is behind those who read ahead for it.
constexpr Milliseconds kStillNew{60'000};
constexpr std::size_t kMostFolders = 16'384;
/// Folders that were used together are not listed together for ever.
constexpr unsigned kSpread = 16;

Milliseconds Since(SteadyTime then, SteadyTime now) {
  return std::chrono::duration_cast<Milliseconds>(now - then);
}

/// 0.9 to 1.1, always the same for a folder.
double Jitter(NodeId id) {
  const auto part = static_cast<double>((id * 2'654'435'761U) % kSpread);
  return 0.9 + 0.2 * part / (kSpread - 1);
}

}  // namespace

WatchSet::Folder& WatchSet::Find(NodeId folder, SteadyTime now) {
  const auto found = folders_.find(folder);
  if (found != folders_.end()) return found->second;
  MakeRoom();
  Folder& made = folders_[folder];
  made.begun = made.used = made.listed = now;
  return made;
}

/// Those that were not used for longest go, an eighth of all: their listings
/// are renewed when they are opened again.
void WatchSet::MakeRoom() {
  if (folders_.size() < kMostFolders) return;
  std::vector<SteadyTime> uses;
  uses.reserve(folders_.size());
  for (const auto& [id, folder] : folders_) uses.push_back(folder.used);
  const auto last = uses.begin() + kMostFolders / 8;
  std::ranges::nth_element(uses, last);
  std::erase_if(folders_, [&](const auto& entry) {
    return entry.second.used <= *last && entry.second.handles == 0;
  });
}

bool WatchSet::Use(NodeId folder, SteadyTime now) {
  const bool known = folders_.contains(folder);
  Find(folder, now).used = now;
  return known;
}

void WatchSet::Listed(NodeId folder, SteadyTime at, std::size_t entries) {
  const auto found = folders_.find(folder);
  if (found == folders_.end()) return;
  found->second.listed = at;
  found->second.at_least = Milliseconds(1'000 * entries / kEntriesPerSecond);
}

void WatchSet::Hold(NodeId folder, SteadyTime now) {
  ++Find(folder, now).handles;
}

void WatchSet::Release(NodeId folder, SteadyTime now) {
  const auto found = folders_.find(folder);
  if (found == folders_.end()) return;
  found->second.used = now;
  if (found->second.handles > 0) --found->second.handles;
}

double WatchSet::Lateness(NodeId id, const Folder& folder, SteadyTime now) {
  const Milliseconds interval =
      std::max(std::clamp(Since(folder.used, now) / kShareOfIdleTime, kShortest,
                          kLongest),
               folder.at_least);
  return static_cast<double>(Since(folder.listed, now).count()) /
         (static_cast<double>(interval.count()) * Jitter(id));
}

std::vector<NodeId> WatchSet::Due(SteadyTime now) {
  std::erase_if(folders_, [&](const auto& entry) {
    return entry.second.handles == 0 &&
           Since(entry.second.used, now) > kWatchTime;
  });
  std::vector<NodeId> ids;
  if (none_) return ids;
  std::vector<std::pair<double, NodeId>> due;
  for (const auto& [id, folder] : folders_) {
    const double lateness = Lateness(id, folder, now);
    if (lateness >= 1) due.emplace_back(lateness, id);
  }
  std::ranges::sort(due, std::ranges::greater());
  for (const auto& [lateness, id] : due) ids.push_back(id);
  return ids;
}

bool WatchSet::IsCurrent(NodeId folder, Milliseconds age,
                         SteadyTime now) const {
  if (age > kWatchTime) return false;
  const auto found = folders_.find(folder);
  const Milliseconds in_use = found == folders_.end()
                                  ? Milliseconds{0}
                                  : Since(found->second.begun, now);
  return age <= in_use + kStillNew;
}

}  // namespace wsfs
