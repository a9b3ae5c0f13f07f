#include <algorithm>
#include <limits>
#include <utility>

#include "core/sync/protocols.h"

namespace wsfs {
namespace {

/// Lists on the way at once before a recursive delete.
constexpr std::size_t kListsTogether = 8;

/// A node of the mount lives on in this object.
bool LivesOn(const Catalogue& catalogue, ObjectKey key) {
  const Node* const node = catalogue.NodeOf(key);
  return node != nullptr && node->place == Place::kRemote;
}

bool MayDelete(const Catalogue& catalogue, const Object& object) {
  return !object.fresh && !object.has_news() && !Unsettled(catalogue, object) &&
         !LivesOn(catalogue, object.key) && !Needed(catalogue, object);
}

/// One list is cheaper than the checks of three deletes. Found near each other
/// only: who is listed together has numbers next to each other.
bool HasManyToDelete(const Catalogue& catalogue, const Object& object) {
  constexpr int kMany = 3;
  constexpr int kLookedAt = 100;
  const std::set<ObjectKey>& all = catalogue.UnsettledObjects();
  int found = 1;
  const auto counts = [&](ObjectKey key) {
    const Object& other = catalogue.object(key);
    return key != object.key && other.parent == object.parent &&
           other.kind != ObjectKind::kDirectory && MayDelete(catalogue, other);
  };
  auto at = all.find(object.key);
  for (int i = 0; i < kLookedAt && at != all.begin() && found < kMany; ++i)
    if (counts(*--at)) ++found;
  at = all.upper_bound(object.key);
  for (int i = 0; i < kLookedAt && at != all.end() && found < kMany; ++i, ++at)
    if (counts(*at)) ++found;
  return found >= kMany;
}

/// Everything below is dead, settled and known; no bytes are missing.
bool MayDeleteTree(const Catalogue& catalogue, const Object& top) {
  if (!MayDelete(catalogue, top)) return false;
  return std::ranges::all_of(
      catalogue.ObjectsBelow(top.key), [&](ObjectKey key) {
        const Object& object = catalogue.object(key);
        return !object.intent && !object.fresh && !object.has_news() &&
               !LivesOn(catalogue, key) && !Needed(catalogue, object);
      });
}

/// The entry is what the catalogue holds as agreed.
bool IsAsKnown(const Object* known, const RemoteInfo& info) {
  if (known == nullptr || known->kind != info.kind) return false;
  if (known->has_news() || known->fresh) return false;
  return known->kind == ObjectKind::kDirectory || !DiffersFrom(*known, info);
}

}  // namespace

Reply<ObjectInfo> Protocols::CheckBeforeDelete(ObjectKey key) {
  FolderLists::Question question;
  std::string path;
  const bool many = ledger_.Read([&](const Catalogue& catalogue) {
    const Object* const object = catalogue.FindObject(key);
    if (object == nullptr) return false;
    path = catalogue.RemotePathOf(*object);
    question.folder = object->parent;
    question.folder_path =
        catalogue.RemotePathOf(catalogue.object(object->parent));
    question.name = object->name;
    question.changed = object->changed;
    return HasManyToDelete(catalogue, *object);
  });
  const auto find = [&] {
    question.now = ledger_.Now();
    return folder_lists_.Find(question);
  };
  if (path.empty()) return {};
  std::optional<Reply<ObjectInfo>> listed = find();
  if (listed) return *std::move(listed);
  if (!many) return calls_.GetStatus(path);
  // The first of them asks for all.
  const CheckGate::Pass pass = checks_.Enter(question.folder);
  listed = find();
  if (listed) return *std::move(listed);
  const PlanMillis asked = ledger_.Now();
  const Reply<std::vector<ObjectInfo>> reply =
      calls_.List(question.folder_path, Calls::Wait());
  if (!reply.value) return calls_.GetStatus(path);
  folder_lists_.Keep(
      question.folder, question.folder_path,
      {.asked = asked, .answered = ledger_.Now(), .times = reply.times},
      *reply.value);
  listed = find();
  return listed ? *std::move(listed) : calls_.GetStatus(path);
}

Result<void> Protocols::Delete(ObjectKey key) {
  const Reply<ObjectInfo> reply = CheckBeforeDelete(key);
  Verdict verdict = Verdict::kAgain;
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    if (catalogue.FindObject(key) == nullptr) return;
    verdict = SeeFresh(catalogue, key, reply, now);
    if (!reply.ok() && reply.outcome != Outcome::kAbsent)
      BackOff(catalogue, key, now, reply.why());
  }));
  if (verdict != Verdict::kSame) return {};
  WSFS_TRY(const bool secured, SecureBorrowed({key}));
  if (!secured) return {};
  bool intended = false;
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    const Object* const object = catalogue.FindObject(key);
    if (object == nullptr || !MayDelete(catalogue, *object)) return;
    Intent intent = NewIntent(IntentOp::kDelete, FormOf(*object), now);
    intent.path = catalogue.RemotePathOf(*object);
    catalogue.EditObject(key).intent = std::move(intent);
    intended = true;
  }));
  if (!intended) return {};
  const Opening opening{.window = Window::kCheckToDelete,
                        .checked_ms = reply.times.answered_ms};
  return SendDelete(key, /*recursive=*/false, opening);
}

