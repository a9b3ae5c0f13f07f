#include <utility>

#include "core/sync/protocols.h"

namespace wsfs {
namespace {

/// A stale answer after an acknowledged put is asked again for so long.
constexpr PlanMillis kStaleConfirmMs = kSuspectMs + 5'000;
constexpr int kCompareTries = 3;

/// May the node's sealed bytes go to this object now?
bool MayPut(const Catalogue& catalogue, const Object& object,
            const Node* node) {
  if (node == nullptr || node->place == Place::kLocal) return false;
  if (node->gen == 0 || node->gen == object.gen || !node->content) return false;
  if (node->unclosed) return false;
  if (object.has_news() || object.fresh) return false;
  return !Unsettled(catalogue, object) && !Needed(catalogue, object);
}

/// Saved as source before anybody knew that it is stored as ipynb.
bool WouldLoseOutputs(const Object& object, const ObjectInfo& found) {
  return object.kind == ObjectKind::kNotebook &&
         object.format == NotebookFormat::kNone &&
         Reduce(found).format == NotebookFormat::kJupyter;
}

struct WireForm {
  ImportFormat format = ImportFormat::kRaw;
  Language language = Language::kNone;
};

WireForm WireFormOf(const Intent& intent) {
  if (intent.kind != ObjectKind::kNotebook) return {};
  if (intent.format == NotebookFormat::kJupyter)
    return {.format = ImportFormat::kJupyter};
  return {.format = ImportFormat::kSource, .language = intent.language};
}

void SetPutDone(Catalogue& catalogue, ObjectKey key, const Intent& intent) {
  // Ours went in, then somebody wrote over it or removed it.
  const Node* const node = catalogue.NodeOf(key);
  Object& object = catalogue.EditObject(key);
  object.base = NormalHash(intent.content, FormOf(object));
  object.gen =
      node != nullptr && node->id == intent.node ? intent.gen : kNoGeneration;
  object.ancestor = intent.content;
}

/// The object is as it was before: plan again, and know the bytes should the
/// put still come.
void PutNotDone(Catalogue& catalogue, ObjectKey key, const Intent& intent,
                PlanMillis now) {
  Object& object = catalogue.EditObject(key);
  object.intent.reset();
  object.again = now + 500;
  if (!intent.acked) ExpectEcho(catalogue, intent, now);
}

bool StillSends(const Catalogue& catalogue, ObjectKey key,
                const Intent& intent) {
  const Object* const object = catalogue.FindObject(key);
  return object != nullptr && SameIntent(object->intent, intent);
}

}  // namespace

Result<void> Protocols::Put(ObjectKey key) {
  WSFS_TRY(const bool checked, CheckBeforePut(key));
  if (!checked) return {};
  WSFS_TRY(const bool secured, SecureBorrowed({key}));
  if (!secured) return {};
  WSFS_TRY(const std::optional<CheckedPut> put, IntendPut(key));
  return put ? SendPut(key, *put) : Result<void>();
}

Result<bool> Protocols::CheckBeforePut(ObjectKey key) {
  // The early check may be on its way: its answer serves this put too.
  const CheckGate::Pass pass = checks_.Enter(key);
  std::string path;
  NodeId node = kNoNode;
  bool asked = false;
  ledger_.Read([&](const Catalogue& catalogue) {
    const Object* const object = catalogue.FindObject(key);
    if (object == nullptr) return;
    path = catalogue.RemotePathOf(*object);
    if (const Node* bound = catalogue.NodeOf(key)) node = bound->id;
    asked = object->asked != 0 && ledger_.Now() - object->asked <= kCheckAgeMs;
  });
  if (path.empty() || node == kNoNode) return false;
  WSFS_TRY(const bool too_large, RefuseTooLarge(node));
  if (too_large) return false;
  WSFS_TRY(const bool digested, EnsureDigest(node));
  if (!digested) return false;
  if (asked) return true;
  const Reply<ObjectInfo> reply = calls_.GetStatus(path);
  Verdict verdict = Verdict::kAgain;
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    if (catalogue.FindObject(key) == nullptr) return;
    verdict = SeeFresh(catalogue, key, reply, now);
    if (verdict == Verdict::kAgain && reply.outcome != Outcome::kAbsent &&
        !reply.ok())
      BackOff(catalogue, key, now, reply.cause());
    if (verdict == Verdict::kSame && reply.value &&
        WouldLoseOutputs(catalogue.object(key), *reply.value)) {
      verdict = Verdict::kAgain;
      Refuse(catalogue, node, now,
             std::string("the notebook is stored as ipynb: source would lose "
                         "its outputs; save it under a name of its own"));
    }
  }));
  return verdict == Verdict::kSame;
}

