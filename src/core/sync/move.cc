#include <utility>

#include "core/sync/protocols.h"

namespace wsfs {
namespace {

/// Alive and in place, and so all above: what is parked there is in nobody's
/// way.
bool IsSteady(const Catalogue& catalogue, const Object& object) {
  for (const Object* at = &object; at->parent != kNoObject;
       at = &catalogue.object(at->parent)) {
    const Node* const node = catalogue.NodeOf(at->key);
    if (node == nullptr || node->place == Place::kLocal) return false;
    if (!catalogue.InPlace(*node, *at)) return false;
    if (at->intent || at->fresh || at->has_news()) return false;
  }
  return true;
}

bool IsHeld(const Catalogue& catalogue, const Object& directory,
            const std::string& name) {
  if (catalogue.ObjectChild(directory.key, name) != nullptr) return true;
  const Node* const node = catalogue.NodeOf(directory.key);
  return node != nullptr && catalogue.Child(node->id, name) != nullptr;
}

/// What stands at the target of an unanswered rename, whose source is not
/// there any more, is the object under another version. If it is not, both
/// names changed hands meanwhile: then a clean node shows what is there, as it
/// would anyhow, and a dirty one is compared with it before it goes out.
bool IsItWithNewVersion(const Catalogue& catalogue, const Object& object,
                        const RemoteInfo& info) {
  return !catalogue.capabilities().rename_keeps_version &&
         info.kind == object.kind;
}

bool IsAnswered(const Reply<ObjectInfo>& reply) {
  return reply.ok() || reply.outcome == Outcome::kAbsent;
}

/// The rename was done if what stands at its target is the object.
bool TakeArrived(Catalogue& catalogue, ObjectKey key, const RemoteInfo& info,
                 bool source_there, PlanMillis now) {
  Object& object = catalogue.EditObject(key);
  const bool by_id =
      info.kind == object.kind && info.version.id == object.version.id;
  if (!by_id && (source_there || !IsItWithNewVersion(catalogue, object, info)))
    return false;
  if (!Moved(catalogue, key, now)) {
    object.again = now + 1'000;
    return true;
  }
  if (object.has_news()) return true;  // Its new directory is gone.
  if (info.version.id != 0) object.version.id = info.version.id;
  if (object.kind == ObjectKind::kDirectory || info.version.modified_at == 0 ||
      info.version.modified_at == object.version.modified_at)
    return true;
  // By the rename, or by somebody since: its bytes tell.
  object.news = info;
  object.news_content.reset();
  return true;
}

/// The rename was not done, or not yet.
void TakeNotArrived(Object& object, bool source_there, PlanMillis age,
                    PlanMillis now) {
  if (source_there && age < kLateRenameMs) {
    // It may come late: neither name is used.
    object.again = NextLook(now - age, now, kLateRenameMs);
  } else if (source_there) {
    object.intent.reset();
    object.again = now + 500;
  } else if (age < kSuspectMs) {
    object.again = NextLook(now - age, now, kSuspectMs);
  } else {
    object.intent.reset();
    MarkGone(object);
  }
}

bool IsKeptInFull(const Version& before, const Version& now) {
  return now.id != 0 && now.modified_at != 0 && before == now;
}

}  // namespace

Result<void> Protocols::Move(ObjectKey key) {
  const std::optional<Target> target = ledger_.Read(
      [&](const Catalogue& catalogue) { return TargetOfMove(catalogue, key); });
  return target ? Rename(key, *target, IntentOp::kMove) : Result<void>();
}

Result<void> Protocols::Park(ObjectKey key) {
  const std::optional<Target> target = ledger_.Read(
      [&](const Catalogue& catalogue) { return TargetOfPark(catalogue, key); });
  return target ? Rename(key, *target, IntentOp::kPark) : Result<void>();
}

std::optional<Protocols::Target> Protocols::TargetOfMove(
    const Catalogue& catalogue, ObjectKey key) const {
  const Object* const object = catalogue.FindObject(key);
  const Node* const node = catalogue.NodeOf(key);
  if (object == nullptr || node == nullptr || node->detached())
    return std::nullopt;
  const Object* const parent =
      catalogue.FindObject(catalogue.node(node->parent).bind);
  const std::optional<std::string> name = NameFits(FormOf(*object), node->name);
  if (parent == nullptr || !name) return std::nullopt;
  return Target{.parent = parent->key,
                .name = *name,
                .view = node->name,
                .from = catalogue.RemotePathOf(*object),
                .to = ChildPath(catalogue.RemotePathOf(*parent), *name),
                .wanted = std::pair(node->parent, node->name)};
}

std::optional<Protocols::Target> Protocols::TargetOfPark(
    const Catalogue& catalogue, ObjectKey key) const {
  const Object* const object = catalogue.FindObject(key);
  if (object == nullptr || object->parent == kNoObject) return std::nullopt;
  const Object* top = &catalogue.object(object->parent);
  while (top->parent != kNoObject && !IsSteady(catalogue, *top))
    top = &catalogue.object(top->parent);
  const std::string stem = std::string(kParkPrefix) + std::to_string(key);
  std::string name = stem;
  for (int i = 1; IsHeld(catalogue, *top, name); ++i)
    name = stem + "-" + std::to_string(i);
  return Target{.parent = top->key,
                .name = name,
                .view = name,
                .from = catalogue.RemotePathOf(*object),
                .to = ChildPath(catalogue.RemotePathOf(*top), name),
                .wanted = std::nullopt};
}

Result<void> Protocols::Rename(ObjectKey key, const Target& target,
                               IntentOp op) {
  WSFS_TRY(const std::optional<std::int64_t> free_ms,
           TargetIsFree(key, target));
  if (!free_ms) return {};
  WSFS_TRY(const bool intended, IntendRename(key, target, op));
  if (!intended) return {};
  Reply<Nothing> reply;
  bool confirm = false;
  const Result<void> reached = barrier_.Reach();
  if (reached.ok()) reply = calls_.Rename(target.from, target.to);
  if (reply.ok())
    CountOpening({.window = Window::kCheckToRename, .checked_ms = *free_ms},
                 reply.times);
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    const Object* const object = catalogue.FindObject(key);
    if (object == nullptr || !object->intent) return;
    if (reply.ok()) {
      retries_.Succeeded(key);
      if (catalogue.capabilities().rename_keeps_version) {
        if (!Moved(catalogue, key, now))
          catalogue.EditObject(key).again = now + 1'000;
      } else {
        // Nobody knows yet what version a renamed object has: it is asked,
        // and until then the intent stays.
        confirm = true;
        catalogue.EditObject(key).intent->acked =
            Intent::Acked{.sent_ms = reply.times.sent_ms,
                          .answered_ms = reply.times.answered_ms};
      }
    } else if (reply.outcome == Outcome::kLost) {
      catalogue.EditObject(key).again = now + 500;
    } else {
      catalogue.EditObject(key).intent.reset();
      if (reply.outcome == Outcome::kUnsupported) {
        // From now on a rename is a copy and a delete.
        catalogue.EditCapabilities().rename = false;
        for (const ObjectKey each : catalogue.UnsettledObjects())
          catalogue.LookAgain(each);
      } else {
        BackOffWhole(catalogue, key, now, reply);
      }
    }
  }));
  WSFS_RETURN_IF_ERROR(reached);
  if (confirm) return ResolveMove(key);
  if (reply.outcome == Outcome::kRefused || reply.outcome == Outcome::kAbsent)
    return RenameRefused(key, target, reply);
  return {};
}