Result<void> Protocols::Rmtree(ObjectKey top) {
  WSFS_TRY(const std::optional<std::int64_t> listed_ms, ListBelow(top));
  if (!listed_ms) return {};
  std::vector<ObjectKey> all = {top};
  ledger_.Read([&](const Catalogue& catalogue) {
    if (catalogue.FindObject(top) == nullptr) return;
    std::ranges::copy(catalogue.ObjectsBelow(top), std::back_inserter(all));
  });
  WSFS_TRY(const bool secured, SecureBorrowed(all));
  if (!secured) return {};
  bool intended = false;
  bool deep = false;
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    const Object* const object = catalogue.FindObject(top);
    if (object == nullptr || !MayDeleteTree(catalogue, *object)) return;
    deep = !catalogue.ObjectChildren(top).empty();
    Intent intent = NewIntent(IntentOp::kRmtree, FormOf(*object), now);
    intent.path = catalogue.RemotePathOf(*object);
    catalogue.EditObject(top).intent = std::move(intent);
    intended = true;
  }));
  if (!intended) return {};
  const Opening opening{.window = Window::kListsToRmtree,
                        .checked_ms = *listed_ms};
  return SendDelete(top, deep, opening);
}

Result<std::optional<std::int64_t>> Protocols::ListBelow(ObjectKey top) {
  const std::vector<ObjectKey> directories =
      ledger_.Read([&](const Catalogue& catalogue) {
        std::vector<ObjectKey> found;
        if (catalogue.FindObject(top) == nullptr) return found;
        found.push_back(top);
        for (const ObjectKey key : catalogue.ObjectsBelow(top)) {
          if (catalogue.object(key).kind == ObjectKind::kDirectory)
            found.push_back(key);
        }
        return found;
      });
  const std::optional<std::int64_t> not_as_known;
  if (directories.empty()) return not_as_known;
  struct {
    Mutex mutex;
    std::int64_t first_ms GUARDED_BY(mutex) =
        std::numeric_limits<std::int64_t>::max();
    Result<Listed> worst GUARDED_BY(mutex) = Listed{.known = true, .why = ""};
  } answer;
  // Side by side: the first list is what all below is judged by, and the
  // longer they take, the older it is.
  RunTogether(list_pool_, CallClass::kPush, kListsTogether, directories.size(),
              [&](std::size_t index) {
                Result<Listed> one = ListedAsKnown(top, directories[index]);
                const MutexLock lock(answer.mutex);
                if (one.ok() && one->known) {
                  answer.first_ms = std::min(answer.first_ms, one->answered_ms);
                  return true;
                }
                answer.worst = std::move(one);
                return false;
              });
  const MutexLock lock(answer.mutex);
  WSFS_TRY(const Listed worst, answer.worst);
  if (worst.known) return std::optional(answer.first_ms);
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    if (!worst.why.empty() && catalogue.FindObject(top) != nullptr)
      BackOff(catalogue, top, now, worst.why);
  }));
  return not_as_known;
}

