#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "core/ledger.h"
#include "core/sync/answers.h"
#include "core/sync/calls.h"
#include "core/sync/check_gate.h"
#include "core/sync/clock_window.h"
#include "core/sync/export_content.h"
#include "core/sync/folder_lists.h"
#include "core/sync/group_barrier.h"
#include "core/sync/hydrations.h"
#include "core/sync/read_backs.h"
#include "core/sync/retries.h"
#include "core/sync/task_pool.h"
#include "core/sync/urgency.h"
#include "core/sync/windows.h"

namespace wsfs {

/// One action of a plan, from its check to its confirmation (planner.md §6):
/// look under the lock, call without it, look again, write down. Between two
/// calls anything may have happened, so every step begins by asking whether
/// the row is still there and still wants this.
///
/// Resource type: one per syncer. Thread-safe for actions that do not overlap
/// (scheduler.h sees to that). An error is of this machine's disk, never of
/// the service: what the service says becomes rows.
class Protocols {
 public:
  struct Parts {
    Ledger& ledger;
    Calls& calls;
    ClockWindow& window;
    Retries& retries;
    Hydrations& hydrations;
    CheckGate& checks;
    ReadBacks& read_backs;
    Urgency& urgency;
    Windows& windows;
  };
  explicit Protocols(const Parts& parts)
      : ledger_(parts.ledger),
        calls_(parts.calls),
        window_(parts.window),
        retries_(parts.retries),
        hydrations_(parts.hydrations),
        checks_(parts.checks),
        read_backs_(parts.read_backs),
        urgency_(parts.urgency),
        windows_(parts.windows),
        barrier_(parts.ledger.store()) {}

  Result<void> Run(const Action& action);

  /// Clean bytes of this node go to the cache, bytes that only it has leave it.
  Result<void> Tidy(NodeId id);
  void Stop() { stopping_ = true; }
  /// From now on the lists before a recursive delete run in `pool`, too.
  void UseListPool(TaskPool* pool) { list_pool_ = pool; }
  bool stopping() const { return stopping_; }

  /// Settle times are over while any drain is on.
  void BeginDrain() { ++drains_; }
  void EndDrain() { --drains_; }
  /// What a plan is to go by now.
  PlanOptions OptionsOfPlan(bool retry_refused) const;

 private:
  bool IsUrgent(std::uint64_t row) const {
    return drains_ > 0 || urgency_.Has(row);
  }
  using Edit = std::function<void(Catalogue&, PlanMillis now)>;
  /// One transaction of the ledger.
  Result<void> Commit(const Edit& edit);
  /// Puts a row's next try off after a failure.
  void BackOff(Catalogue& catalogue, ObjectKey key, PlanMillis now,
               const Cause& cause);
  void BackOffNode(Catalogue& catalogue, NodeId id, PlanMillis now,
                   const Cause& cause);
  /// The same for a delete or a move that failed: a no is asked again after
  /// 30 s.
  void BackOffWhole(Catalogue& catalogue, ObjectKey key, PlanMillis now,
                    const Reply<Nothing>& reply);
  /// The service's final no to this node; asked again after 30 s.
  void Refuse(Catalogue& catalogue, NodeId id, PlanMillis now,
              const Cause& cause);
  /// Its bytes can never be sent as they are: refused here, with no call.
  Result<bool> RefuseTooLarge(NodeId id);
  /// A call said that the parent is missing: look.
  Result<void> ParentLost(ObjectKey parent);
  /// Clean copies of bytes that the object is about to lose become bytes of
  /// their own. False when some are missing: they are fetched first.
  Result<bool> SecureBorrowed(const std::vector<ObjectKey>& objects);
  Result<bool> SecureContent(NodeId id);
  /// The bytes of this content; nothing when a cache dropped them, which then
  /// is written down.
  Result<std::shared_ptr<Body>> OpenContent(NodeId id, const Content& content);
  /// The same for the bytes that a put or create sends.
  Result<std::shared_ptr<Body>> OpenBytesOf(const Intent& intent);
  /// Hashes a large content that is about to be sent.
  Result<bool> EnsureDigest(NodeId id);
  /// The dirty bytes of a clean node move to the cache.
  Result<void> MakeClean(NodeId id);
  std::string PathOf(ObjectKey key);

  // put.cc
  Result<void> Put(ObjectKey key);
  Result<bool> CheckBeforePut(ObjectKey key);
  Result<bool> CheckBytes(ObjectKey key, const std::string& path,
                          const ObjectInfo& info);
  /// What is about to be sent, and when the object was checked.
  struct CheckedPut {
    Intent intent;
    PlanMillis checked = 0;
  };
  Result<std::optional<CheckedPut>> IntendPut(ObjectKey key);
  Result<void> SendPut(ObjectKey key, const CheckedPut& put);
  /// An answer that contradicts what we did is older than that.
  Verdict SeeFresh(Catalogue& catalogue, ObjectKey key,
                   const Reply<ObjectInfo>& reply, PlanMillis now);
  Result<void> PutRefused(ObjectKey key, const Intent& intent,
                          const Reply<Nothing>& reply);
  Result<void> ResolvePut(ObjectKey key);
  enum class Step : std::uint8_t { kDone, kAgain };
  Result<Step> ConfirmPut(ObjectKey key, const Intent& intent);
  Result<Step> CompareWithPut(ObjectKey key, const Intent& intent,
                              const RemoteInfo& info);

