#include "core/sync/awaited.h"

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

bool HasName(const Catalogue& catalogue, const Node& node,
             const Object& object) {
  if (catalogue.InPlace(node, object)) return true;
  return object.intent && object.intent->op == IntentOp::kMove &&
         object.intent->acked && object.intent->view == node.name;
}

std::optional<Result<void>> Refusal(const Retries& retries, std::uint64_t row,
                                    const Awaited& what) {
  const std::optional<Error> error = retries.RefusalAfter(row, what.after);
  if (!error) return std::nullopt;
  return Result<void>(*error);
}

std::optional<Result<void>> OutcomeOfRemoval(const Catalogue& catalogue,
                                             const Retries& retries,
                                             const Awaited& what) {
  const Object* const object = catalogue.FindObject(what.removed);
  // Gone, or another entry has taken it over.
  if (object == nullptr || catalogue.NodeOf(object->key) != nullptr)
    return Result<void>();
  return Refusal(retries, object->key, what);
}

}  // namespace

std::optional<Result<void>> OutcomeOf(const Catalogue& catalogue,
                                      const Retries& retries,
                                      const Awaited& what) {
  if (what.removed != kNoObject)
    return OutcomeOfRemoval(catalogue, retries, what);
  const Node* const node = catalogue.FindNode(what.node);
  if (node == nullptr) return Result<void>();
  const Object* const object = catalogue.FindObject(node->bind);
  if (!node->refused.empty()) {
    const auto said =
        Refusal(retries, object != nullptr ? object->key : node->id, what);
    const Errc code = said ? said->error().code() : Errc::kProtected;
    return Result<void>(Error(code, node->refused));
  }
  if (HasNothingToSend(catalogue, *node)) return Result<void>();
  if (object == nullptr) {
    if (IsTaken(node->intent, what.gen)) return Result<void>();
    return Refusal(retries, node->id, what);
  }
  // Both sides changed. What becomes of that is decided when nobody writes.
  if (object->has_news()) return Result<void>();
  if (HasName(catalogue, *node, *object) && HasBytes(*node, *object, what.gen))
    return Result<void>();
  return Refusal(retries, object->key, what);
}

bool IsDelayed(const Catalogue& catalogue, const Retries& retries,
               const Awaited& what) {
  const auto failed = [&](std::uint64_t row) {
    return row != 0 && retries.FailedAfter(row, what.after);
  };
  const Node* const node = catalogue.FindNode(what.node);
  return failed(what.removed) || failed(what.node) ||
         (node != nullptr && failed(node->bind));
}

std::vector<std::uint64_t> RowsOf(const Catalogue& catalogue,
                                  const Awaited& what) {
  std::vector<std::uint64_t> rows;
  if (what.removed != kNoObject) rows.push_back(what.removed);
  for (const Node* node = catalogue.FindNode(what.node);
       node != nullptr && node->id != kRootNode;
       node = catalogue.FindNode(node->parent)) {
    rows.push_back(node->id);
    if (node->bind == kNoObject) continue;
    rows.push_back(node->bind);
    break;
  }
  return rows;
}

}  // namespace wsfs
