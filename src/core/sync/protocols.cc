#include "core/sync/protocols.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace wsfs {
namespace {

/// What is refused for good is asked once more after so long (design.md §3).
constexpr PlanMillis kRefusedWaitMs = 30'000;

bool IsOwnBody(const Content& content) {
  return content.place == BodyPlace::kInline ||
         content.place == BodyPlace::kSealed;
}

/// Bytes of our own that the service has, too, and will keep.
std::optional<Content> DirtyOfClean(const Catalogue& catalogue, NodeId id,
                                    PlanMillis now) {
  const Node* const node = catalogue.FindNode(id);
  if (node == nullptr || !node->content) return std::nullopt;
  if (!IsOwnBody(*node->content) || node->place == Place::kLocal)
    return std::nullopt;
  const Object* const object = catalogue.FindObject(node->bind);
  if (object == nullptr || object->gen != node->gen) return std::nullopt;
  // Soon it may be here alone, by a call of ours without an answer: a late
  // delete, or a late put of older bytes.
  if (ExpectsLateDelete(catalogue, *object, now) ||
      HasEcho(catalogue, object->name, now))
    return std::nullopt;
  return node->content;
}

}  // namespace

bool SameIntent(const std::optional<Intent>& now, const Intent& then) {
  return now && now->op == then.op && now->at == then.at &&
         now->path == then.path && now->dst == then.dst && now->gen == then.gen;
}

Form FormOf(const Intent& intent) {
  return {intent.kind, intent.language, intent.format};
}

PlanMillis QuietUntil(PlanMillis own,
                      std::initializer_list<PlanMillis> others) {
  PlanMillis last = own;
  for (const PlanMillis other : others) last = std::max(last, other);
  return std::min(last + kSettleMs, own + kSettleCapMs);
}

PlanOptions Protocols::OptionsOfPlan(bool retry_refused) const {
  return {.settle_now = drains_ > 0,
          .urgent = urgency_.Rows(),
          .retry_refused = retry_refused};
}

Result<void> Protocols::Run(const Action& action) {
  const ActionKey& key = action.key;
  switch (key.op) {
    case ActionOp::kResolve: return Resolve(key);
    case ActionOp::kHydrate: return Hydrate(key.node);
    case ActionOp::kFetch: return Fetch(key.object);
    case ActionOp::kDigest: return Digest(key);
    case ActionOp::kMerge: return Merge(key.object);
    case ActionOp::kSecure: return Secure(key.node);
    case ActionOp::kMkdir: return Mkdir(key.node);
    case ActionOp::kPut: return Put(key.object);
    case ActionOp::kMove: return Move(key.object);
    case ActionOp::kPark: return Park(key.object);
    case ActionOp::kCreate: return Create(key.node);
    case ActionOp::kRmtree: return Rmtree(key.object);
    case ActionOp::kDelete: return Delete(key.object);
    case ActionOp::kWait: return {};
  }
  std::unreachable();
}

Result<void> Protocols::Resolve(const ActionKey& key) {
  const std::optional<IntentOp> op =
      ledger_.Read([&](const Catalogue& catalogue) -> std::optional<IntentOp> {
        const Object* const object = catalogue.FindObject(key.object);
        if (object != nullptr && object->intent) return object->intent->op;
        const Node* const node = catalogue.FindNode(key.node);
        if (node != nullptr && node->intent) return node->intent->op;
        return std::nullopt;
      });
  if (!op) return {};
  switch (*op) {
    case IntentOp::kPut: return ResolvePut(key.object);
    case IntentOp::kCreate: return ResolveCreate(key.node);
    case IntentOp::kMkdir: return ResolveMkdir(key.node);
    case IntentOp::kMove:
    case IntentOp::kPark: return ResolveMove(key.object);
    case IntentOp::kDelete:
    case IntentOp::kRmtree: return ResolveDelete(key.object);
  }
  std::unreachable();
}

Result<void> Protocols::Commit(const Edit& edit) {
  return ledger_.Transact([&](Catalogue& catalogue) -> Result<void> {
    edit(catalogue, ledger_.Now());
    return {};
  });
}

void Protocols::BackOff(Catalogue& catalogue, ObjectKey key, PlanMillis now,
                        const Cause& cause) {
  catalogue.EditObject(key).again = retries_.Failed(key, now, cause);
}

void Protocols::BackOffWhole(Catalogue& catalogue, ObjectKey key,
                             PlanMillis now, const Reply<Nothing>& reply) {
  BackOff(catalogue, key, now, reply.cause());
  const std::optional<Errc> no = reply.cause().refusal;
  if (no == Errc::kPermissionDenied || no == Errc::kProtected)
    catalogue.EditObject(key).again = now + kRefusedWaitMs;
}

void Protocols::BackOffNode(Catalogue& catalogue, NodeId id, PlanMillis now,
                            const Cause& cause) {
  if (catalogue.FindNode(id) == nullptr) return;
  catalogue.EditNode(id).again = retries_.Failed(id, now, cause);
}

void Protocols::Refuse(Catalogue& catalogue, NodeId id, PlanMillis now,
                       const Cause& cause) {
  Node& node = catalogue.EditNode(id);
  node.refused =
      cause.why.empty() ? "the service refuses this file" : cause.why;
  node.again = now + kRefusedWaitMs;
  retries_.Refused(node.bind != kNoObject ? node.bind : id, cause);
}

Result<bool> Protocols::RefuseTooLarge(NodeId id) {
  const auto is_too_large = [id](const Catalogue& catalogue) {
    const Node* const node = catalogue.FindNode(id);
    return node != nullptr && node->content &&
           IsTooLargeToSend(catalogue, *node, *node->content);
  };
  if (!ledger_.Read(is_too_large)) return false;
  bool refused = false;
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    refused = is_too_large(catalogue);
    if (refused) Refuse(catalogue, id, now, std::string(kTooLargeText));
  }));
  return refused;
}

