#include "core/sync/status.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace wsfs {
namespace {

constexpr std::size_t kMostItems = 1'000;

std::string_view NameOf(IntentOp op) {
  switch (op) {
    case IntentOp::kPut: return "put";
    case IntentOp::kCreate: return "create";
    case IntentOp::kMkdir: return "mkdir";
    case IntentOp::kMove:
    case IntentOp::kPark: return "move";
    case IntentOp::kDelete:
    case IntentOp::kRmtree: return "delete";
  }
  std::unreachable();
}

/// How a person calls it; "" for what only prepares something else.
std::string_view NameOf(ActionOp op) {
  switch (op) {
    case ActionOp::kMkdir: return "mkdir";
    case ActionOp::kPut: return "put";
    case ActionOp::kMove:
    case ActionOp::kPark: return "move";
    case ActionOp::kCreate: return "create";
    case ActionOp::kRmtree:
    case ActionOp::kDelete: return "delete";
    case ActionOp::kFetch: return "compare";
    case ActionOp::kResolve:
    case ActionOp::kHydrate:
    case ActionOp::kDigest:
    case ActionOp::kMerge:
    case ActionOp::kSecure:
    case ActionOp::kWait: return "";
  }
  std::unreachable();
}

/// Where the object is, or was, in the mount.
std::string ShownPathOf(const Catalogue& catalogue, const Object& object) {
  if (const Node* node = catalogue.NodeOf(object.key))
    return catalogue.ShownPathOf(*node);
  const Node* const directory = catalogue.NodeOf(object.parent);
  if (directory == nullptr) return catalogue.RemotePathOf(object);
  const std::string above = catalogue.ShownPathOf(*directory);
  return (above == "/" ? std::string() : above) + "/" + object.view;
}

PendingItem::State StateOf(const Retries& retries, std::uint64_t row,
                           bool sending) {
  if (sending) return PendingItem::State::kSending;
  return retries.RefusalAfter(row, 0) ? PendingItem::State::kRefused
                                      : PendingItem::State::kWaiting;
}

std::optional<PendingItem> ItemOf(const Catalogue& catalogue,
                                  const Action& action, bool in_flight,
                                  const Retries& retries, PlanMillis now) {
  PendingItem item;
  item.operation = NameOf(action.key.op);
  const Object* const object = catalogue.FindObject(action.key.object);
  const Node* node = catalogue.FindNode(action.key.node);
  const std::optional<Intent>* intent = nullptr;
  if (object != nullptr) {
    node = catalogue.NodeOf(object->key);
    item.path = ShownPathOf(catalogue, *object);
    item.since = std::max(object->touched, object->changed);
    intent = &object->intent;
  } else if (node != nullptr) {
    item.path = node->detached() ? node->name : catalogue.ShownPathOf(*node);
    intent = &node->intent;
  } else {
    return std::nullopt;
  }
  if (node != nullptr) item.since = std::max(node->touched, node->closed);
  if (*intent) item.operation = NameOf((*intent)->op);
  // A download for a decision counts when something of ours waits for it.
  if (action.key.op == ActionOp::kFetch &&
      (node == nullptr || object == nullptr || node->gen == object->gen))
    return std::nullopt;
  if (item.operation.empty()) return std::nullopt;
  const std::uint64_t row = object != nullptr ? object->key : node->id;
  item.state = StateOf(retries, row, in_flight || *intent);
  item.error = retries.ErrorOf(row);
  if (node != nullptr && !node->refused.empty()) {
    item.state = PendingItem::State::kRefused;
    item.error = node->refused;
  }
  const bool uploads = item.operation == "put" || item.operation == "create";
  if (uploads && node != nullptr && node->content)
    item.bytes = node->content->size_bytes;
  item.next_try_ms = std::max<PlanMillis>(0, action.ready - now);
  return item;
}

}  // namespace

SyncStatus StatusOf(const Catalogue& catalogue, const Plan& plan,
                    const std::set<ActionKey>& in_flight,
                    const Retries& retries, PlanMillis now) {
  SyncStatus status;
  for (const auto& [key, action] : plan) {
    std::optional<PendingItem> item =
        ItemOf(catalogue, action, in_flight.contains(key), retries, now);
    if (item) status.pending.push_back(*std::move(item));
  }
  std::ranges::sort(status.pending, {}, [](const PendingItem& item) {
    return std::tie(item.since, item.path, item.operation);
  });
  status.pending_count = status.pending.size();
  for (const PendingItem& item : status.pending)
    status.pending_bytes += item.bytes;
  if (!status.pending.empty())
    status.oldest_pending = status.pending.front().since;
  status.refused_count = static_cast<std::size_t>(std::ranges::count(
      status.pending, PendingItem::State::kRefused, &PendingItem::state));
  if (status.pending.size() > kMostItems) status.pending.resize(kMostItems);
  for (const NodeId id : catalogue.AllNodes()) {
    if (catalogue.node(id).conflict_copy) ++status.conflict_count;
  }
  return status;
}

}  // namespace wsfs
