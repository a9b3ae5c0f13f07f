#include "core/sync/hydrations.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/sync/answers.h"

namespace wsfs {
namespace {

constexpr int kTriesForReader = 5;
constexpr int kTriesForVersion = 3;
constexpr Milliseconds kPauseBetweenTries{200};

/// Where the node's bytes are at the service.
const Object* HolderOf(const Catalogue& catalogue, const Node& node) {
  return catalogue.FindObject(node.src != kNoObject ? node.src : node.bind);
}

/// A node that only borrows takes today's bytes: its own version was never
/// here and is gone.
Version VersionFor(const Node& node, const Object& holder) {
  const RemoteInfo* const newer = holder.newer();
  return newer != nullptr && node.bind != holder.key ? newer->version
                                                     : holder.version;
}

}  // namespace

ExportFormat ExportFormatOf(const Form& form) {
  if (form.kind != ObjectKind::kNotebook) return ExportFormat::kSource;
  switch (form.format) {
    case NotebookFormat::kSource: return ExportFormat::kSource;
    case NotebookFormat::kJupyter: return ExportFormat::kJupyter;
    // Not told yet: in the form in which it is stored.
    case NotebookFormat::kNone: return ExportFormat::kAuto;
  }
  std::unreachable();
}

void Hydrations::UsePool(TaskPool* pool) {
  const MutexLock lock(mutex_);
  pool_ = pool;
}

Result<Hydrations::Order> Hydrations::Look(NodeId id) {
  std::optional<Content> present;
  Result<Order> order =
      parts_.ledger.Read([&](const Catalogue& catalogue) -> Result<Order> {
        const Node* const node = catalogue.FindNode(id);
        if (node == nullptr || node->kind != NodeKind::kFile)
          return Error(Errc::kNotFound, "the file is gone");
        present = node->content;
        const Object* const holder = HolderOf(catalogue, *node);
        if (holder == nullptr)
          return Error(Errc::kNotFound,
                       "the bytes of \"" + node->name +
                           "\" are neither here nor at the service");
        const PlanMillis age = parts_.ledger.Now() - holder->changed;
        return Order{.node = id,
                     .gen = node->gen,
                     .object = holder->key,
                     .path = catalogue.RemotePathOf(*holder),
                     .version = VersionFor(*node, *holder),
                     .form = FormOf(*holder),
                     .size_bytes = holder->size_bytes,
                     .changed_lately = holder->changed != 0 && age < kSuspectMs,
                     .replaces = node->content.has_value()};
      });
  if (present.has_value()) {
    // Bytes of our own are never replaced, nor what is still in the cache.
    const bool ours = present->place == BodyPlace::kInline ||
                      present->place == BodyPlace::kSealed;
    if (ours || parts_.ledger.store().contents().Holds(*present))
      return Error(Errc::kAlreadyExists, "the bytes are here");
  }
  return order;
}

std::optional<Content> Hydrations::ContentOf(NodeId id) {
  return parts_.ledger.Read([&](const Catalogue& catalogue) {
    const Node* const node = catalogue.FindNode(id);
    return node == nullptr ? std::nullopt : node->content;
  });
}

Hydrations::JobPtr Hydrations::FindOrAdd(NodeId node, Generation gen,
                                         bool& added) {
  const MutexLock lock(mutex_);
  JobPtr& job = jobs_[node];
  added = !job || job->gen() != gen || job->done();
  if (added)
    job = std::make_shared<HydrationJob>(parts_.ledger.store().contents(),
                                         parts_.ledger.clock(), node, gen);
  return job;
}

void Hydrations::Remove(const JobPtr& job) {
  const MutexLock lock(mutex_);
  const auto found = jobs_.find(job->node());
  if (found != jobs_.end() && found->second == job) jobs_.erase(found);
}

Result<std::shared_ptr<Hydration>> Hydrations::Join(NodeId node,
                                                    CallClass call_class) {
  const Result<Order> order = Look(node);
  if (!order.ok()) {
    if (order.error().code() != Errc::kAlreadyExists) return order.error();
    // Here already: a job that is over.
    auto done = std::make_shared<HydrationJob>(parts_.ledger.store().contents(),
                                               parts_.ledger.clock(), node, 0);
    done->Complete(Result<void>(), ContentOf(node));
    return std::shared_ptr<Hydration>(std::move(done));
  }
  bool added = false;
  const JobPtr job = FindOrAdd(node, order->gen, added);
  TaskPool* pool = nullptr;
  {
    const MutexLock lock(mutex_);
    pool = pool_;
  }
  if (pool == nullptr) {
    if (job->Claim()) Run(job, call_class, Check::kWhenInDoubt);
  } else if (added || call_class == CallClass::kSomeoneWaits) {
    // A prefetch that someone waits for now is queued a second time, in front;
    // who comes late finds it running or done.
    const bool queued = pool->Add(call_class, [this, job, call_class] {
      if (job->Claim()) Run(job, call_class, Check::kWhenInDoubt);
    });
    if (!queued && added) {
      Remove(job);
      return Error(Errc::kBusy, "too many downloads are waiting");
    }
  }
  return std::shared_ptr<Hydration>(job);
}

Result<void> Hydrations::RunChecked(NodeId node) {
  const Result<Order> order = Look(node);
  if (!order.ok()) {
    return order.error().code() == Errc::kAlreadyExists
               ? Result<void>()
               : Result<void>(order.error());
  }
  bool added = false;
  const JobPtr job = FindOrAdd(node, order->gen, added);
  if (job->Claim()) Run(job, CallClass::kPush, Check::kAlways);
  return job->WaitDone(
      Waiting::Until(parts_.ledger.clock().Now() + Milliseconds(30'000)));
}

void Hydrations::Run(const JobPtr& job, CallClass call_class, Check check) {
  Result<Filed> filed = Filed();
  for (int i = 0; i < kTriesForVersion; ++i) {
    filed = RunOnce(*job, call_class, check);
    if (!filed.ok() || !filed->retry) break;
  }
  if (filed.ok() && filed->retry)
    filed = Error(Errc::kUnavailable,
                  "the object changes faster than it can be downloaded");
  Remove(job);
  if (filed.ok()) {
    job->Complete(Result<void>(), filed->content);
  } else {
    job->Complete(filed.error(), std::nullopt);
  }
}

Result<Hydrations::Filed> Hydrations::RunOnce(HydrationJob& job,
                                              CallClass call_class,
                                              Check check) {
  Result<Order> order = Look(job.node());
  if (!order.ok()) {
    if (order.error().code() != Errc::kAlreadyExists) return order.error();
    return Filed{.content = ContentOf(job.node())};
  }
  if (order->gen != job.gen())
    return Error(Errc::kBusy, "the file has changed while it was downloaded");
  WSFS_RETURN_IF_ERROR(job.Begin());
  const Reply<Nothing> reply = Download(job, *order, call_class);
  if (!reply.ok()) {
    if (reply.outcome == Outcome::kAbsent) {
      WSFS_RETURN_IF_ERROR(NoteMissing(*order));
    }
    return reply.failure();
  }
  WSFS_TRY(const Content content, job.Finish());
  const bool odd_size =
      order->size_bytes.value_or(content.size_bytes) != content.size_bytes;
  std::optional<Reply<ObjectInfo>> after;
  if (check == Check::kAlways || odd_size || order->changed_lately)
    after = parts_.calls.GetStatus(order->path, Calls::WaitAs(call_class));
  return File(*order, content, after);
}

Reply<Nothing> Hydrations::Download(HydrationJob& job, const Order& order,
                                    CallClass call_class) {
  for (int tries = 1;; ++tries) {
    Calls::Wait wait = Calls::WaitAs(call_class);
    wait.cancel = job.cancel();
    Reply<Nothing> reply =
        parts_.calls.Export(order.path, ExportFormatOf(order.form), job, wait,
                            {.retry = call_class == CallClass::kPrefetch,
                             .size_hint = order.size_bytes});
    if (reply.ok() || !WorthAnotherTry(job, reply, tries)) return reply;
    const MutexLock lock(pause_mutex_);
    pause_.WaitUntil(pause_mutex_,
                     parts_.ledger.clock().Now() + kPauseBetweenTries * tries);
  }
}

bool Hydrations::WorthAnotherTry(const HydrationJob& job,
                                 const Reply<Nothing>& reply, int tries) const {
  if (tries >= kTriesForReader || !job.wanted()) return false;
  const Errc code = reply.failure().code();
  return code == Errc::kThrottled || code == Errc::kUnavailable ||
         (code == Errc::kOutcomeUnknown && tries < 2);
}

Result<void> Hydrations::NoteMissing(const Order& order) {
  const Reply<ObjectInfo> status = parts_.calls.GetStatus(order.path);
  return parts_.ledger.Transact([&](Catalogue& catalogue) -> Result<void> {
    const Object* const object = catalogue.FindObject(order.object);
    if (object == nullptr || object->intent || object->has_news()) return {};
    if (catalogue.RemotePathOf(*object) != order.path) return {};
    if (Unsettled(catalogue, *object)) return {};
    See(catalogue, order.object, status, parts_.ledger.Now());
    return {};
  });
}

Result<Hydrations::Filed> Hydrations::File(
    const Order& order, const Content& content,
    const std::optional<Reply<ObjectInfo>>& after) {
  if (after && !after->ok() && after->outcome != Outcome::kAbsent)
    return after->failure();
  Filed filed;
  WSFS_RETURN_IF_ERROR(
      parts_.ledger.Transact([&](Catalogue& catalogue) -> Result<void> {
        const Node* const node = catalogue.FindNode(order.node);
        if (node == nullptr || node->gen != order.gen) return {};
        if (node->content && !order.replaces) {
          filed.content = node->content;
          return {};
        }
        const Object* const holder = HolderOf(catalogue, *node);
        if (holder == nullptr || holder->key != order.object) {
          filed.retry = true;
          return {};
        }
        const bool same_now = VersionFor(*node, *holder) == order.version;
        const bool same_after =
            !after || (after->ok() && SameVersion(Reduce(*after->value).version,
                                                  order.version));
        if (!same_now || !same_after) {
          filed.retry = true;
          if (after && !holder->intent && !holder->has_news())
            See(catalogue, holder->key, *after, parts_.ledger.Now());
          return {};
        }
        FileInto(catalogue, order.node, holder->key, content);
        filed.content = content;
        return {};
      }));
  if (filed.content) {
    WSFS_RETURN_IF_ERROR(
        parts_.ledger.store().RememberSize({.path = order.path,
                                            .version = order.version,
                                            .size_bytes = content.size_bytes}));
  }
  return filed;
}

void Hydrations::FileInto(Catalogue& catalogue, NodeId id, ObjectKey key,
                          const Content& content) {
  Node& node = catalogue.EditNode(id);
  const Object& holder = catalogue.object(key);
  if (node.content && node.content->digest != content.digest) {
    // The cache dropped our copy, and the service writes this notebook its own
    // way: other bytes, so another generation (notebooks.md §4.4).
    node.gen += 1;
    if (node.bind == key) catalogue.EditObject(key).gen = node.gen;
  }
  node.content = content;
  if (holder.has_news()) return;
  if (holder.kind == ObjectKind::kNotebook && node.bind == key &&
      holder.format == NotebookFormat::kNone && content.digest) {
    const bool jupyter =
        content.digest->jupyter && content.header == Header::kNone;
    node.content.reset();  // It is no conversion: LearnFormat leaves it.
    LearnFormat(catalogue, key,
                jupyter ? NotebookFormat::kJupyter : NotebookFormat::kSource);
    node.content = content;
  }
  Object& object = catalogue.EditObject(key);
  if (!object.base) object.base = NormalHash(content, FormOf(object));
  if (!object.size_bytes) object.size_bytes = content.size_bytes;
}

void Hydrations::EndStalled(Milliseconds limit) {
  std::vector<JobPtr> stalled;
  {
    const MutexLock lock(mutex_);
    const SteadyTime now = parts_.ledger.clock().Now();
    for (const auto& [node, job] : jobs_) {
      if (job->claimed() && now - job->last_progress() > limit)
        stalled.push_back(job);
    }
  }
  for (const JobPtr& job : stalled) job->cancel()->Cancel();
}

void Hydrations::CancelAll() {
  std::vector<JobPtr> all;
  {
    const MutexLock lock(mutex_);
    for (const auto& [node, job] : jobs_) all.push_back(job);
  }
  for (const JobPtr& job : all) job->cancel()->Cancel();
  pause_.NotifyAll();
}

}  // namespace wsfs
