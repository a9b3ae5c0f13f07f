#include "core/sync/awaited.h"

#include <algorithm>

namespace wsfs {
namespace {

bool IsTaken(const std::optional<Intent>& intent, Generation gen) {
  return intent && intent->acked && intent->gen >= gen;
}

/// Nobody will send it: it is local, removed, or was never closed.
bool HasNothingToSend(const Catalogue& catalogue, const Node& node) {
  const bool closed = node.kind != NodeKind::kFile || node.gen > 0;
  return node.detached() || node.place == Place::kLocal || node.conflict_copy ||
         catalogue.InLocalTree(node.parent) || !closed || node.unclosed;
}

bool HasBytes(const Node& node, const Object& object, Generation gen) {
  return node.kind != NodeKind::kFile || object.gen >= gen ||
         (object.intent && object.intent->op == IntentOp::kPut &&
          IsTaken(object.intent, gen));
}

/// Does the intent put the node where it stands now?
bool IsOfItsName(const Catalogue& catalogue, const Node& node,
                 const Intent& intent) {
  const Node* const directory = catalogue.FindNode(node.parent);
  return directory != nullptr && directory->bind == intent.parent &&
         intent.view == node.name;
}

bool HasName(const Catalogue& catalogue, const Node& node,
             const Object& object) {
  if (catalogue.InPlace(node, object)) return true;
  return object.intent && object.intent->op == IntentOp::kMove &&
         object.intent->acked && IsOfItsName(catalogue, node, *object.intent);
}

using Outcome = std::optional<Result<void>>;

/// Where the service stands with one change, and which rows it is about.
class Look {
 public:
  Look(const Catalogue& catalogue, const Retries& retries, FailureNumber after)
      : catalogue_(catalogue), retries_(retries), after_(after) {}

  Outcome operator()(const NodeStands& what) const;
  Outcome operator()(const ObjectGone& what) const {
    const Object* const object = catalogue_.FindObject(what.object);
    if (object == nullptr || catalogue_.NodeOf(object->key) != nullptr)
      return Result<void>();
    return Refusal(object->key);
  }
  Outcome operator()(const NodeUnmade& what) const {
    const Node* const node = catalogue_.FindNode(what.node);
    if (node != nullptr && node->intent) return Refusal(node->id);
    const Object* const made =
        catalogue_.ObjectChild(what.directory, what.name);
    if (made == nullptr) return Result<void>();
    return (*this)(ObjectGone{.object = made->key});
  }

 private:
  Outcome Refusal(std::uint64_t row) const {
    const std::optional<Error> error = retries_.RefusalAfter(row, after_);
    if (!error) return std::nullopt;
    return Result<void>(*error);
  }

  const Catalogue& catalogue_;
  const Retries& retries_;
  FailureNumber after_;
};

Outcome Look::operator()(const NodeStands& what) const {
  const Node* const node = catalogue_.FindNode(what.node);
  if (node == nullptr) return Result<void>();
  const Object* const object = catalogue_.FindObject(node->bind);
  const std::uint64_t row = object != nullptr ? object->key : node->id;
  if (!node->refused.empty()) {
    const Outcome said = Refusal(row);
    const Errc code = said ? said->error().code() : Errc::kProtected;
    return Result<void>(Error(code, node->refused));
  }
  if (HasNothingToSend(catalogue_, *node)) return Result<void>();
  if (object == nullptr) {
    const std::optional<Intent>& intent = node->intent;
    if (intent && IsTaken(intent, what.gen) &&
        IsOfItsName(catalogue_, *node, *intent))
      return Result<void>();
    return Refusal(row);
  }
  // Both sides changed. What becomes of that is decided when nobody writes.
  if (object->has_news()) return Result<void>();
  if (HasName(catalogue_, *node, *object) && HasBytes(*node, *object, what.gen))
    return Result<void>();
  return Refusal(row);
}

/// The rows that make progress for one change.
class Rows {
 public:
  using List = std::vector<std::uint64_t>;
  explicit Rows(const Catalogue& catalogue) : catalogue_(catalogue) {}

  /// The node, the folders above that are not there yet, and the object of
  /// the last.
  List operator()(const NodeStands& what) const {
    List rows;
    for (const Node* node = catalogue_.FindNode(what.node);
         node != nullptr && node->id != kRootNode;
         node = catalogue_.FindNode(node->parent)) {
      rows.push_back(node->id);
      if (node->bind == kNoObject) continue;
      rows.push_back(node->bind);
      break;
    }
    return rows;
  }
  List operator()(const ObjectGone& what) const { return {what.object}; }
  List operator()(const NodeUnmade& what) const {
    List rows = {what.node};
    const Object* const made =
        catalogue_.ObjectChild(what.directory, what.name);
    if (made != nullptr) rows.push_back(made->key);
    return rows;
  }

 private:
  const Catalogue& catalogue_;
};

}  // namespace

std::optional<Result<void>> OutcomeOf(const Catalogue& catalogue,
                                      const Retries& retries,
                                      const Awaited& awaited) {
  return std::visit(Look(catalogue, retries, awaited.after), awaited.change);
}

bool IsDelayed(const Catalogue& catalogue, const Retries& retries,
               const Awaited& awaited) {
  return std::ranges::any_of(RowsOf(catalogue, awaited),
                             [&](std::uint64_t row) {
                               return retries.FailedAfter(row, awaited.after);
                             });
}

std::vector<std::uint64_t> RowsOf(const Catalogue& catalogue,
                                  const Awaited& awaited) {
  return std::visit(Rows(catalogue), awaited.change);
}

}  // namespace wsfs