Verdict Protocols::SeeFresh(Catalogue& catalogue, ObjectKey key,
                            const Reply<ObjectInfo>& reply, PlanMillis now) {
  const Verdict verdict = See(catalogue, key, reply, now);
  const bool answered = reply.ok() || reply.outcome == Outcome::kAbsent;
  if (verdict == Verdict::kAgain && answered)
    windows_.Met(Window::kStaleAnswer);
  return verdict;
}

Result<std::optional<Protocols::CheckedPut>> Protocols::IntendPut(
    ObjectKey key) {
  std::optional<CheckedPut> made;
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    const Object* const object = catalogue.FindObject(key);
    if (object == nullptr) return;
    const Node* const node = catalogue.NodeOf(key);
    if (!MayPut(catalogue, *object, node) || !node->content->digest) return;
    Intent intent = NewIntent(IntentOp::kPut, FormOf(*object), now);
    intent.gen = node->gen;
    intent.content = node->content;
    intent.node = node->id;
    intent.path = catalogue.RemotePathOf(*object);
    intent.base = object->version;
    made = {.intent = intent, .checked = object->asked};
    Object& edited = catalogue.EditObject(key);
    edited.intent = std::move(intent);
    edited.asked = 0;
  }));
  return made;
}

Result<void> Protocols::SendPut(ObjectKey key, const CheckedPut& put) {
  const Intent& intent = put.intent;
  Reply<Nothing> reply;
  WSFS_TRY(const std::shared_ptr<Body> body, OpenBytesOf(intent));
  const Result<void> reached = barrier_.Reach();
  if (body && reached.ok()) {
    BodySource source(body);
    const WireForm form = WireFormOf(intent);
    reply = calls_.Import(intent.path, form.format, form.language,
                          /*overwrite=*/true, source);
  }
  if (reply.ok()) {
    const CallTimes& times = reply.times;
    windows_.Opened(Window::kCheckToPut,
                    Milliseconds(ledger_.Now() - put.checked));
    windows_.Opened(Window::kPutToAnswer,
                    Milliseconds(times.answered_ms - times.sent_ms));
  }
  Intent acked = intent;
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    if (!StillSends(catalogue, key, intent)) return;
    Object& object = catalogue.EditObject(key);
    switch (reply.outcome) {
      case Outcome::kOk:
        acked.acked = {.sent_ms = reply.times.sent_ms,
                       .answered_ms = reply.times.answered_ms};
        object.intent = acked;
        object.changed = now;
        return;
      case Outcome::kLost:
        ExpectEcho(catalogue, intent, now);
        object.again = now + 500;
        return;
      case Outcome::kNotNow:
      case Outcome::kAbsent:
        object.intent.reset();
        BackOff(catalogue, key, now, reply.why());
        return;
      case Outcome::kRefused:
      case Outcome::kUnsupported: object.intent.reset(); return;
    }
  }));
  WSFS_RETURN_IF_ERROR(reached);
  if (reply.ok()) return ResolvePut(key);
  if (reply.outcome == Outcome::kNotNow || reply.outcome == Outcome::kLost)
    return {};
  return PutRefused(key, intent, reply);
}

Result<void> Protocols::PutRefused(ObjectKey key, const Intent& intent,
                                   const Reply<Nothing>& reply) {
  if (reply.outcome == Outcome::kAbsent) {
    const ObjectKey parent = ledger_.Read([&](const Catalogue& catalogue) {
      const Object* const object = catalogue.FindObject(key);
      return object == nullptr ? kNoObject : object->parent;
    });
    return ParentLost(parent);
  }
  const Reply<ObjectInfo> status = calls_.GetStatus(intent.path);
  return Commit([&](Catalogue& catalogue, PlanMillis now) {
    if (catalogue.FindObject(key) == nullptr) return;
    BackOff(catalogue, key, now, reply.why());
    if (See(catalogue, key, status, now) != Verdict::kSame) return;
    const Node* const node = catalogue.NodeOf(key);
    if (node != nullptr && node->gen == intent.gen)
      Refuse(catalogue, node->id, now, reply.cause());
  });
}

