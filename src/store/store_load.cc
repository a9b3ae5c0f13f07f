#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "store/bodies.h"
#include "store/store_db.h"

namespace wsfs {
namespace {

constexpr PlanMillis kTrashKeptMs = 30LL * 24 * 3'600 * 1'000;

}  // namespace

Result<void> StoreDb::Load(Catalogue& catalogue) {
  const MutexLock lock(mutex_);
  WSFS_RETURN_IF_ERROR(LoadObjects(catalogue));
  WSFS_TRY(const std::vector<Fallen> fallen, LoadNodes(catalogue));
  WSFS_RETURN_IF_ERROR(LoadSides(catalogue));
  WSFS_RETURN_IF_ERROR(catalogue.CheckLoaded());
  WSFS_RETURN_IF_ERROR(meta_.Trash());
  // What is damaged was found by now: a start that fails has changed nothing.
  if (!fallen.empty()) {
    WSFS_RETURN_IF_ERROR(RecordFallen(catalogue, fallen));
  }
  if (other_boot_) {
    // What was read from the platter just now is on it.
    WSFS_RETURN_IF_ERROR(MarkSynced(sealed_.Unsynced()));
    WSFS_RETURN_IF_ERROR(meta_.Put("boot_id", options_.boot_id));
  }
  return EmptyOldTrash();
}

Result<void> StoreDb::LoadSides(Catalogue& catalogue) {
  WSFS_TRY(SideTables sides, sides_.Load(*writer_));
  Capabilities can;
  const auto flag = [&](const char* key, bool& value)
                        REQUIRES(mutex_) -> Result<void> {
    WSFS_TRY(const std::int64_t number, meta_.GetInteger(key, value ? 1 : 0));
    value = number != 0;
    return {};
  };
  WSFS_RETURN_IF_ERROR(flag("can_rename", can.rename));
  WSFS_RETURN_IF_ERROR(flag("can_list_files", can.list_files));
  WSFS_RETURN_IF_ERROR(flag("can_raw_import", can.raw_import));
  WSFS_RETURN_IF_ERROR(flag("rename_keeps_version", can.rename_keeps_version));
  WSFS_TRY(const std::int64_t next_id, meta_.GetInteger("next_id", 0));
  reserved_ids_ = static_cast<std::uint64_t>(next_id);
  catalogue.LoadSides(std::move(sides), can, reserved_ids_);
  return {};
}

void StoreDb::NoteNamed(const std::optional<Content>& content) {
  if (content && content->body != 0) named_.insert(content->body);
}

Result<void> StoreDb::EmptyOldTrash() {
  const PlanMillis now = RealClock().Wall() / 1'000'000;
  std::vector<std::uint64_t> files;
  auto done = writer_->Transact([&]() REQUIRES(mutex_) -> Result<void> {
    WSFS_TRY(const auto items, meta_.TakeTrashBefore(now - kTrashKeptMs));
    for (const TrashItem& item : items) {
      const std::uint64_t body = item.content.body;
      if (named_.contains(body) || fallbacks_.Keeps(item.content)) continue;
      if (item.content.place == BodyPlace::kInline) {
        WSFS_RETURN_IF_ERROR(remove_body_.Run(body));
      } else if (item.content.place == BodyPlace::kSealed) {
        WSFS_RETURN_IF_ERROR(remove_sealed_.Run(body));
        files.push_back(body);
      }
    }
    return {};
  });
  named_ = {};
  if (!done.ok()) return done;
  for (const std::uint64_t body : files) sealed_.Forget(body);
  return {};
}

Result<void> StoreDb::LoadObjects(Catalogue& catalogue) {
  WSFS_RETURN_IF_ERROR(
      objects_.ForEach([&](Object object) REQUIRES(mutex_) -> Result<void> {
        WSFS_TRY(object.intent,
                 intents_.Get(IntentRows::Owner::kObject, object.key));
        NoteNamed(object.news_content);
        if (object.intent) NoteNamed(object.intent->content);
        catalogue.LoadObject(std::move(object));
        return {};
      }));
  return {};
}

Result<std::vector<StoreDb::Fallen>> StoreDb::LoadNodes(Catalogue& catalogue) {
  std::vector<Fallen> fallen;
  WSFS_RETURN_IF_ERROR(
      nodes_.ForEach([&](Node node) REQUIRES(mutex_) -> Result<void> {
        WSFS_TRY(node.intent, intents_.Get(IntentRows::Owner::kNode, node.id));
        if (node.content) {
          WSFS_TRY(const bool sound, IsSound(*node.content));
          if (!sound) fallen.push_back(FallBack(node, *node.content));
        }
        ForgetIfDropped(node);
        NoteNamed(node.content);
        if (node.intent) NoteNamed(node.intent->content);
        catalogue.LoadNode(std::move(node));
        return {};
      }));
  return fallen;
}

/// The cache dropped the bytes, or the power did: they are fetched again. What
/// no object holds is left as it is, for whoever opens it to be told.
void StoreDb::ForgetIfDropped(Node& node) {
  if (!node.content || (node.bind == kNoObject && node.src == kNoObject))
    return;
  const bool cached = node.content->place == BodyPlace::kClean ||
                      node.content->place == BodyPlace::kBlob;
  if (!cached || contents_->Holds(*node.content)) return;
  node.known_size = node.content->size_bytes;
  node.content.reset();
}

StoreDb::Fallen StoreDb::FallBack(Node& node, Content unsound) {
  Fallen fallen{.node = node.id, .content = unsound};
  const auto body = sealed_.Find(unsound.body);
  fallen.kept =
      body && host_.Exists(sealed_.PathOf(body->file->number)).value_or(false);
  const Fallbacks::Entry* old = fallbacks_.Find(node.id);
  if (old != nullptr && old->body == unsound.body) {
    node.gen = old->gen;
    node.content = old->content;
    node.known_size = old->known_size;
    fallbacks_.Remove(node.id);
  } else {
    node.gen = 0;
    node.content.reset();
    node.known_size.reset();
  }
  return fallen;
}

Result<void> StoreDb::RecordFallen(const Catalogue& catalogue,
                                   const std::vector<Fallen>& fallen) {
  auto done = writer_->Transact([&]() REQUIRES(mutex_) -> Result<void> {
    for (const Fallen& one : fallen) {
      WSFS_RETURN_IF_ERROR(
          RecordOneFallen(catalogue.node(one.node), one, catalogue));
    }
    return fallbacks_.WriteRows();
  });
  if (!done.ok()) return done;
  fallbacks_.Commit();
  for (const Fallen& one : fallen) {
    sealed_.MarkSynced(one.content.body);
    if (!one.kept) sealed_.Forget(one.content.body);
  }
  return {};
}

Result<void> StoreDb::RecordOneFallen(const Node& node, const Fallen& fallen,
                                      const Catalogue& catalogue) {
  const PlanMillis now = RealClock().Wall() / 1'000'000;
  const std::string path = catalogue.ShownPathOf(node);
  WSFS_RETURN_IF_ERROR(nodes_.Put(node, &node, intents_));
  if (fallen.kept) {
    WSFS_RETURN_IF_ERROR(mark_synced_.Run(fallen.content.body));
    Content content = fallen.content;
    content.digest.reset();
    WSFS_RETURN_IF_ERROR(
        meta_.AddTrash({.path = path, .content = content, .at = now}));
  } else {
    WSFS_RETURN_IF_ERROR(remove_sealed_.Run(fallen.content.body));
  }
  return meta_.AddNotice(
      {.at = now,
       .path = path,
       .text = "the machine lost power before the last save of this file was "
               "on the disk: it is as it was before that save"});
}

/// False when power failed before the bytes of `content` were on the platter.
Result<bool> StoreDb::IsSound(const Content& content) {
  if (content.place != BodyPlace::kSealed) return true;
  const auto body = sealed_.Find(content.body);
  if (!body) return false;
  if (body->synced || body->blob) return true;
  const auto opened = sealed_.Open(*body);
  if (!opened.ok()) return false;
  WSFS_TRY(const std::uint64_t size, (*opened)->Size());
  if (size < content.size_bytes) return false;
  // The kernel lives on: what was written is there.
  if (!other_boot_) return true;
  if (!content.digest) return false;
  const auto digest = DigestOfFile(**opened, content.size_bytes);
  return digest.ok() && digest->raw == content.digest->raw;
}

}  // namespace wsfs
