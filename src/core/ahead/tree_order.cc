#include "core/ahead/tree_order.h"

#include <algorithm>

namespace wsfs {
namespace {

constexpr std::size_t kMostVisited = 8'192;
/// Larger files are read as they arrive.
constexpr std::uint64_t kSmallBytes = 262'144;

class Walk {
 public:
  Walk(const Catalogue& catalogue, const AheadLimits& limits,
       const IsCurrent& is_current)
      : catalogue_(catalogue), limits_(limits), is_current_(is_current) {}

  void From(NodeId root, NodeId at) {
    const Node* node = catalogue_.FindNode(at);
    if (node == nullptr || node->detached()) return;
    if (node->kind == NodeKind::kDirectory) Enter(*node);
    while (node->id != root && node->parent != kNoNode && !Full()) {
      Visit(catalogue_.Children(node->parent), node->id);
      node = &catalogue_.node(node->parent);
    }
  }
  Ahead Take() { return std::move(ahead_); }

 private:
  bool Full() const {
    return visited_ >= kMostVisited ||
           (ahead_.folders.size() >= limits_.folders &&
            ahead_.files.size() >= limits_.files);
  }

  void Enter(const Node& folder) {
    if (folder.bind == kNoObject || folder.place == Place::kLocal) return;
    if (ahead_.folders.size() < limits_.folders && !is_current_(folder))
      ahead_.folders.push_back(folder.id);
    if (folder.loaded) Visit(catalogue_.Children(folder.id), kNoNode);
  }

  /// Files first: who walks a tree reads a folder before those in it.
  void Visit(const std::vector<NodeId>& children, NodeId behind) {
    const auto from = behind == kNoNode
                          ? children.begin()
                          : std::next(std::ranges::find(children, behind));
    for (auto child = from; child != children.end() && !Full(); ++child) {
      ++visited_;
      Look(catalogue_.node(*child));
    }
    for (auto child = from; child != children.end() && !Full(); ++child) {
      const Node& node = catalogue_.node(*child);
      if (node.kind == NodeKind::kDirectory) Enter(node);
    }
  }

  void Look(const Node& node) {
    if (node.kind != NodeKind::kFile || node.content || node.writers > 0)
      return;
    if (ahead_.files.size() >= limits_.files) return;
    const Object* const object =
        catalogue_.FindObject(node.src != kNoObject ? node.src : node.bind);
    if (object == nullptr || object->kind == ObjectKind::kOpaque) return;
    if (!object->size_bytes || *object->size_bytes > kSmallBytes) return;
    ahead_.files.push_back(node.id);
  }

  const Catalogue& catalogue_;
  const AheadLimits limits_;
  const IsCurrent& is_current_;
  std::size_t visited_ = 0;
  Ahead ahead_;
};

}  // namespace

Ahead BehindInTree(const Catalogue& catalogue, NodeId root, NodeId at,
                   const AheadLimits& limits, const IsCurrent& is_current) {
  Walk walk(catalogue, limits, is_current);
  walk.From(root, at);
  return walk.Take();
}

}  // namespace wsfs