std::string Protocols::PathOf(ObjectKey key) {
  return ledger_.Read([&](const Catalogue& catalogue) {
    const Object* const object = catalogue.FindObject(key);
    return object == nullptr ? std::string() : catalogue.RemotePathOf(*object);
  });
}

Result<void> Protocols::ParentLost(ObjectKey parent) {
  const std::string path = PathOf(parent);
  if (path.empty()) return {};
  const Reply<ObjectInfo> status = calls_.GetStatus(path);
  return Commit([&](Catalogue& catalogue, PlanMillis now) {
    const Object* const object = catalogue.FindObject(parent);
    if (object == nullptr || object->parent == kNoObject) return;
    if (object->intent || catalogue.RemotePathOf(*object) != path) return;
    See(catalogue, parent, status, now);
  });
}

Result<bool> Protocols::SecureBorrowed(const std::vector<ObjectKey>& objects) {
  const std::vector<NodeId> borrowers =
      ledger_.Read([&](const Catalogue& catalogue) {
        std::vector<NodeId> found;
        for (const ObjectKey key : objects) {
          std::ranges::copy(catalogue.Borrowers(key),
                            std::back_inserter(found));
          const Node* const bound = catalogue.NodeOf(key);
          if (bound != nullptr && bound->place == Place::kLocal)
            found.push_back(bound->id);
        }
        return found;
      });
  for (const NodeId id : borrowers) {
    WSFS_TRY(const bool secured, SecureContent(id));
    if (!secured) return false;
  }
  return true;
}

Result<bool> Protocols::SecureContent(NodeId id) {
  std::optional<Content> clean;
  std::uint64_t body = 0;
  ledger_.Read([&](const Catalogue& catalogue) {
    const Node* const node = catalogue.FindNode(id);
    if (node != nullptr && node->content && !IsOwnBody(*node->content))
      clean = node->content;
  });
  if (!clean) return true;
  WSFS_TRY(const std::shared_ptr<Body> open, OpenContent(id, *clean));
  if (!open) return false;
  Contents& contents = ledger_.store().contents();
  WSFS_TRY(const std::unique_ptr<Draft> draft,
           contents.DraftFrom(*clean, clean->size_bytes));
  WSFS_RETURN_IF_ERROR(Commit(
      [&](Catalogue& catalogue, PlanMillis) { body = catalogue.NewId(); }));
  WSFS_TRY(Content own, contents.Seal(*draft, body, /*sync=*/false));
  own.digest = clean->digest;
  const Result<void> written = Commit([&](Catalogue& catalogue, PlanMillis) {
    const Node* const node = catalogue.FindNode(id);
    if (node != nullptr && node->content == clean)
      catalogue.EditNode(id).content = own;
  });
  if (!written.ok()) {
    contents.Unprepare(own);
    return written.error();
  }
  return true;
}

Result<std::shared_ptr<Body>> Protocols::OpenContent(NodeId id,
                                                     const Content& content) {
  Result<std::shared_ptr<Body>> body = ledger_.store().contents().Open(content);
  if (body.ok() || body.error().code() != Errc::kNotFound || IsOwnBody(content))
    return body;
  // The cache dropped it: from now on the plan knows that it is not here.
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis) {
    const Node* const node = catalogue.FindNode(id);
    if (node == nullptr || node->content != content) return;
    Node& edited = catalogue.EditNode(id);
    edited.known_size = content.size_bytes;
    edited.content.reset();
  }));
  return std::shared_ptr<Body>();
}

Result<std::shared_ptr<Body>> Protocols::OpenBytesOf(const Intent& intent) {
  WSFS_CHECK(intent.content.has_value());
  return OpenContent(intent.node, *intent.content);
}

Result<bool> Protocols::EnsureDigest(NodeId id) {
  const std::optional<Content> content =
      ledger_.Read([&](const Catalogue& catalogue) -> std::optional<Content> {
        const Node* const node = catalogue.FindNode(id);
        if (node == nullptr) return std::nullopt;
        return node->content;
      });
  if (!content) return false;
  if (content->digest) return true;
  WSFS_TRY(const Content::Digest digest,
           ledger_.store().contents().DigestOf(*content));
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis) {
    const Node* const node = catalogue.FindNode(id);
    if (node != nullptr && node->content == content)
      catalogue.EditNode(id).content->digest = digest;
  }));
  return true;
}

Result<void> Protocols::MakeClean(NodeId id) {
  const std::optional<Content> dirty =
      ledger_.Read([&](const Catalogue& catalogue) {
        return DirtyOfClean(catalogue, id, ledger_.Now());
      });
  if (!dirty || !dirty->digest) return {};
  const Result<Content> clean = ledger_.store().contents().MakeClean(*dirty);
  if (!clean.ok()) return {};  // It stays where it is: nothing is lost.
  return Commit([&](Catalogue& catalogue, PlanMillis) {
    const Node* const node = catalogue.FindNode(id);
    if (node != nullptr && node->content == dirty)
      catalogue.EditNode(id).content = *clean;
  });
}

Result<void> Protocols::Tidy(NodeId id) {
  const bool only_here = ledger_.Read([&](const Catalogue& catalogue) {
    const Node* const node = catalogue.FindNode(id);
    return node != nullptr && node->content && node->bind == kNoObject &&
           node->src == kNoObject;
  });
  if (!only_here) return MakeClean(id);
  WSFS_TRY(const bool secured, SecureContent(id));
  (void)secured;
  return {};
}

}  // namespace wsfs
