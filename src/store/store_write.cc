#include <functional>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "store/row_codec.h"
#include "store/store_db.h"

namespace wsfs {
namespace {

/// Ids are reserved so many at a time, in `meta`.
constexpr std::uint64_t kIdsReserved = 4'096;

using Use = std::function<void(const Content&)>;

void ForEachContent(const Node& node, const Use& use) {
  if (node.content) use(*node.content);
  if (node.intent && node.intent->content) use(*node.intent->content);
}

void ForEachContent(const Object& object, const Use& use) {
  if (object.news_content) use(*object.news_content);
  if (object.intent && object.intent->content) use(*object.intent->content);
}

/// Every content that a changed row names now.
void ForEachContent(const Catalogue& catalogue, const Changes& changes,
                    const Use& use) {
  for (const NodeId id : changes.nodes) {
    const Node* node = catalogue.FindNode(id);
    if (node != nullptr) ForEachContent(*node, use);
  }
  for (const ObjectKey key : changes.objects) {
    const Object* object = catalogue.FindObject(key);
    if (object != nullptr) ForEachContent(*object, use);
  }
  for (const auto& [path, content] : changes.trashed) use(content);
}

}  // namespace

/// One Write() on its way: what to do in memory once it is committed.
struct StoreDb::Batch {
  const Catalogue& catalogue;
  const Changes& changes;
  // NOLINTBEGIN(readability-redundant-member-init): so they can be left out
  std::unordered_set<std::uint64_t> inline_written = {};
  std::unordered_set<std::uint64_t> sealed_written = {};
  std::vector<std::uint64_t> sealed_removed = {};
  // NOLINTEND(readability-redundant-member-init)
  std::uint64_t reserved_ids = 0;
};

Result<void> StoreDb::Write(const Catalogue& catalogue, const Changes& changes,
                            Durability durability) {
  if (durability == Durability::kPower) {
    WSFS_RETURN_IF_ERROR(SyncNamed(catalogue, changes));
  }
  {
    const MutexLock lock(mutex_);
    Batch batch{.catalogue = catalogue, .changes = changes};
    WSFS_RETURN_IF_ERROR(CommitBatch(batch, durability));
    Settle(batch);
  }
  WakeIfLong();
  return {};
}

Result<void> StoreDb::SyncNamed(const Catalogue& catalogue,
                                const Changes& changes) {
  std::vector<std::uint64_t> bodies;
  ForEachContent(catalogue, changes, [&](const Content& content) {
    if (content.place != BodyPlace::kSealed) return;
    const auto body = sealed_.Find(content.body);
    if (body && !body->synced) bodies.push_back(content.body);
  });
  if (bodies.empty()) return {};
  WSFS_RETURN_IF_ERROR(sealed_.SyncBytes(bodies));
  // A commit of its own, before the one that follows and is power-safe.
  const MutexLock lock(mutex_);
  return MarkSynced(bodies);
}

Result<void> StoreDb::CommitBatch(Batch& batch, Durability durability) {
  const bool hard = durability == Durability::kPower;
  if (hard) {
    // In its own COMMIT, so that a disk that fails here leaves nothing
    // committed (a setting of the connection; takes effect at once).
    WSFS_RETURN_IF_ERROR(writer_->Execute("PRAGMA synchronous=FULL"));
  }
  auto done =
      writer_->Transact([&]() REQUIRES(mutex_) { return WriteBatch(batch); });
  if (hard) {
    const auto back = writer_->Execute("PRAGMA synchronous=NORMAL");
    if (!back.ok()) Log(LogLevel::kError, "{}", back.error().message());
  }
  if (!done.ok()) fallbacks_.Rollback();
  return done;
}

Result<void> StoreDb::WriteBatch(Batch& batch) {
  WSFS_RETURN_IF_ERROR(WriteNodes(batch));
  WSFS_RETURN_IF_ERROR(WriteObjects(batch));
  Result<void> done;
  ForEachContent(batch.catalogue, batch.changes,
                 [&](const Content& content) REQUIRES(mutex_) {
                   if (done.ok()) done = WriteContent(batch, content);
                 });
  WSFS_RETURN_IF_ERROR(done);
  fallbacks_.Follow(batch.catalogue, batch.changes);
  WSFS_RETURN_IF_ERROR(WriteDropped(batch));
  WSFS_RETURN_IF_ERROR(fallbacks_.WriteRows());
  return WriteSides(batch);
}

Result<void> StoreDb::WriteNodes(Batch& batch) {
  for (const NodeId id : batch.changes.nodes) {
    const Node* node = batch.catalogue.FindNode(id);
    if (node == nullptr) {
      WSFS_RETURN_IF_ERROR(nodes_.Remove(id, intents_));
    } else {
      WSFS_RETURN_IF_ERROR(
          nodes_.Put(*node, batch.catalogue.NodeBefore(id), intents_));
    }
  }
  return {};
}

Result<void> StoreDb::WriteObjects(Batch& batch) {
  for (const ObjectKey key : batch.changes.objects) {
    const Object* object = batch.catalogue.FindObject(key);
    if (object == nullptr) {
      WSFS_RETURN_IF_ERROR(objects_.Remove(key, intents_));
    } else {
      WSFS_RETURN_IF_ERROR(objects_.Put(*object, intents_));
    }
  }
  return {};
}

Result<void> StoreDb::WriteContent(Batch& batch, const Content& content) {
  if (content.place == BodyPlace::kInline) {
    const auto bytes = prepared_.Find(content.body);
    if (!bytes || !batch.inline_written.insert(content.body).second) return {};
    return put_body_.Run(content.body, Blob{*bytes});
  }
  if (content.place != BodyPlace::kSealed) return {};
  const auto body = sealed_.Find(content.body);
  if (!body || body->recorded ||
      !batch.sealed_written.insert(content.body).second) {
    return {};
  }
  return put_sealed_.Run(content.body, body->file->number, body->size_bytes,
                         body->synced);
}

Result<void> StoreDb::WriteDropped(Batch& batch) {
  for (const Content& content : batch.changes.dropped) {
    if (fallbacks_.KeepDropped(content)) continue;
    WSFS_RETURN_IF_ERROR(RemoveContent(batch, content));
  }
  for (const Content& content : fallbacks_.TakeFreed()) {
    WSFS_RETURN_IF_ERROR(RemoveContent(batch, content));
  }
  return {};
}

Result<void> StoreDb::RemoveContent(Batch& batch, const Content& content) {
  if (content.place == BodyPlace::kInline)
    return remove_body_.Run(content.body);
  if (content.place != BodyPlace::kSealed) return {};
  batch.sealed_removed.push_back(content.body);
  return remove_sealed_.Run(content.body);
}

Result<void> StoreDb::WriteSides(Batch& batch) {
  const Changes& changes = batch.changes;
  if (changes.side_tables) {
    WSFS_RETURN_IF_ERROR(sides_.Put(batch.catalogue.sides()));
  }
  if (changes.capabilities) {
    const Capabilities& can = batch.catalogue.capabilities();
    WSFS_RETURN_IF_ERROR(meta_.PutInteger("can_rename", can.rename ? 1 : 0));
    WSFS_RETURN_IF_ERROR(
        meta_.PutInteger("can_list_files", can.list_files ? 1 : 0));
    WSFS_RETURN_IF_ERROR(
        meta_.PutInteger("can_raw_import", can.raw_import ? 1 : 0));
    WSFS_RETURN_IF_ERROR(meta_.PutInteger("rename_keeps_version",
                                          can.rename_keeps_version ? 1 : 0));
  }
  for (const Notice& notice : changes.notices) {
    WSFS_RETURN_IF_ERROR(meta_.AddNotice(notice));
  }
  for (const auto& [path, content] : changes.trashed) {
    WSFS_RETURN_IF_ERROR(
        meta_.AddTrash({.path = path,
                        .content = content,
                        .at = RealClock().Wall() / 1'000'000}));
  }
  const std::uint64_t next = batch.catalogue.next_id();
  if (next <= reserved_ids_) return {};
  batch.reserved_ids = next + kIdsReserved;
  return meta_.PutInteger("next_id",
                          static_cast<std::int64_t>(batch.reserved_ids));
}

void StoreDb::Settle(Batch& batch) {
  fallbacks_.Commit();
  for (const std::uint64_t body : batch.inline_written) prepared_.Remove(body);
  for (const Content& content : batch.changes.dropped) {
    if (content.place == BodyPlace::kInline) prepared_.Remove(content.body);
  }
  for (const std::uint64_t body : batch.sealed_written)
    sealed_.MarkRecorded(body);
  for (const std::uint64_t body : batch.sealed_removed) sealed_.Forget(body);
  if (batch.changes.side_tables) sides_.Commit(batch.catalogue.sides());
  if (batch.reserved_ids != 0) reserved_ids_ = batch.reserved_ids;
}

}  // namespace wsfs
