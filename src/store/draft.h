#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/host_fs.h"
#include "base/sync.h"
#include "store/contents.h"
#include "store/sealed_files.h"

namespace wsfs {

/// Sealed inline bodies that wait for the transaction that names them.
/// Thread-safe.
class PreparedBodies {
 public:
  void Put(std::uint64_t body, std::shared_ptr<const std::string> bytes)
      EXCLUDES(mutex_);
  std::shared_ptr<const std::string> Find(std::uint64_t body) const
      EXCLUDES(mutex_);
  void Remove(std::uint64_t body) EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::unordered_map<std::uint64_t, std::shared_ptr<const std::string>> bodies_
      GUARDED_BY(mutex_);
};

/// Names for files that are being filled; all are removed at the next start.
class Staging {
 public:
  Staging(HostFs& host, std::filesystem::path folder)
      : host_(host), folder_(std::move(folder)) {}

  struct File {
    std::filesystem::path path;
    std::shared_ptr<HostFile> handle;
  };
  Result<File> Make();
  void Remove(const std::filesystem::path& path);
  Result<void> Sweep();

 private:
  HostFs& host_;
  const std::filesystem::path folder_;
  std::atomic<std::uint64_t> next_ = 1;
};

/// The one form of Draft. Its bytes are in one of three places: in memory; in
/// a staging file of its own; or, after a seal, in the sealed file, where what
/// was sealed must not change: an append goes on behind it, any other write
/// first copies to a new staging file.
class FileDraft final : public Draft {
 public:
  struct Parts {
    Staging* staging = nullptr;
    SealedFiles* sealed = nullptr;
    PreparedBodies* prepared = nullptr;
  };

  explicit FileDraft(const Parts& parts) : parts_(parts) {}
  FileDraft(const Parts& parts, std::string bytes)
      : parts_(parts), memory_(std::move(bytes)), size_(memory_.size()) {}
  /// Begins as a copy of the first bytes of `from`.
  static Result<std::unique_ptr<FileDraft>> CopyOf(const Parts& parts,
                                                   HostFile& from,
                                                   std::uint64_t size_bytes);
  /// Goes on where a sealed file ends (SealedFiles::BeginExtending).
  static Result<std::unique_ptr<FileDraft>> Extending(
      const Parts& parts, std::shared_ptr<SealedFile> file,
      std::shared_ptr<HostFile> handle);
  ~FileDraft() override;
  FileDraft(const FileDraft&) = delete;
  FileDraft& operator=(const FileDraft&) = delete;

  std::uint64_t size_bytes() const override;
  Result<std::size_t> ReadAt(std::uint64_t offset,
                             std::span<std::byte> into) override;
  Result<void> WriteAt(std::uint64_t offset,
                       std::span<const std::byte> bytes) override;
  Result<std::uint64_t> Append(std::span<const std::byte> bytes) override;
  Result<void> Truncate(std::uint64_t size_bytes) override;
  Result<void> Allocate(int mode, std::uint64_t offset,
                        std::uint64_t length) override;
  Result<std::uint64_t> SeekData(std::uint64_t offset) override;
  Result<std::uint64_t> SeekHole(std::uint64_t offset) override;

  Result<Content> Seal(std::uint64_t body) EXCLUDES(mutex_);

 private:
  Result<void> WriteLocked(std::uint64_t offset,
                           std::span<const std::byte> bytes) REQUIRES(mutex_);
  Result<void> AllocateInMemory(int mode, std::uint64_t offset,
                                std::uint64_t length) REQUIRES(mutex_);
  /// From memory to a staging file.
  Result<void> Spill() REQUIRES(mutex_);
  /// To a staging file of its own that holds the first `keep` bytes.
  Result<void> Detach(std::uint64_t keep) REQUIRES(mutex_);
  /// Lets go of the file; the bytes are `memory_` then.
  void DropFile() REQUIRES(mutex_);
  /// Bytes below this may not change in the present file.
  std::uint64_t Frozen() const REQUIRES(mutex_);
  Result<Content> SealInline(std::uint64_t body) REQUIRES(mutex_);
  Result<Content> SealFile(std::uint64_t body) REQUIRES(mutex_);
  Result<Content> Describe(std::uint64_t body) REQUIRES(mutex_);

  const Parts parts_;
  mutable Mutex mutex_;
  std::string memory_ GUARDED_BY(mutex_);
  std::uint64_t size_ GUARDED_BY(mutex_) = 0;
  std::shared_ptr<HostFile> file_ GUARDED_BY(mutex_);
  std::filesystem::path staged_ GUARDED_BY(mutex_);  ///< Own file: its name.
  std::shared_ptr<SealedFile> sealed_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
