#include "store/contents_db.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "store/bodies.h"
#include "store/digest.h"
#include "store/download.h"

namespace wsfs {
namespace {

Error Lost() {
  return {Errc::kCorrupt,
          "a saved content is damaged on this machine's disk: its bytes do "
          "not match their hash"};
}

bool IsSmall(const Content& content) {
  return content.place == BodyPlace::kInline ||
         content.place == BodyPlace::kClean;
}

}  // namespace

Result<std::unique_ptr<InlineReader>> InlineReader::Open(
    const SqliteVfs& vfs, const std::filesystem::path& catalogue) {
  std::unique_ptr<InlineReader> reader(new InlineReader());
  const MutexLock lock(reader->mutex_);
  WSFS_TRY(reader->database_,
           Database::Open(vfs, catalogue, Database::Use::kExisting));
  WSFS_TRY(reader->read_,
           reader->database_->Prepare("SELECT bytes FROM bodies WHERE id=?"));
  return reader;
}

Result<std::string> InlineReader::Read(std::uint64_t body) {
  const MutexLock lock(mutex_);
  read_.Query(body);
  WSFS_TRY(const bool there, read_.Next());
  if (!there) return Error(Errc::kNotFound, "the content was let go of");
  std::string bytes = read_.Text();
  read_.End();
  return bytes;
}

FileDraft::Parts ContentsDb::DraftParts() const {
  return {.staging = parts_.staging,
          .sealed = parts_.sealed,
          .prepared = parts_.prepared};
}

Result<std::unique_ptr<Draft>> ContentsDb::NewDraft() {
  return std::make_unique<FileDraft>(DraftParts());
}

Result<std::shared_ptr<const std::string>> ContentsDb::ReadInline(
    const Content& content) {
  if (auto prepared = parts_.prepared->Find(content.body)) return prepared;
  WSFS_TRY(std::string bytes, parts_.reader->Read(content.body));
  const bool sound = bytes.size() == content.size_bytes &&
                     (!content.digest || HashOf(bytes) == content.digest->raw);
  if (!sound) return Lost();
  return std::make_shared<const std::string>(std::move(bytes));
}

Result<std::shared_ptr<const std::string>> ContentsDb::ReadSmall(
    const Content& content) {
  if (content.place == BodyPlace::kInline) return ReadInline(content);
  WSFS_CHECK(content.digest.has_value());
  WSFS_TRY(std::string bytes, parts_.cache->GetSmall(content.digest->raw));
  return std::make_shared<const std::string>(std::move(bytes));
}

Result<std::shared_ptr<HostFile>> ContentsDb::OpenFile(const Content& content) {
  if (content.place == BodyPlace::kBlob) {
    WSFS_CHECK(content.digest.has_value());
    return parts_.cache->OpenBlob(content.digest->raw);
  }
  const auto body = parts_.sealed->Find(content.body);
  if (!body) return Error(Errc::kNotFound, "the content was let go of");
  if (body->blob) return parts_.cache->OpenPinnedBlob(*body->blob);
  return parts_.sealed->Open(*body);
}

Result<std::shared_ptr<Body>> ContentsDb::Open(const Content& content) {
  if (IsSmall(content)) {
    WSFS_TRY(auto bytes, ReadSmall(content));
    return std::make_shared<MemoryBody>(std::move(bytes));
  }
  WSFS_TRY(auto file, OpenFile(content));
  return std::make_shared<FileBody>(std::move(file), content.size_bytes);
}

Result<std::unique_ptr<Draft>> ContentsDb::DraftFrom(const Content& content,
                                                     std::uint64_t size_bytes) {
  size_bytes = std::min(size_bytes, content.size_bytes);
  if (size_bytes == 0) return NewDraft();
  if (!IsSmall(content)) return DraftFromFile(content, size_bytes);
  WSFS_TRY(const auto bytes, ReadSmall(content));
  return std::make_unique<FileDraft>(DraftParts(),
                                     bytes->substr(0, size_bytes));
}

Result<std::unique_ptr<Draft>> ContentsDb::DraftFromFile(
    const Content& content, std::uint64_t size_bytes) {
  WSFS_TRY(const auto file, OpenFile(content));
  if (content.place == BodyPlace::kSealed && size_bytes == content.size_bytes &&
      size_bytes > kInlineBytes) {
    if (auto sealed = parts_.sealed->BeginExtending(content.body)) {
      WSFS_TRY(auto draft,
               FileDraft::Extending(DraftParts(), std::move(sealed), file));
      return std::unique_ptr<Draft>(std::move(draft));
    }
  }
  WSFS_TRY(auto draft, FileDraft::CopyOf(DraftParts(), *file, size_bytes));
  return std::unique_ptr<Draft>(std::move(draft));
}

Result<Content> ContentsDb::Seal(Draft& draft, std::uint64_t body, bool sync) {
  auto* mine = dynamic_cast<FileDraft*>(&draft);
  WSFS_CHECK(mine != nullptr);
  WSFS_TRY(Content content, mine->Seal(body));
  if (!sync || content.place != BodyPlace::kSealed) return content;
  const auto synced = parts_.sealed->SyncBytes({body});
  if (!synced.ok()) {
    Unprepare(content);
    return synced.error();
  }
  parts_.sealed->MarkSynced(body);
  return content;
}

void ContentsDb::Unprepare(const Content& content) {
  if (content.place == BodyPlace::kInline) {
    parts_.prepared->Remove(content.body);
  } else if (content.place == BodyPlace::kSealed) {
    const auto body = parts_.sealed->Find(content.body);
    if (body && !body->recorded) parts_.sealed->Forget(content.body);
  }
}

Result<Content::Digest> ContentsDb::DigestOf(const Content& content) {
  if (content.digest) return *content.digest;
  if (IsSmall(content)) {
    WSFS_TRY(const auto bytes, ReadSmall(content));
    return DigestOfBytes(*bytes);
  }
  WSFS_TRY(const auto file, OpenFile(content));
  return DigestOfFile(*file, content.size_bytes);
}

Result<std::unique_ptr<Download>> ContentsDb::NewDownload() {
  return std::make_unique<FileDownload>(*parts_.staging, *parts_.cache);
}

Result<Content> ContentsDb::MakeClean(const Content& content) {
  Content clean = content;
  clean.body = 0;
  switch (content.place) {
    case BodyPlace::kClean:
    case BodyPlace::kBlob: return content;
    case BodyPlace::kInline: {
      WSFS_TRY(const auto bytes, ReadInline(content));
      if (!clean.digest) clean.digest = DigestOfBytes(*bytes);
      WSFS_RETURN_IF_ERROR(parts_.cache->PutSmall(clean.digest->raw, *bytes));
      clean.place = BodyPlace::kClean;
      return clean;
    }
    case BodyPlace::kSealed: return SealedToBlob(content);
  }
  std::unreachable();
}

Result<Content> ContentsDb::SealedToBlob(const Content& content) {
  Content clean = content;
  clean.body = 0;
  clean.place = BodyPlace::kBlob;
  WSFS_TRY(clean.digest, DigestOf(content));
  const Hash& hash = clean.digest->raw;
  if (parts_.cache->HoldsBlob(hash) && parts_.cache->OpenBlob(hash).ok())
    return clean;
  if (!parts_.keeps(content)) {
    // Noted before the file moves: should the row that names the sealed body
    // outlive a power failure, its bytes are found under their hash.
    WSFS_RETURN_IF_ERROR(parts_.note_move(content.body, hash));
    WSFS_TRY(const bool moved,
             parts_.sealed->MoveToBlob(content.body, hash,
                                       parts_.cache->BlobPath(hash)));
    if (moved) {
      parts_.cache->AddBlob(hash, content.size_bytes);
      return clean;
    }
  }
  WSFS_TRY(const auto from, OpenFile(content));
  WSFS_TRY(auto made, parts_.staging->Make());
  auto copied = made.handle->CopyFrom(*from, content.size_bytes);
  if (copied.ok())
    copied = parts_.cache->TakeBlob(made.path, hash, content.size_bytes);
  if (!copied.ok()) {
    parts_.staging->Remove(made.path);
    return copied.error();
  }
  return clean;
}

void ContentsDb::Forget(const Content& content) {
  if (content.place != BodyPlace::kSealed || parts_.keeps(content)) return;
  parts_.sealed->Forget(content.body);
}

bool ContentsDb::Holds(const Content& content) {
  if (!content.digest) return false;
  if (content.place == BodyPlace::kClean)
    return parts_.cache->HoldsSmall(content.digest->raw);
  return content.place == BodyPlace::kBlob &&
         parts_.cache->HoldsBlob(content.digest->raw);
}

}  // namespace wsfs