Result<std::optional<std::int64_t>> Protocols::TargetIsFree(
    ObjectKey key, const Target& target) {
  const Reply<ObjectInfo> there = calls_.GetStatus(target.to);
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    if (catalogue.FindObject(key) == nullptr ||
        catalogue.FindObject(target.parent) == nullptr)
      return;
    if (there.outcome == Outcome::kAbsent) return;
    if (there.ok() &&
        !WasRecentlyHere(catalogue, target.to, there.value->id, now))
      Newcomer(catalogue, target.parent, *there.value, target.name, now);
    BackOff(catalogue, key, now, there.why());
  }));
  if (there.outcome != Outcome::kAbsent) return std::optional<std::int64_t>();
  return std::optional(there.times.answered_ms);
}

Result<bool> Protocols::IntendRename(ObjectKey key, const Target& target,
                                     IntentOp op) {
  bool intended = false;
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    const Object* const object = catalogue.FindObject(key);
    const Node* const node = catalogue.NodeOf(key);
    const Object* const parent = catalogue.FindObject(target.parent);
    if (object == nullptr || node == nullptr || parent == nullptr) return;
    if (node->place == Place::kLocal || node->detached()) return;
    if (target.wanted && *target.wanted != std::pair(node->parent, node->name))
      return;  // The person went on.
    if (object->has_news() || object->fresh || Unsettled(catalogue, *object))
      return;
    if (parent->has_news() || parent->fresh || Unsettled(catalogue, *parent))
      return;
    if (catalogue.ObjectChild(parent->key, target.name) != nullptr) return;
    if (IsClaimed(catalogue, target.to)) return;
    if (target.from != catalogue.RemotePathOf(*object) ||
        target.to != ChildPath(catalogue.RemotePathOf(*parent), target.name))
      return;
    Intent intent = NewIntent(op, FormOf(*object), now);
    intent.node = node->id;
    intent.path = target.from;
    intent.dst = target.to;
    intent.parent = target.parent;
    intent.name = target.name;
    intent.view = target.view;
    catalogue.EditObject(key).intent = std::move(intent);
    intended = true;
  }));
  return intended;
}