Result<void> Protocols::ResolvePut(ObjectKey key) {
  for (int i = 0; i < kCompareTries; ++i) {
    const std::optional<Intent> intent =
        ledger_.Read([&](const Catalogue& catalogue) -> std::optional<Intent> {
          const Object* const object = catalogue.FindObject(key);
          if (object == nullptr) return std::nullopt;
          return object->intent;
        });
    if (!intent) return {};
    WSFS_TRY(const Step step, ConfirmPut(key, *intent));
    if (step == Step::kDone) break;
  }
  const NodeId node = ledger_.Read([&](const Catalogue& catalogue) {
    const Node* const bound = catalogue.NodeOf(key);
    return bound == nullptr ? kNoNode : bound->id;
  });
  return node == kNoNode ? Result<void>() : MakeClean(node);
}

Result<Protocols::Step> Protocols::ConfirmPut(ObjectKey key,
                                              const Intent& intent) {
  const Reply<ObjectInfo> reply = calls_.GetStatus(PathOf(key));
  std::optional<RemoteInfo> compare;
  std::optional<Version> read_back;
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    if (!StillSends(catalogue, key, intent)) return;
    if (reply.outcome == Outcome::kAbsent) {
      if (now - intent.at < kSuspectMs) {
        catalogue.EditObject(key).again = NextLook(intent.at, now, kSuspectMs);
        return;
      }
      if (intent.acked) SetPutDone(catalogue, key, intent);
      Object& object = catalogue.EditObject(key);
      object.intent.reset();
      MarkGone(object);
      return;
    }
    if (!reply.ok()) {
      BackOff(catalogue, key, now, reply.cause());
      return;
    }
    const RemoteInfo info = Reduce(*reply.value);
    Object& object = catalogue.EditObject(key);
    if (info.kind != object.kind) {
      object.intent.reset();
      MarkGone(object);
      return;
    }
    // Where the service tells no time, only the bytes can say whose they are.
    const bool untold = info.version.modified_at == 0;
    const bool as_before =
        SameVersion(info.version, intent.base) ||
        info.version.modified_at < object.version.modified_at;
    if (as_before && !untold) {
      if (intent.acked && now - intent.at < kStaleConfirmMs) {
        object.again = now + 1'000;  // The answer is older than our put.
        return;
      }
      PutNotDone(catalogue, key, intent, now);
      return;
    }
    if (intent.acked && !untold &&
        window_.MayBeOurs(info.version.modified_at, *intent.acked)) {
      if (ReadBacks::IsWorthIt(intent, !window_.knows_own_put(),
                               reply.times.answered_ms))
        read_back = info.version;
      window_.Learn(info.version.modified_at, *intent.acked);
      Agree(catalogue, key, info, intent, now);
      retries_.Succeeded(key);
      return;
    }
    compare = info;
  }));
  if (read_back) read_backs_.Ask(key, *read_back);
  if (!compare) return Step::kDone;
  return CompareWithPut(key, intent, *compare);
}

Result<Protocols::Step> Protocols::CompareWithPut(ObjectKey key,
                                                  const Intent& intent,
                                                  const RemoteInfo& info) {
  const std::string path = PathOf(key);
  const PlanMillis asked = ledger_.Now();
  WSFS_TRY(const FetchedContent exported, Export(path, FormOf(intent)));
  Reply<ObjectInfo> status;
  if (exported.reply.ok()) status = calls_.GetStatus(path);
  Step step = Step::kDone;
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    if (!StillSends(catalogue, key, intent)) return;
    if (!exported.reply.ok()) {
      BackOff(catalogue, key, now, exported.reply.why());
      return;
    }
    if (!status.ok() ||
        !SameVersion(Reduce(*status.value).version, info.version)) {
      catalogue.EditObject(key).again = now + 500;
      step = Step::kAgain;
      return;
    }
    const Object& object = catalogue.object(key);
    const auto theirs = NormalHash(exported.content, FormOf(object));
    if (theirs == NormalHash(intent.content, FormOf(object))) {
      if (intent.acked && info.version.modified_at != 0)
        window_.Learn(info.version.modified_at, *intent.acked);
      Agree(catalogue, key, info, intent, now);
      retries_.Succeeded(key);
      return;
    }
    if (!intent.acked && info.version.modified_at == 0 && theirs &&
        theirs == object.base) {
      // It was not done, or it comes late, as where a time says so.
      PutNotDone(catalogue, key, intent, now);
      return;
    }
    if (asked - intent.at < kSuspectMs) {
      // Content and version may be of different moments.
      catalogue.EditObject(key).again = now + 2'000;
      return;
    }
    if (intent.acked) SetPutDone(catalogue, key, intent);
    Object& edited = catalogue.EditObject(key);
    edited.intent.reset();
    edited.news = info;
    edited.news_content = exported.content;
  }));
  return step;
}

}  // namespace wsfs
