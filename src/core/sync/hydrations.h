#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/ledger.h"
#include "core/planner/changes.h"
#include "core/sync/calls.h"
#include "core/sync/hydration_job.h"
#include "core/sync/task_pool.h"

namespace wsfs {

/// The downloads of nodes' bytes: at most one a node at a time, joined by all
/// who want it (planner.md §7: bytes are filed under a version only if it was
/// known before the export was asked and is still the version after it).
///
/// A download that a reader asked for costs one call: the "after" is then the
/// check that precedes every put, and a listing; it is asked at once only when
/// the size is not the expected one or the object was changed by us moments
/// ago. One that the planner asked for, because the object is about to be
/// overwritten or deleted, is always checked.
///
/// Resource type: one per syncer. Thread-safe.
class Hydrations {
 public:
  struct Parts {
    Ledger& ledger;
    Calls& calls;
  };
  explicit Hydrations(const Parts& parts) : parts_(parts) {}

  /// From now on downloads run in `pool`; null: on the caller's thread.
  void UsePool(TaskPool* pool) EXCLUDES(mutex_);

  /// Begins or joins a download. kNotFound: nothing holds these bytes.
  Result<std::shared_ptr<Hydration>> Join(NodeId node, CallClass call_class)
      EXCLUDES(mutex_);

  /// The planner's: on this thread, or waits for the one on the way. The error
  /// is of the service or of the disk; the caller backs off.
  Result<void> RunChecked(NodeId node) EXCLUDES(mutex_);

  /// Ends downloads that stand still although nobody could wait longer.
  void EndStalled(Milliseconds limit) EXCLUDES(mutex_);
  /// Ends all; those who wait are told.
  void CancelAll() EXCLUDES(mutex_);

 private:
  using JobPtr = std::shared_ptr<HydrationJob>;
  enum class Check : std::uint8_t { kWhenInDoubt, kAlways };
  /// What is downloaded, as the catalogue held it before.
  struct Order {
    NodeId node = kNoNode;
    Generation gen = 0;
    ObjectKey object = kNoObject;
    std::string path;
    Version version;
    Form form;
    std::optional<std::uint64_t> size_bytes;
    bool changed_lately = false;
    bool replaces = false;  ///< A copy that the cache has dropped.
  };
  struct Filed {
    std::optional<Content> content;
    bool retry = false;
  };

  Result<Order> Look(NodeId id);
  JobPtr FindOrAdd(NodeId node, Generation gen, bool& added) EXCLUDES(mutex_);
  void Remove(const JobPtr& job) EXCLUDES(mutex_);
  void Run(const JobPtr& job, CallClass call_class, Check check);
  Result<Filed> RunOnce(HydrationJob& job, CallClass call_class, Check check);
  Reply<Nothing> Download(HydrationJob& job, const Order& order,
                          CallClass call_class);
  Result<void> NoteMissing(const Order& order);
  Result<Filed> File(const Order& order, const Content& content,
                     const std::optional<Reply<ObjectInfo>>& after);
  static void FileInto(Catalogue& catalogue, NodeId id, ObjectKey key,
                       const Content& content);
  std::optional<Content> ContentOf(NodeId id);
  bool WorthAnotherTry(const HydrationJob& job, const Reply<Nothing>& reply,
                       int tries) const;

  Parts parts_;
  Mutex mutex_;
  TaskPool* pool_ GUARDED_BY(mutex_) = nullptr;
  std::map<NodeId, JobPtr> jobs_ GUARDED_BY(mutex_);
  Mutex pause_mutex_;
  CondVar pause_;
};

/// The format in which an object of this form is downloaded.
ExportFormat ExportFormatOf(const Form& form);

}  // namespace wsfs