Result<Protocols::Listed> Protocols::ListedAsKnown(ObjectKey top,
                                                   ObjectKey directory) {
  const PlanMillis asked = ledger_.Now();
  const std::string path = PathOf(directory);
  Listed listed;
  if (path.empty()) return listed;
  const Reply<std::vector<ObjectInfo>> reply = calls_.List(path, Calls::Wait());
  listed.answered_ms = reply.times.answered_ms;
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    if (catalogue.FindObject(top) == nullptr ||
        catalogue.FindObject(directory) == nullptr)
      return;
    if (reply.outcome == Outcome::kAbsent) {
      listed.known = directory != top;
      if (directory == top) catalogue.EditObject(top).news = Gone();
      return;
    }
    if (!reply.ok()) {
      listed.why = reply.why();
      return;
    }
    listed.known =
        std::ranges::all_of(*reply.value, [&](const ObjectInfo& entry) {
          return IsAsKnown(catalogue.ObjectChild(directory, entry.path.Name()),
                           Reduce(entry));
        });
    if (listed.known) return;
    if (!Unsettled(catalogue, catalogue.object(directory)))
      Ingest(catalogue, directory, *reply.value, asked, now);
    listed.why = "the folder holds something new: it is not deleted as a whole";
  }));
  return listed;
}

void Protocols::CountOpening(const Opening& opening, const CallTimes& call) {
  windows_.Opened(opening.window,
                  Milliseconds(call.answered_ms - opening.checked_ms));
}

Result<void> Protocols::SendDelete(ObjectKey key, bool recursive,
                                   const Opening& opening) {
  const std::string path = PathOf(key);
  Reply<Nothing> reply;
  Result<void> reached = barrier_.Reach();
  if (reached.ok()) reply = calls_.Delete(path, recursive);
  if (reply.ok()) CountOpening(opening, reply.times);
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    const Object* const object = catalogue.FindObject(key);
    if (object == nullptr || !object->intent) return;
    if (reply.ok() || reply.outcome == Outcome::kAbsent) {
      Removed(catalogue, key, now);
      retries_.Succeeded(key);
    } else if (reply.outcome == Outcome::kLost) {
      for (const ObjectKey below : catalogue.ObjectsBelow(key))
        ExpectLateDelete(catalogue, catalogue.object(below), now);
      ExpectLateDelete(catalogue, *object, now);
      catalogue.EditObject(key).again = now + 500;
    } else {
      catalogue.EditObject(key).intent.reset();
      BackOffWhole(catalogue, key, now, reply);
    }
  }));
  return reached;
}

Result<void> Protocols::ResolveDelete(ObjectKey key) {
  const std::optional<Intent> intent =
      ledger_.Read([&](const Catalogue& catalogue) -> std::optional<Intent> {
        const Object* const object = catalogue.FindObject(key);
        if (object == nullptr) return std::nullopt;
        return object->intent;
      });
  if (!intent) return {};
  const Reply<ObjectInfo> reply = calls_.GetStatus(intent->path);
  return Commit([&](Catalogue& catalogue, PlanMillis now) {
    const Object* const object = catalogue.FindObject(key);
    if (object == nullptr || !SameIntent(object->intent, *intent)) return;
    if (reply.outcome == Outcome::kAbsent) {
      Removed(catalogue, key, now);
      retries_.Succeeded(key);
      return;
    }
    if (!reply.ok()) {
      BackOff(catalogue, key, now, reply.why());
      return;
    }
    catalogue.EditObject(key).intent.reset();
    ExpectLateDelete(catalogue, catalogue.object(key), now);
    if (object->kind != ObjectKind::kDirectory) See(catalogue, key, reply, now);
    catalogue.EditObject(key).again = now + 1'000;
  });
}

}  // namespace wsfs
