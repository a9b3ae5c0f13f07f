#include <algorithm>
#include <cstdlib>
#include <set>

#include <fmt/format.h>

#include "base/host_fs.h"
#include "base/sync.h"
#include "server/content.h"

namespace wsfs {
namespace {

using Path = std::filesystem::path;

class FileContent final : public StoredContent {
 public:
  FileContent(Path path, std::uint64_t size, const Hash& hash,
              std::uint64_t number)
      : StoredContent(size, hash, number), path_(std::move(path)) {}
  FileContent(const FileContent&) = delete;
  FileContent& operator=(const FileContent&) = delete;

  ~FileContent() override {
    // What cannot be removed now is a stranger at the next start.
    if (dropped()) static_cast<void>(RealHostFs().Remove(path_).ok());
  }

  Result<std::size_t> ReadAt(std::uint64_t offset,
                             std::span<std::byte> into) const override {
    // Opened for each read: thousands of contents, few of them read.
    WSFS_TRY(const auto file, RealHostFs().Open(path_, OpenMode::kRead));
    return file->ReadAt(offset, into);
  }

 private:
  Path path_;
};

class FileWriter final : public ContentWriter {
 public:
  FileWriter(Path folder, std::uint64_t number, std::unique_ptr<HostFile> file)
      : folder_(std::move(folder)), number_(number), file_(std::move(file)) {}
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;
  ~FileWriter() override {
    if (file_ != nullptr)
      static_cast<void>(RealHostFs().Remove(Temporary()).ok());
  }

  Result<void> Append(std::span<const std::byte> bytes) override {
    if (bytes.empty()) return {};
    WSFS_RETURN_IF_ERROR(file_->WriteAt(size_, bytes));
    hasher_.Update(bytes);
    size_ += bytes.size();
    return {};
  }

  Result<ContentPtr> Finish() override {
    HostFs& fs = RealHostFs();
    const Path path = folder_ / fmt::format("{}", number_);
    WSFS_RETURN_IF_ERROR(file_->Sync());
    WSFS_RETURN_IF_ERROR(fs.Rename(Temporary(), path));
    WSFS_RETURN_IF_ERROR(fs.SyncDirectory(folder_));
    file_.reset();
    return std::make_shared<FileContent>(path, size_, hasher_.Finish(),
                                         number_);
  }

 private:
  Path Temporary() const { return folder_ / fmt::format("{}.new", number_); }

  Path folder_;
  std::uint64_t number_;
  std::unique_ptr<HostFile> file_;
  Hasher hasher_;
  std::uint64_t size_ = 0;
};

class FolderStore final : public ContentStore {
 public:
  explicit FolderStore(Path folder) : folder_(std::move(folder)) {}

  /// Numbers are never used twice, not even after a crash.
  Result<void> CountUp() {
    WSFS_TRY(const auto names, RealHostFs().List(folder_));
    for (const std::string& name : names) {
      next_ = std::max<std::uint64_t>(
          next_, std::strtoull(name.c_str(), nullptr, 10) + 1);
    }
    return {};
  }

  Result<std::unique_ptr<ContentWriter>> Create() override {
    const std::uint64_t number = next_++;
    WSFS_TRY(auto file,
             RealHostFs().Open(folder_ / fmt::format("{}.new", number),
                               OpenMode::kCreateNew));
    return std::make_unique<FileWriter>(folder_, number, std::move(file));
  }

  Result<ContentPtr> Reopen(std::uint64_t number, std::uint64_t size_bytes,
                            const Hash& hash) override {
    const Path path = folder_ / fmt::format("{}", number);
    WSFS_TRY(const auto size, RealHostFs().SizeOf(path));
    if (size != size_bytes)
      return Error(Errc::kCorrupt,
                   fmt::format("{} holds {} bytes instead of {}", path.native(),
                               size, size_bytes));
    const MutexLock lock(mutex_);
    known_.insert(fmt::format("{}", number));
    return std::make_shared<FileContent>(path, size, hash, number);
  }

  Result<void> RemoveStrangers() override {
    WSFS_TRY(const auto names, RealHostFs().List(folder_));
    const MutexLock lock(mutex_);
    for (const std::string& name : names) {
      if (known_.contains(name)) continue;
      WSFS_RETURN_IF_ERROR(RealHostFs().Remove(folder_ / name));
    }
    known_.clear();
    return {};
  }

 private:
  Path folder_;
  std::atomic<std::uint64_t> next_ = 1;
  Mutex mutex_;
  std::set<std::string> known_ GUARDED_BY(mutex_);
};

}  // namespace

Result<std::unique_ptr<ContentStore>> ContentStore::InFolder(
    const std::filesystem::path& folder) {
  WSFS_RETURN_IF_ERROR(RealHostFs().MakeDirectories(folder));
  auto store = std::make_unique<FolderStore>(folder);
  WSFS_RETURN_IF_ERROR(store->CountUp());
  return store;
}

}  // namespace wsfs