  // merge.cc
  struct Sides;
  std::optional<Sides> SidesOf(ObjectKey key);
  struct Merged;
  Result<std::optional<Merged>> MergeSides(const Sides& sides);
  Result<void> Merge(ObjectKey key);
  Result<void> CommitMerge(ObjectKey key, const Sides& sides,
                           const Merged& merged);

  // create.cc
  Result<void> Create(NodeId id);
  Result<std::optional<Intent>> IntendCreate(NodeId id);
  Result<void> SendCreate(NodeId id, const Intent& intent);
  Result<void> CreateRefused(NodeId id, const Intent& intent,
                             const Reply<Nothing>& reply);
  Result<void> ResolveCreate(NodeId id);
  Result<Step> ConfirmCreate(NodeId id, const Intent& intent);
  Result<Step> CompareWithCreate(NodeId id, const Intent& intent,
                                 const ObjectInfo& found);
  /// No call is on the way for the node any more.
  static void GiveUpIntent(Catalogue& catalogue, NodeId id);
  Result<void> Mkdir(NodeId id);
  Result<void> MkdirRefused(NodeId id, const Intent& intent,
                            const Cause& cause);
  Result<void> ResolveMkdir(NodeId id);

  // remove.cc
  Result<void> Delete(ObjectKey key);
  /// By a get-status, or by one list for many deletes in a directory.
  Reply<ObjectInfo> CheckBeforeDelete(ObjectKey key);
  Result<void> Rmtree(ObjectKey top);
  /// When the first list was answered; nullopt: not all is as known.
  Result<std::optional<std::int64_t>> ListBelow(ObjectKey top);
  struct Listed {
    bool known = false;  ///< Nothing in it that the catalogue does not know.
    std::string why;     ///< Not; "" when there is nothing to wait for.
    std::int64_t answered_ms = 0;
  };
  Result<Listed> ListedAsKnown(ObjectKey top, ObjectKey directory);
  /// What stands open between a check and the call it was made for.
  struct Opening {
    Window window = Window::kCheckToPut;
    std::int64_t checked_ms = 0;  ///< Of the wall clock: its answer.
  };
  void CountOpening(const Opening& opening, const CallTimes& call);
  Result<void> SendDelete(ObjectKey key, bool recursive,
                          const Opening& opening);
  Result<void> ResolveDelete(ObjectKey key);

  // move.cc
  Result<void> Move(ObjectKey key);
  Result<void> Park(ObjectKey key);
  struct Target {
    ObjectKey parent = kNoObject;
    std::string name;
    std::string view;
    std::string from;  ///< The path it has now.
    std::string to;
    /// Of a move, not of a parking: where the node stood when it was planned.
    std::optional<std::pair<NodeId, std::string>> wanted;
  };
  std::optional<Target> TargetOfMove(const Catalogue& catalogue,
                                     ObjectKey key) const;
  std::optional<Target> TargetOfPark(const Catalogue& catalogue,
                                     ObjectKey key) const;
  Result<void> Rename(ObjectKey key, const Target& target, IntentOp op);
  /// When that was answered; nullopt: it is not.
  Result<std::optional<std::int64_t>> TargetIsFree(ObjectKey key,
                                                   const Target& target);
  Result<bool> IntendRename(ObjectKey key, const Target& target, IntentOp op);
  Result<void> RenameRefused(ObjectKey key, const Target& target,
                             const Reply<Nothing>& reply);
  Result<void> ResolveMove(ObjectKey key);
  Result<void> ConfirmMove(ObjectKey key, const Intent& intent);
  void TakeMovedVersion(Catalogue& catalogue, ObjectKey key,
                        const RemoteInfo& info, const Intent::Acked& acked);

  // fetch.cc
  Result<void> Resolve(const ActionKey& key);
  Result<void> Fetch(ObjectKey key);
  /// What is downloaded, as the catalogue held it before.
  struct FetchOrder {
    std::string path;
    Form form;
    Version version;
  };
  std::optional<FetchOrder> LookToFetch(ObjectKey key);
  Result<void> FileFetched(ObjectKey key, const FetchOrder& order,
                           const FetchedContent& exported,
                           const Reply<ObjectInfo>& status);
  Result<void> Hydrate(NodeId id);
  Result<void> Digest(const ActionKey& key);
  Result<void> Secure(NodeId id);
  Result<FetchedContent> Export(const std::string& path, const Form& form);

  Ledger& ledger_;
  Calls& calls_;
  ClockWindow& window_;
  Retries& retries_;
  Hydrations& hydrations_;
  CheckGate& checks_;
  ReadBacks& read_backs_;
  Urgency& urgency_;
  Windows& windows_;
  GroupBarrier barrier_;
  FolderLists folder_lists_;
  std::atomic<TaskPool*> list_pool_ = nullptr;
  std::atomic<int> drains_ = 0;
  std::atomic<bool> stopping_ = false;
};

/// The same call, still on the way.
bool SameIntent(const std::optional<Intent>& now, const Intent& then);

/// What the call makes or changes.
Form FormOf(const Intent& intent);

/// Until when a directory must be quiet (planner.md §5, settle).
PlanMillis QuietUntil(PlanMillis own, std::initializer_list<PlanMillis> others);

/// An open content as what an upload reads.
class BodySource final : public ByteSource {
 public:
  explicit BodySource(std::shared_ptr<Body> body) : body_(std::move(body)) {}
  std::uint64_t size_bytes() const override { return body_->size_bytes(); }
  Result<std::size_t> ReadAt(std::uint64_t offset,
                             std::span<std::byte> into) override {
    return body_->ReadAt(offset, into);
  }

 private:
  std::shared_ptr<Body> body_;
};

}  // namespace wsfs
