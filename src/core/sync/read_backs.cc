#include "core/sync/read_backs.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "core/sync/answers.h"

namespace wsfs {
namespace {

constexpr std::int64_t kSlowPutMs = 1'000;
constexpr std::int64_t kSlowFirstPutMs = 300;
constexpr std::uint64_t kMostBytes = 1'048'576;
constexpr PlanMillis kPauseMs = 2'000;
/// The next save waits for the next comparison, not for one that never comes.
constexpr PlanMillis kSaveWaitsMs = 2 * kPauseMs;
constexpr int kMostTries = 10;
constexpr std::size_t kMostPending = 1'000;

/// Nothing has happened to the object since the put was confirmed.
bool IsAsConfirmed(const Catalogue& catalogue, const Object& object,
                   const Version& version) {
  return object.version == version && object.base && !object.has_news() &&
         !object.fresh && !Unsettled(catalogue, object);
}

}  // namespace

bool ReadBacks::IsWorthIt(const Intent& put, bool first_put,
                          std::int64_t confirmed_ms) {
  if (!put.acked || !put.content || put.content->size_bytes > kMostBytes)
    return false;
  const std::int64_t sent = put.acked->sent_ms;
  return first_put ? confirmed_ms - sent > kSlowFirstPutMs
                   : put.acked->answered_ms - sent > kSlowPutMs;
}

void ReadBacks::Ask(ObjectKey key, const Version& version) {
  {
    const MutexLock lock(mutex_);
    if (pending_.size() >= kMostPending) return;
    pending_[key] = {
        .key = key, .version = version, .due = parts_.ledger.Now(), .tries = 0};
  }
  if (pool_ != nullptr) RunDue();
}

std::vector<ReadBacks::Pending> ReadBacks::TakeDue() {
  const PlanMillis now = parts_.ledger.Now();
  std::vector<Pending> due;
  const MutexLock lock(mutex_);
  std::erase_if(pending_, [&](const auto& entry) {
    if (entry.second.due > now) return false;
    due.push_back(entry.second);
    return true;
  });
  return due;
}

void ReadBacks::RunDue() {
  TaskPool* const pool = pool_;
  for (const Pending& pending : TakeDue()) {
    if (pool == nullptr) {
      Run(pending);
    } else {
      // A full queue leaves it out.
      (void)pool->Add(CallClass::kPrefetch, [this, pending] { Run(pending); });
    }
  }
}

void ReadBacks::Run(Pending pending) {
  const Result<Next> next = Compare(pending);
  if (!next.ok()) {
    Log(LogLevel::kWarn, "cannot read a save back: {}", next.error().message());
    return;
  }
  if (*next == Next::kNothing || ++pending.tries >= kMostTries) return;
  pending.due = parts_.ledger.Now() + kPauseMs;
  const MutexLock lock(mutex_);
  pending_.emplace(pending.key, pending);  // A newer put goes first.
}

std::optional<ReadBacks::Order> ReadBacks::Look(const Pending& pending) {
  return parts_.ledger.Read(
      [&](const Catalogue& catalogue) -> std::optional<Order> {
        const Object* const object = catalogue.FindObject(pending.key);
        if (object == nullptr ||
            !IsAsConfirmed(catalogue, *object, pending.version))
          return std::nullopt;
        return Order{.path = catalogue.RemotePathOf(*object),
                     .form = FormOf(*object),
                     .sent = *object->base,
                     .asked = parts_.ledger.Now()};
      });
}

Result<ReadBacks::Next> ReadBacks::Compare(const Pending& pending) {
  const std::optional<Order> order = Look(pending);
  if (!order) return Next::kNothing;
  const Calls::Wait wait = Calls::WaitAs(CallClass::kPrefetch);
  WSFS_TRY(const FetchedContent exported,
           ExportContent(parts_.ledger.store().contents(), parts_.calls,
                         order->path, order->form, wait));
  if (NormalHash(exported.content, order->form) == order->sent)
    return Next::kNothing;
  const Reply<ObjectInfo> status = parts_.calls.GetStatus(order->path, wait);
  Next next = Next::kNothing;
  WSFS_RETURN_IF_ERROR(
      parts_.ledger.Transact([&](Catalogue& catalogue) -> Result<void> {
        const Object* const object = catalogue.FindObject(pending.key);
        if (object != nullptr &&
            IsAsConfirmed(catalogue, *object, pending.version) &&
            catalogue.RemotePathOf(*object) == order->path)
          next = Judge(catalogue, pending.key, *order, exported, status);
        return {};
      }));
  return next;
}

ReadBacks::Next ReadBacks::Judge(Catalogue& catalogue, ObjectKey key,
                                 const Order& order,
                                 const FetchedContent& exported,
                                 const Reply<ObjectInfo>& status) {
  const PlanMillis now = parts_.ledger.Now();
  const Verdict verdict = See(catalogue, key, status, now);
  if (verdict == Verdict::kAgain) return Next::kAgain;
  if (verdict != Verdict::kSame) return Next::kNothing;  // It became news.
  if (!exported.reply.ok()) {
    const bool later = exported.reply.outcome == Outcome::kNotNow ||
                       exported.reply.outcome == Outcome::kAbsent;
    return later ? Next::kAgain : Next::kNothing;
  }
  Object& object = catalogue.EditObject(key);
  if (order.asked - object.changed < kSuspectMs) {
    // Content and version may be of different moments. Until that is known
    // the next save waits: it would replace what it has not seen.
    object.asked = 0;
    object.again = std::max(object.again, now + kSaveWaitsMs);
    return Next::kAgain;
  }
  // Ours went in first, then somebody wrote over it: the version that was
  // confirmed is theirs.
  object.news = Reduce(*status.value);
  object.news_content = exported.content;
  object.version.modified_at -= 1;
  parts_.windows.Met(Window::kPutToAnswer);
  return Next::kNothing;
}

}  // namespace wsfs
