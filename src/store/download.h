#pragma once

#include <memory>
#include <string>

#include "base/sync.h"
#include "store/cache.h"
#include "store/contents.h"
#include "store/digest.h"
#include "store/draft.h"

namespace wsfs {

/// The one form of Download: in memory up to kInlineBytes, then a staging
/// file that becomes a blob.
class FileDownload final : public Download {
 public:
  FileDownload(Staging& staging, Cache& cache)
      : staging_(staging), cache_(cache) {}
  ~FileDownload() override;
  FileDownload(const FileDownload&) = delete;
  FileDownload& operator=(const FileDownload&) = delete;

  Result<void> Restart() override;
  Result<void> Take(std::span<const std::byte> bytes) override;
  std::uint64_t taken_bytes() const override;
  Result<std::size_t> ReadAt(std::uint64_t offset,
                             std::span<std::byte> into) override;
  Result<Content> Finish() override;

 private:
  void Clear() REQUIRES(mutex_);
  Result<Content> File(Content content, const Hash& hash) REQUIRES(mutex_);

  Staging& staging_;
  Cache& cache_;
  mutable Mutex mutex_;
  ContentDigester digester_ GUARDED_BY(mutex_);
  std::uint64_t taken_ GUARDED_BY(mutex_) = 0;
  std::string memory_ GUARDED_BY(mutex_);
  std::shared_ptr<HostFile> file_ GUARDED_BY(mutex_);
  std::filesystem::path path_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