Result<void> Protocols::RenameRefused(ObjectKey key, const Target& target,
                                      const Reply<Nothing>& reply) {
  const Reply<ObjectInfo> source = calls_.GetStatus(target.from);
  Verdict verdict = Verdict::kAgain;
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    if (catalogue.FindObject(key) != nullptr)
      verdict = See(catalogue, key, source, now);
  }));
  if (verdict != Verdict::kSame) return {};
  const Reply<ObjectInfo> there = calls_.GetStatus(target.to);
  if (there.ok()) {
    return Commit([&](Catalogue& catalogue, PlanMillis now) {
      if (catalogue.FindObject(target.parent) != nullptr)
        Newcomer(catalogue, target.parent, *there.value, target.name, now);
    });
  }
  if (there.outcome != Outcome::kAbsent) return {};
  if (reply.outcome == Outcome::kAbsent) return ParentLost(target.parent);
  return {};
}

Result<void> Protocols::ResolveMove(ObjectKey key) {
  const std::optional<Intent> intent =
      ledger_.Read([&](const Catalogue& catalogue) -> std::optional<Intent> {
        const Object* const object = catalogue.FindObject(key);
        if (object == nullptr) return std::nullopt;
        return object->intent;
      });
  if (!intent) return {};
  if (intent->acked) return ConfirmMove(key, *intent);
  const Reply<ObjectInfo> source = calls_.GetStatus(intent->path);
  const Reply<ObjectInfo> there = calls_.GetStatus(intent->dst);
  return Commit([&](Catalogue& catalogue, PlanMillis now) {
    const Object* const found = catalogue.FindObject(key);
    if (found == nullptr || !SameIntent(found->intent, *intent)) return;
    Object& object = catalogue.EditObject(key);
    if (!IsAnswered(source) || !IsAnswered(there)) {
      BackOff(catalogue, key, now, source.why() + there.why());
      return;
    }
    if (there.ok() &&
        TakeArrived(catalogue, key, Reduce(*there.value), source.ok(), now))
      return;
    TakeNotArrived(object, source.ok(), now - intent->at, now);
  });
}

Result<void> Protocols::ConfirmMove(ObjectKey key, const Intent& intent) {
  const Reply<ObjectInfo> there = calls_.GetStatus(intent.dst);
  return Commit([&](Catalogue& catalogue, PlanMillis now) {
    const Object* const found = catalogue.FindObject(key);
    if (found == nullptr || !SameIntent(found->intent, intent)) return;
    if (!there.ok() && there.outcome != Outcome::kAbsent) {
      BackOff(catalogue, key, now, there.why());
      return;
    }
    Object& object = catalogue.EditObject(key);
    if (!there.ok() && now - intent.at < kSuspectMs) {
      // The answer may be older than our rename.
      object.again = NextLook(intent.at, now, kSuspectMs);
      return;
    }
    if (!there.ok() || Reduce(*there.value).kind != object.kind) {
      object.intent.reset();
      MarkGone(object);
      return;
    }
    if (!Moved(catalogue, key, now)) {
      object.again = now + 1'000;
      return;
    }
    TakeMovedVersion(catalogue, key, Reduce(*there.value), *intent.acked);
    retries_.Succeeded(key);
  });
}

void Protocols::TakeMovedVersion(Catalogue& catalogue, ObjectKey key,
                                 const RemoteInfo& info,
                                 const Intent::Acked& acked) {
  Object& object = catalogue.EditObject(key);
  if (object.has_news()) return;  // Its new directory is gone.
  if (object.kind == ObjectKind::kDirectory) {
    // It says nothing of the versions below, which are what is compared.
    if (info.version.id != 0) object.version.id = info.version.id;
    return;
  }
  if (IsKeptInFull(object.version, info.version))
    catalogue.EditCapabilities().rename_keeps_version = true;
  const bool same_time = info.version.modified_at == 0 ||
                         info.version.modified_at == object.version.modified_at;
  if (same_time || window_.MayBeOurs(info.version.modified_at, acked)) {
    if (!same_time) window_.Learn(info.version.modified_at, acked);
    if (info.version.id != 0) object.version.id = info.version.id;
    if (!same_time) object.version.modified_at = info.version.modified_at;
    return;
  }
  // Renamed, then somebody wrote over it.
  if (info.version.id != 0) object.version.id = info.version.id;
  object.news = info;
  object.news_content.reset();
}

}  // namespace wsfs
