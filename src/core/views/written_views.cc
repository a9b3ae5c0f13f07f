#include "core/views/written_views.h"

#include <utility>

namespace wsfs {
namespace {

constexpr Milliseconds kQuietTime{2'000};
/// About a minute.
constexpr int kMostTries = 30;

}  // namespace

SteadyTime WrittenViews::Later() const {
  return clock_.Now() + kQuietTime;
}

std::shared_ptr<OpenView> WrittenViews::Find(const ViewTarget& target) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(IdOf(target));
  return found == entries_.end() ? nullptr : found->second.what.view;
}

std::shared_ptr<OpenView> WrittenViews::Join(const ViewTarget& target,
                                             std::shared_ptr<OpenView> view) {
  const MutexLock lock(mutex_);
  Entry& entry = entries_[IdOf(target)];
  if (entry.what.view == nullptr)
    entry.what = {.mount = 0, .target = target, .view = std::move(view)};
  ++entry.writers;
  return entry.what.view;
}

void WrittenViews::Leave(MountId mount, const ViewTarget& target) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(IdOf(target));
  Entry& entry = found->second;
  if (--entry.writers > 0) return;
  if (!entry.what.view->changed()) {
    entries_.erase(found);
    return;
  }
  entry.what.mount = mount;
  entry.tries = 0;
  entry.due = Later();
}

std::vector<WrittenViews::Unsaved> WrittenViews::Left(Which which) {
  const SteadyTime now = clock_.Now();
  std::vector<Unsaved> left;
  const MutexLock lock(mutex_);
  for (const auto& [id, entry] : entries_) {
    if (entry.writers == 0 && (which == Which::kAll || entry.due <= now))
      left.push_back(entry.what);
  }
  return left;
}

std::vector<WrittenViews::Unsaved> WrittenViews::Changed() {
  std::vector<Unsaved> changed;
  const MutexLock lock(mutex_);
  for (const auto& [id, entry] : entries_)
    if (entry.what.view->changed()) changed.push_back(entry.what);
  return changed;
}

bool WrittenViews::IsHopeless(const ViewTarget& target, bool may_pass) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(IdOf(target));
  if (found == entries_.end() || found->second.writers > 0) return false;
  return ++found->second.tries >= kMostTries || !may_pass;
}

void WrittenViews::Settle(const ViewTarget& target) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(IdOf(target));
  if (found == entries_.end() || found->second.writers > 0) return;
  if (found->second.what.view->changed())
    found->second.due = Later();
  else
    entries_.erase(found);
}

}  // namespace wsfs
