#include "base/check.h"
#include "store/catalogue_state.h"

namespace wsfs {

namespace {

template <typename Index>
std::size_t EntriesOf(const Index& index) {
  std::size_t count = 0;
  for (const auto& [key, entries] : index) {
    WSFS_CHECK(!entries.empty());
    count += entries.size();
  }
  return count;
}

}  // namespace

void Catalogue::CheckInvariants() const {
  State& s = *state_;
  s.JudgeStale();
  std::size_t named = 0;
  std::size_t bound = 0;
  std::size_t borrowing = 0;
  for (const auto& [id, node] : s.nodes) {
    WSFS_CHECK(node.id == id && id < s.next_id);
    WSFS_CHECK(s.unsettled_nodes.contains(id) == s.IsUnsettled(node));
    WSFS_CHECK(s.refused_nodes.contains(id) == !node.refused.empty());
    if (node.bind != kNoObject) {
      ++bound;
      WSFS_CHECK(s.bound.at(node.bind) == id && FindObject(node.bind));
    }
    if (node.src != kNoObject) {
      ++borrowing;
      WSFS_CHECK(s.borrowers.at(node.src).contains(id) && FindObject(node.src));
    }
    if (node.parent == kNoNode) continue;
    ++named;
    WSFS_CHECK(s.nodes.at(node.parent).kind == NodeKind::kDirectory);
    WSFS_CHECK(Child(node.parent, node.name) == &node);
  }
  WSFS_CHECK(named == EntriesOf(s.children) && bound == s.bound.size());
  WSFS_CHECK(borrowing == EntriesOf(s.borrowers));
  std::size_t listed = 0;
  for (const auto& [key, object] : s.objects) {
    WSFS_CHECK(object.key == key && key < s.next_id);
    WSFS_CHECK(s.unsettled_objects.contains(key) == s.IsUnsettled(object));
    if (object.parent == kNoObject) continue;
    ++listed;
    WSFS_CHECK(s.objects.contains(object.parent));
    WSFS_CHECK(s.object_children.at(object.parent)
                   .contains({object.name, object.key}));
  }
  WSFS_CHECK(listed == EntriesOf(s.object_children));
  WSFS_CHECK(s.viewed.size() == EntriesOf(s.views));
}

}  // namespace wsfs
