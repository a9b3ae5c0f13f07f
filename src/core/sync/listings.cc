#include "core/sync/listings.h"

#include <algorithm>
#include <utility>

#include "core/sync/answers.h"

namespace wsfs {
namespace {

/// An own move or delete is on the way there: its answer comes first.
constexpr Milliseconds kPauseForOwnCall{50};
constexpr int kTriesWithoutWait = 3;
/// An answer this slow is not trusted about names we removed meanwhile.
constexpr PlanMillis kSlowAnswerMs = kSuspectMs / 2;

bool LacksSize(const ObjectInfo& info) {
  return info.type == ObjectType::kFile && !info.size;
}

/// Nothing above was changed by us since the answer was asked for.
bool StandsAsAsked(const Catalogue& catalogue, const Object& directory,
                   const std::string& path, PlanMillis asked) {
  if (Unsettled(catalogue, directory)) return false;
  if (catalogue.RemotePathOf(directory) != path) return false;
  for (const Object* at = &directory; at != nullptr;
       at = catalogue.FindObject(at->parent)) {
    if (at->changed != 0 && at->changed > asked) return false;
  }
  return true;
}

/// Where `bound`, the file's object, is looked at; none: nothing is asked.
std::optional<std::string> PathToCheck(const Catalogue& catalogue, NodeId file,
                                       ObjectKey bound, PlanMillis now) {
  const Node* const node = catalogue.FindNode(file);
  if (node == nullptr || node->place == Place::kLocal) return std::nullopt;
  const Object* const object = catalogue.FindObject(node->bind);
  if (object == nullptr || object->key != bound) return std::nullopt;
  if (object->fresh || object->has_news()) return std::nullopt;
  if (object->asked != 0 && now - object->asked <= kCheckAgeMs)
    return std::nullopt;
  if (Unsettled(catalogue, *object)) return std::nullopt;
  return catalogue.RemotePathOf(*object);
}

Error NoAnswerYet(Errc code, const std::string& path) {
  return {code, "a move or delete of " + path + " has no answer yet"};
}

Error FolderGone(const std::string& path) {
  return {Errc::kNotFound, "the service has no folder " + path + " any more"};
}

}  // namespace

Result<bool> Listings::IsLoaded(NodeId directory, bool renew) {
  return ledger_.Read([&](const Catalogue& catalogue) -> Result<bool> {
    const Node* const node = catalogue.FindNode(directory);
    if (node == nullptr) return Error(Errc::kNotFound, "the folder is gone");
    if (node->kind != NodeKind::kDirectory)
      return Error(Errc::kNotADirectory,
                   "\"" + node->name + "\" is not a folder");
    // A folder of ours only has nothing to be listed.
    if (node->bind == kNoObject) return true;
    return node->loaded && !renew;
  });
}

Result<void> Listings::Load(NodeId directory, bool renew,
                            const Waiting& waiting) {
  while (true) {
    WSFS_TRY(const bool loaded, IsLoaded(directory, renew));
    if (loaded) return {};
    if (!waiting.allowed())
      return Error(Errc::kWouldBlock, "the folder was never listed");
    bool leads = false;
    const FlightPtr flight = JoinOrLead(directory, leads);
    if (leads) {
      Calls::Wait wait = Calls::WaitAs(CallClass::kSomeoneWaits);
      wait.deadline = waiting.deadline();
      wait.cancel = waiting.cancel();
      const Result<void> done = Lead(directory, wait);
      End(directory, flight, done);
      return done;
    }
    WSFS_RETURN_IF_ERROR(Await(flight, waiting));
    {
      const MutexLock lock(mutex_);
      const std::optional<Error>& error = flight->error;
      if (!error) return {};
      // Its leader went away or had less time: lead in its place.
      if (error->code() != Errc::kCancelled && error->code() != Errc::kTimeout)
        return *error;
    }
    if (ledger_.clock().Now() >= waiting.deadline())
      return Error(Errc::kTimeout, "the folder was not listed in time");
  }
}

Listings::FlightPtr Listings::JoinOrLead(NodeId directory, bool& leads) {
  const MutexLock lock(mutex_);
  FlightPtr& flight = flights_[directory];
  if (flight == nullptr) flight = std::make_shared<Flight>();
  leads = !std::exchange(flight->begun, true);
  return flight;
}

Listings::FlightPtr Listings::FlyLater(NodeId directory) {
  const MutexLock lock(mutex_);
  const auto [found, added] = flights_.try_emplace(directory);
  if (!added) return nullptr;
  found->second = std::make_shared<Flight>();
  return found->second;
}

bool Listings::Begin(const FlightPtr& flight) {
  const MutexLock lock(mutex_);
  return !std::exchange(flight->begun, true);
}

Result<void> Listings::Await(const FlightPtr& flight, const Waiting& waiting) {
  CancelToken::Handle handle = 0;
  if (waiting.cancel()) {
    handle = waiting.cancel()->OnCancel([this] {
      const MutexLock lock(mutex_);
      changed_.NotifyAll();
    });
  }
  Result<void> answer;
  {
    const MutexLock lock(mutex_);
    while (!flight->done) {
      if (stopped_ || waiting.cancelled()) {
        answer = Error(Errc::kCancelled, "the wait for a listing was ended");
        break;
      }
      if (ledger_.clock().Now() >= waiting.deadline()) {
        answer = Error(Errc::kTimeout, "the folder was not listed in time");
        break;
      }
      changed_.WaitUntil(mutex_, waiting.deadline());
    }
  }
  if (handle != 0) waiting.cancel()->Forget(handle);
  return answer;
}

void Listings::End(NodeId directory, const FlightPtr& flight,
                   const Result<void>& result) {
  const MutexLock lock(mutex_);
  flight->done = true;
  if (!result.ok()) flight->error = result.error();
  flights_.erase(directory);
  changed_.NotifyAll();
}

Result<void> Listings::Lead(NodeId directory, const Calls::Wait& wait) {
  const SteadyTime deadline =
      wait.deadline.value_or(ledger_.clock().Now() + Milliseconds(30'000));
  for (int tries = 1;; ++tries) {
    WSFS_TRY(const Order order, Look(directory));
    if (order.object == kNoObject) return {};
    if (!order.unsettled) {
      WSFS_TRY(const Taken taken, AskAndTake(directory, order, wait));
      if (taken == Taken::kYes) return {};
    }
    if (pool_ == nullptr && tries >= kTriesWithoutWait)
      return NoAnswerYet(Errc::kBusy, order.path);
    WSFS_RETURN_IF_ERROR(
        WaitForOwnCall(order.path, Waiting::Until(deadline, wait.cancel)));
  }
}

Result<Listings::Taken> Listings::AskAndTake(NodeId directory,
                                             const Order& order,
                                             const Calls::Wait& wait) {
  Reply<std::vector<ObjectInfo>> reply = Ask(order, wait);
  if (reply.value) {
    FillSizes(order, *reply.value);
  } else if (reply.outcome != Outcome::kAbsent) {
    return reply.failure();
  }
  WSFS_TRY(const Taken taken, Take(directory, order, reply));
  if (taken == Taken::kYes && !reply.ok()) return FolderGone(order.path);
  return taken;
}

Result<void> Listings::WaitForOwnCall(const std::string& path,
                                      const Waiting& waiting) {
  if (ledger_.clock().Now() + kPauseForOwnCall >= waiting.deadline())
    return NoAnswerYet(Errc::kTimeout, path);
  Pause(waiting);
  if (stopped_ || waiting.cancelled())
    return Error(Errc::kCancelled, "the wait for a listing was ended");
  return {};
}

void Listings::Pause(const Waiting& waiting) {
  if (pool_ == nullptr) return;
  const MutexLock lock(mutex_);
  changed_.WaitUntil(
      mutex_,
      std::min(waiting.deadline(), ledger_.clock().Now() + kPauseForOwnCall));
}

Result<Listings::Order> Listings::Look(NodeId directory) {
  return ledger_.Read([&](const Catalogue& catalogue) -> Result<Order> {
    const Node* const node = catalogue.FindNode(directory);
    if (node == nullptr) return Error(Errc::kNotFound, "the folder is gone");
    Order order;
    const Object* const object = catalogue.FindObject(node->bind);
    if (object == nullptr) return order;
    order.object = object->key;
    order.path = catalogue.RemotePathOf(*object);
    order.asked = ledger_.Now();
    order.unsettled = Unsettled(catalogue, *object);
    order.sizes_by_list_files = catalogue.capabilities().list_files;
    return order;
  });
}

Reply<std::vector<ObjectInfo>> Listings::Ask(const Order& order,
                                             const Calls::Wait& wait) {
  const bool files_first = order.sizes_by_list_files && list_files_first_;
  if (files_first) {
    Reply<std::vector<ObjectInfo>> reply = calls_.ListFiles(order.path, wait);
    if (reply.outcome != Outcome::kUnsupported) return reply;
    (void)NoListFiles();
  }
  Reply<std::vector<ObjectInfo>> reply = calls_.List(order.path, wait);
  if (files_first || !order.sizes_by_list_files || !reply.value ||
      std::ranges::none_of(*reply.value, LacksSize))
    return reply;
  // The probe: does the other listing tell what this one does not?
  Reply<std::vector<ObjectInfo>> sized = calls_.ListFiles(order.path, wait);
  if (sized.outcome == Outcome::kUnsupported) {
    (void)NoListFiles();
  } else if (sized.value && std::ranges::none_of(*sized.value, LacksSize)) {
    list_files_first_ = true;
    return sized;
  }
  return reply;
}

Result<void> Listings::NoListFiles() {
  return ledger_.Transact([](Catalogue& catalogue) {
    catalogue.EditCapabilities().list_files = false;
    return Result<void>();
  });
}

void Listings::FillSizes(const Order& order, std::vector<ObjectInfo>& entries) {
  for (ObjectInfo& entry : entries) {
    if (entry.size || (entry.type != ObjectType::kFile &&
                       entry.type != ObjectType::kNotebook))
      continue;
    const std::string path = ChildPath(order.path, entry.path.Name());
    const Result<std::optional<std::uint64_t>> size = ledger_.store().FindSize(
        path, {.id = entry.id, .modified_at = entry.modified_at.value_or(0)});
    if (size.ok()) entry.size = *size;
  }
}

Result<Listings::Taken> Listings::Take(
    NodeId directory, const Order& order,
    const Reply<std::vector<ObjectInfo>>& reply) {
  Taken taken = Taken::kDiscarded;
  WSFS_RETURN_IF_ERROR(
      ledger_.Transact([&](Catalogue& catalogue) -> Result<void> {
        const PlanMillis now = ledger_.Now();
        const Object* const object = catalogue.FindObject(order.object);
        const Node* const node = catalogue.FindNode(directory);
        if (object == nullptr || node == nullptr) return {};
        if (!StandsAsAsked(catalogue, *object, order.path, order.asked))
          return {};
        if (now - order.asked > kSlowAnswerMs &&
            !catalogue.sides().recent.empty())
          return {};
        taken = Taken::kYes;
        if (reply.ok()) {
          Ingest(catalogue, order.object, *reply.value, order.asked, now);
        } else if (object->parent != kNoObject) {
          Reply<ObjectInfo> absent;
          absent.outcome = Outcome::kAbsent;
          See(catalogue, order.object, absent, now);
        }
        return {};
      }));
  return taken;
}

void Listings::Refresh(NodeId directory, Milliseconds older_than) {
  const bool old = ledger_.Read([&](const Catalogue& catalogue) {
    const Node* const node = catalogue.FindNode(directory);
    return node != nullptr && node->bind != kNoObject && node->loaded &&
           ledger_.Now() - node->listed_at > older_than.count();
  });
  if (!old) return;
  const FlightPtr flight = FlyLater(directory);
  if (flight == nullptr) return;
  const auto run = [this, directory, flight] {
    if (Begin(flight))
      End(directory, flight, Lead(directory, Calls::WaitAs(CallClass::kWatch)));
  };
  TaskPool* const pool = pool_;
  if (pool == nullptr) return run();
  if (!pool->Add(CallClass::kWatch, run) && Begin(flight))
    End(directory, flight, Error(Errc::kBusy, "too many listings are waiting"));
}

bool Listings::ListAhead(NodeId directory, std::function<void()> done) {
  const FlightPtr flight = FlyLater(directory);
  if (flight == nullptr) return false;
  auto run = [this, directory, flight, told = std::move(done)] {
    if (Begin(flight))
      End(directory, flight,
          Lead(directory, Calls::WaitAs(CallClass::kPrefetch)));
    told();
  };
  if (TaskPool* const pool = pool_) {
    if (pool->Add(CallClass::kPrefetch, std::move(run))) return true;
    if (Begin(flight))
      End(directory, flight,
          Error(Errc::kBusy, "too many listings are waiting"));
    return false;
  }
  const MutexLock lock(mutex_);
  ahead_.emplace_back(std::move(run));
  return true;
}

int Listings::RunAhead() {
  std::deque<std::function<void()>> tasks;
  {
    const MutexLock lock(mutex_);
    tasks.swap(ahead_);
  }
  for (const auto& task : tasks) task();
  return static_cast<int>(tasks.size());
}

void Listings::CheckAhead(NodeId file) {
  TaskPool* const pool = pool_;
  if (pool == nullptr) return Check(file);
  // A full queue is no harm: the put asks for itself.
  (void)pool->Add(CallClass::kPush, [this, file] { Check(file); });
}

void Listings::Check(NodeId file) {
  const ObjectKey bound = ledger_.Read([&](const Catalogue& catalogue) {
    const Node* const node = catalogue.FindNode(file);
    return node == nullptr ? kNoObject : node->bind;
  });
  if (bound == kNoObject) return;
  // The put asks already, or somebody else's first write did.
  const auto pass = checks_.TryEnter(bound);
  if (!pass) return;
  const PlanMillis asked = ledger_.Now();
  const std::optional<std::string> path =
      ledger_.Read([&](const Catalogue& catalogue) {
        return PathToCheck(catalogue, file, bound, asked);
      });
  if (!path) return;
  const Reply<ObjectInfo> reply = calls_.GetStatus(*path);
  (void)ledger_.Transact([&](Catalogue& catalogue) -> Result<void> {
    const Object* const object = catalogue.FindObject(bound);
    if (object == nullptr || object->has_news()) return {};
    if (StandsAsAsked(catalogue, *object, *path, asked - 1))
      See(catalogue, bound, reply, ledger_.Now());
    return {};
  });
}

void Listings::CancelAll() {
  stopped_ = true;
  const MutexLock lock(mutex_);
  changed_.NotifyAll();
}

}  // namespace wsfs
