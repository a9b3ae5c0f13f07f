#include "core/fs/sizes_ahead.h"

#include <algorithm>

#include "core/fs/stat_of.h"

namespace wsfs {
namespace {

constexpr Milliseconds kOneProgram{5'000};
constexpr std::size_t kMostFolders = 256;

bool NeedsItsBytes(const Catalogue& catalogue, const Node& node) {
  return node.kind == NodeKind::kFile && !StatOf(catalogue, node).size_known;
}

/// kWindow of them.
std::vector<NodeId> Behind(const Catalogue& catalogue, const Node& node) {
  std::vector<NodeId> ahead;
  bool behind = false;
  for (const NodeId id : catalogue.Children(node.parent)) {
    if (std::ssize(ahead) == SizesAhead::kWindow) break;
    if (behind && NeedsItsBytes(catalogue, catalogue.node(id)))
      ahead.push_back(id);
    behind = behind || id == node.id;
  }
  return ahead;
}

}  // namespace

std::vector<NodeId> SizesAhead::AfterMiss(const Catalogue& catalogue,
                                          NodeId node, SteadyTime now) {
  const Node* const missed = catalogue.FindNode(node);
  if (missed == nullptr || missed->detached()) return {};
  const MutexLock lock(mutex_);
  if (folders_.size() >= kMostFolders) folders_.clear();
  const auto [found, first] = folders_.try_emplace(missed->parent);
  Folder& folder = found->second;
  const bool goes_on = !first && now - folder.last_miss <= kOneProgram;
  folder.last_miss = now;
  if (!goes_on) {
    folder.window.clear();
    return {};
  }
  const auto place = std::ranges::find(folder.window, node);
  if (std::ranges::distance(place, folder.window.end()) > kWindow / 2)
    return {};
  folder.window = Behind(catalogue, *missed);
  return folder.window;
}

}  // namespace wsfs
