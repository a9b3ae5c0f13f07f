#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/sync.h"
#include "store/cache.h"
#include "store/contents.h"
#include "store/draft.h"
#include "store/sealed_files.h"
#include "store/sqlite.h"

namespace wsfs {

/// Reads the table `bodies` on a connection of its own, so that a reader does
/// not wait for a commit that waits for the disk. Thread-safe.
class InlineReader {
 public:
  static Result<std::unique_ptr<InlineReader>> Open(
      const SqliteVfs& vfs, const std::filesystem::path& catalogue);
  /// kNotFound when no committed row has it.
  Result<std::string> Read(std::uint64_t body) EXCLUDES(mutex_);

 private:
  InlineReader() = default;
  Mutex mutex_;
  std::unique_ptr<Database> database_ GUARDED_BY(mutex_);
  Statement read_ GUARDED_BY(mutex_);
};

/// The one form of Contents, over the parts of the store.
class ContentsDb final : public Contents {
 public:
  struct Parts {
    Staging* staging = nullptr;
    SealedFiles* sealed = nullptr;
    PreparedBodies* prepared = nullptr;
    InlineReader* reader = nullptr;
    Cache* cache = nullptr;
    /// The store's: see SyncSealed().
    std::function<Result<void>()> sync_sealed;
    /// Notes, power-safe, that the bytes of a sealed body go to a blob.
    std::function<Result<void>(std::uint64_t body, const Hash& hash)> note_move;
    /// The store still needs these bytes, and forgets them itself later.
    std::function<bool(const Content& content)> keeps;
  };
  explicit ContentsDb(Parts parts) : parts_(std::move(parts)) {}

  Result<std::unique_ptr<Draft>> NewDraft() override;
  Result<std::unique_ptr<Draft>> DraftFrom(const Content& content,
                                           std::uint64_t size_bytes) override;
  Result<Content> Seal(Draft& draft, std::uint64_t body, bool sync) override;
  void Unprepare(const Content& content) override;
  Result<std::shared_ptr<Body>> Open(const Content& content) override;
  Result<Content::Digest> DigestOf(const Content& content) override;
  Result<std::unique_ptr<Download>> NewDownload() override;
  Result<Content> MakeClean(const Content& content) override;
  void Forget(const Content& content) override;
  bool Holds(const Content& content) override;
  Result<void> SyncSealed() override { return parts_.sync_sealed(); }

 private:
  FileDraft::Parts DraftParts() const;
  Result<std::shared_ptr<const std::string>> ReadInline(const Content& content);
  Result<std::shared_ptr<const std::string>> ReadSmall(const Content& content);
  Result<std::shared_ptr<HostFile>> OpenFile(const Content& content);
  Result<std::unique_ptr<Draft>> DraftFromFile(const Content& content,
                                               std::uint64_t size_bytes);
  Result<Content> SealedToBlob(const Content& content);

  const Parts parts_;
};

}  // namespace wsfs
