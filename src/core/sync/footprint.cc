#include <algorithm>
#include <utility>

#include "core/sync/answers.h"
#include "core/sync/scheduler.h"

namespace wsfs {
namespace {

bool IsStructuralOp(ActionOp op) {
  return op == ActionOp::kMove || op == ActionOp::kPark ||
         op == ActionOp::kDelete || op == ActionOp::kRmtree;
}

bool IsStructuralIntent(IntentOp op) {
  return op == IntentOp::kMove || op == IntentOp::kPark ||
         op == IntentOp::kDelete || op == IntentOp::kRmtree;
}

bool IsPathPrefix(const std::string& short_path, const std::string& path) {
  if (short_path == "/" || short_path == path) return true;
  return path.size() > short_path.size() && path.starts_with(short_path) &&
         path[short_path.size()] == '/';
}

void AddObject(const Catalogue& catalogue, const Action& action,
               Footprint& print) {
  const Object* const object = catalogue.FindObject(action.key.object);
  if (object == nullptr) return;
  print.rows.insert(object->key);
  print.paths.push_back(catalogue.RemotePathOf(*object));
  const Node* const node = catalogue.NodeOf(object->key);
  // A put lets its node be named and sealed anew meanwhile.
  if (node != nullptr && action.key.op != ActionOp::kPut)
    print.rows.insert(node->id);
  if (!action.destination.empty()) print.paths.push_back(action.destination);
  if (!object->intent) return;
  if (!object->intent->dst.empty()) print.paths.push_back(object->intent->dst);
  print.structural = print.structural || IsStructuralIntent(object->intent->op);
}

void AddNode(const Catalogue& catalogue, const Action& action,
             Footprint& print) {
  const Node* const node = catalogue.FindNode(action.key.node);
  if (node == nullptr) return;
  print.rows.insert(node->id);
  if (action.key.op == ActionOp::kHydrate) {
    const Object* const holder =
        catalogue.FindObject(node->src != kNoObject ? node->src : node->bind);
    if (holder == nullptr) return;
    print.rows.insert(holder->key);
    print.paths.push_back(catalogue.RemotePathOf(*holder));
    return;
  }
  if (node->intent && !node->intent->dst.empty()) {
    print.paths.push_back(node->intent->dst);
    return;
  }
  const Node* const directory = catalogue.FindNode(node->parent);
  const Object* const parent =
      directory == nullptr ? nullptr : catalogue.FindObject(directory->bind);
  if (parent == nullptr) return;
  print.paths.push_back(ChildPath(catalogue.RemotePathOf(*parent), node->name));
  if (action.key.op == ActionOp::kMkdir)
    print.mkdir_parents.insert(parent->key);
}

}  // namespace

Footprint FootprintOf(const Catalogue& catalogue, const Action& action) {
  Footprint print;
  print.structural = IsStructuralOp(action.key.op);
  if (action.key.object != kNoObject) AddObject(catalogue, action, print);
  if (action.key.node != kNoNode) AddNode(catalogue, action, print);
  return print;
}

bool Overlaps(const Footprint& one, const Footprint& other) {
  const auto in_other = [&](std::uint64_t row) {
    return other.rows.contains(row);
  };
  if (std::ranges::any_of(one.rows, in_other)) return true;
  if (std::ranges::any_of(one.mkdir_parents, [&](ObjectKey key) {
        return other.mkdir_parents.contains(key);
      }))
    return true;
  if (!one.structural && !other.structural) return false;
  return std::ranges::any_of(one.paths, [&](const std::string& path) {
    return std::ranges::any_of(other.paths, [&](const std::string& with) {
      return IsPathPrefix(path, with) || IsPathPrefix(with, path);
    });
  });
}

}  // namespace wsfs
