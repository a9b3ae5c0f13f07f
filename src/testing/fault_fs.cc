#include "testing/fault_fs.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

namespace wsfs {
namespace {

std::string Text(const HostFs::Path& path) {
  return path.lexically_normal().native();
}

std::string ParentOf(const std::string& path) {
  return HostFs::Path(path).parent_path().native();
}

Error Failed(Errc code, std::string_view path) {
  return {code, fmt::format("{}: {} (a fault of the test disk)", path,
                            ToString(code))};
}

}  // namespace

/// An open file of a FaultFs.
class FaultHandle final : public HostFile {
 public:
  FaultHandle(FaultFs& disk, std::shared_ptr<FaultInode> inode, bool writes,
              std::uint64_t life)
      : disk_(disk), inode_(std::move(inode)), writes_(writes), life_(life) {}
  FaultHandle(const FaultHandle&) = delete;
  FaultHandle& operator=(const FaultHandle&) = delete;
  ~FaultHandle() override {
    const MutexLock lock(disk_.mutex_);
    if (locks_ && life_ == disk_.life_) inode_->locked = false;
  }

  Result<std::size_t> ReadAt(std::uint64_t offset,
                             std::span<std::byte> into) override {
    const MutexLock lock(disk_.mutex_);
    WSFS_RETURN_IF_ERROR(Check());
    return inode_->live().ReadAt(offset, into);
  }

  Result<void> WriteAt(std::uint64_t offset,
                       std::span<const std::byte> bytes) override {
    const MutexLock lock(disk_.mutex_);
    WSFS_RETURN_IF_ERROR(CheckWrites());
    WSFS_RETURN_IF_ERROR(disk_.CheckRoom(*inode_, offset, bytes.size()));
    bool torn = false;
    const auto step = disk_.Step(&torn);
    if (torn) inode_->WriteAt(offset, bytes.first(bytes.size() / 2));
    if (step.ok()) inode_->WriteAt(offset, bytes);
    return step;
  }

  Result<void> Truncate(std::uint64_t size_bytes) override {
    const MutexLock lock(disk_.mutex_);
    WSFS_RETURN_IF_ERROR(CheckWrites());
    WSFS_RETURN_IF_ERROR(disk_.Step());
    inode_->Truncate(size_bytes);
    return {};
  }

  Result<std::uint64_t> Size() override {
    const MutexLock lock(disk_.mutex_);
    WSFS_RETURN_IF_ERROR(Check());
    return inode_->live().size();
  }

  Result<void> Sync() override {
    const MutexLock lock(disk_.mutex_);
    WSFS_RETURN_IF_ERROR(Check());
    WSFS_RETURN_IF_ERROR(disk_.Step());
    inode_->Sync();
    return {};
  }

  Result<bool> TryLock() override {
    const MutexLock lock(disk_.mutex_);
    WSFS_RETURN_IF_ERROR(Check());
    if (inode_->locked && !locks_) return false;
    inode_->locked = true;
    locks_ = true;
    return true;
  }

  Result<void> CopyFrom(HostFile& from, std::uint64_t length) override {
    // Both locks are the disk's one lock: read first, then write.
    std::vector<std::byte> page(SparseBytes::kPageBytes);
    WSFS_TRY(const std::uint64_t from_size, from.Size());
    length = std::min(length, from_size);
    std::uint64_t at = 0;
    while (at < length) {
      WSFS_TRY(at, from.SeekData(at));
      if (at >= length) break;
      const auto part = std::span(page).first(
          std::min<std::uint64_t>(page.size(), length - at));
      WSFS_TRY(const std::size_t got, from.ReadAt(at, part));
      WSFS_RETURN_IF_ERROR(WriteAt(at, part.first(got)));
      at += got;
    }
    WSFS_TRY(const std::uint64_t size, Size());
    if (size < length) return Truncate(length);
    return {};
  }

  Result<std::uint64_t> SeekData(std::uint64_t offset) override {
    return Seek(offset, true);
  }
  Result<std::uint64_t> SeekHole(std::uint64_t offset) override {
    return Seek(offset, false);
  }

  Result<void> Allocate(int mode, std::uint64_t offset,
                        std::uint64_t length) override {
    const MutexLock lock(disk_.mutex_);
    WSFS_RETURN_IF_ERROR(CheckWrites());
    const bool keeps = (mode & FALLOC_FL_KEEP_SIZE) != 0;
    const int what = mode & ~FALLOC_FL_KEEP_SIZE;
    if (what != 0 && what != FALLOC_FL_PUNCH_HOLE &&
        what != FALLOC_FL_ZERO_RANGE) {
      return Error(Errc::kUnsupported, "the test disk cannot shift ranges");
    }
    if (what == 0) {
      WSFS_RETURN_IF_ERROR(disk_.CheckRoom(*inode_, offset, length));
    }
    WSFS_RETURN_IF_ERROR(disk_.Step());
    const std::uint64_t end = offset + length;
    if (what != 0) inode_->Zero(offset, std::min(end, inode_->live().size()));
    if (!keeps && what != FALLOC_FL_PUNCH_HOLE && end > inode_->live().size()) {
      inode_->Truncate(end);
    }
    return {};
  }

 private:
  Result<std::uint64_t> Seek(std::uint64_t offset, bool data) {
    const MutexLock lock(disk_.mutex_);
    WSFS_RETURN_IF_ERROR(Check());
    return inode_->live().Seek(offset, data);
  }
  Result<void> Check() const REQUIRES(disk_.mutex_) {
    if (life_ != disk_.life_) return Failed(Errc::kIo, "a handle from before");
    return disk_.CheckAlive();
  }
  Result<void> CheckWrites() const REQUIRES(disk_.mutex_) {
    WSFS_RETURN_IF_ERROR(Check());
    if (!writes_) return Failed(Errc::kPermissionDenied, "opened to read");
    return {};
  }

  FaultFs& disk_;
  const std::shared_ptr<FaultInode> inode_;
  const bool writes_;
  const std::uint64_t life_;
  bool locks_ = false;
};

FaultFs::FaultFs() {
  live_["/"] = nullptr;
  platter_ = live_;
}

FaultFs::~FaultFs() = default;

std::size_t FaultFs::steps() const {
  const MutexLock lock(mutex_);
  return steps_;
}

void FaultFs::StopAt(std::size_t step) {
  const MutexLock lock(mutex_);
  stop_at_ = step;
}

void FaultFs::FailAt(std::size_t step, Errc code) {
  const MutexLock lock(mutex_);
  fail_at_.emplace(step, code);
}

void FaultFs::Stop() {
  const MutexLock lock(mutex_);
  stopped_ = true;
}

bool FaultFs::stopped() const {
  const MutexLock lock(mutex_);
  return stopped_;
}

void FaultFs::KillProcess() {
  const MutexLock lock(mutex_);
  ++life_;
  stopped_ = false;
  stop_at_ = 0;
  for (const auto& [path, inode] : live_)
    if (inode) inode->locked = false;
}

void FaultFs::LosePower() {
  const MutexLock lock(mutex_);
  Lose(nullptr);
}

void FaultFs::LosePower(std::uint64_t seed) {
  const MutexLock lock(mutex_);
  std::mt19937_64 chance(seed);
  Lose(&chance);
}

void FaultFs::Lose(std::mt19937_64* chance) {
  // A journal keeps the order of directory changes: a prefix survives.
  const std::size_t kept =
      chance == nullptr ? 0 : (*chance)() % (unsynced_.size() + 1);
  for (std::size_t i = 0; i < kept; ++i) Apply(unsynced_[i], platter_);
  unsynced_.clear();
  // What lay in a folder that is lost is lost with it; parents sort first.
  for (auto entry = platter_.begin(); entry != platter_.end();) {
    const bool lost =
        entry->first != "/" && !platter_.contains(ParentOf(entry->first));
    entry = lost ? platter_.erase(entry) : std::next(entry);
  }
  live_ = platter_;
  for (const auto& [path, inode] : live_)
    if (inode) inode->LosePower(chance);
  ++life_;
  stopped_ = false;
  stop_at_ = 0;
}

void FaultFs::SetCapacity(std::uint64_t bytes) {
  const MutexLock lock(mutex_);
  capacity_ = bytes;
}

void FaultFs::SetReadOnly(bool read_only) {
  const MutexLock lock(mutex_);
  read_only_ = read_only;
}

void FaultFs::FlipBit(const Path& path, std::uint64_t offset) {
  const MutexLock lock(mutex_);
  live_.at(Text(path))->Flip(offset);
}

std::vector<std::string> FaultFs::Files() const {
  const MutexLock lock(mutex_);
  std::vector<std::string> files;
  for (const auto& [path, inode] : live_)
    if (inode) files.push_back(path);
  return files;
}

Result<void> FaultFs::CheckAlive() const {
  if (stopped_) return Failed(Errc::kIo, "the process is dead");
  return {};
}

Result<void> FaultFs::Step(bool* torn) {
  WSFS_RETURN_IF_ERROR(CheckAlive());
  if (read_only_) return Failed(Errc::kReadOnly, "the disk");
  ++steps_;
  if (stop_at_ != 0 && steps_ >= stop_at_) {
    stopped_ = true;
    if (torn != nullptr) *torn = true;
    return Failed(Errc::kIo, "the process died here");
  }
  const auto fails = fail_at_.find(steps_);
  if (fails != fail_at_.end()) return Failed(fails->second, "the disk");
  return {};
}

std::uint64_t FaultFs::UsedBytes() const {
  std::uint64_t used = 0;
  for (const auto& [path, inode] : live_)
    if (inode) used += inode->live().held_bytes();
  return used;
}

Result<void> FaultFs::CheckRoom(const FaultInode& inode, std::uint64_t offset,
                                std::uint64_t length) const {
  // Exact enough: overwriting in place needs no room.
  if (length == 0 || offset + length <= inode.live().size()) return {};
  if (UsedBytes() + length > capacity_) return Failed(Errc::kNoSpace, "disk");
  return {};
}

Result<void> FaultFs::CheckParent(const std::string& path) const {
  const auto parent = live_.find(ParentOf(path));
  if (parent == live_.end()) return Failed(Errc::kNotFound, path);
  if (parent->second) return Failed(Errc::kNotADirectory, path);
  return {};
}

bool FaultFs::HasChildren(const std::string& path) const {
  const std::string prefix = path + "/";
  const auto next = live_.lower_bound(prefix);
  return next != live_.end() && next->first.starts_with(prefix);
}

void FaultFs::Apply(const TreeChange& change, Tree& tree) {
  if (!change.from.empty()) {
    const auto old = tree.find(change.from);
    if (old != tree.end() && old->second == change.inode) tree.erase(old);
  }
  if (!change.to.empty()) tree[change.to] = change.inode;
}

void FaultFs::Change(TreeChange change) {
  Apply(change, live_);
  unsynced_.push_back(std::move(change));
}

Result<std::unique_ptr<HostFile>> FaultFs::Open(const Path& path,
                                                OpenMode mode) {
  const MutexLock lock(mutex_);
  WSFS_RETURN_IF_ERROR(CheckAlive());
  const std::string text = Text(path);
  const bool writes = mode != OpenMode::kRead;
  const auto found = live_.find(text);
  if (found != live_.end()) {
    if (mode == OpenMode::kCreateNew) return Failed(Errc::kAlreadyExists, text);
    if (!found->second) return Failed(Errc::kIsADirectory, text);
    if (writes && read_only_) return Failed(Errc::kReadOnly, text);
    return std::make_unique<FaultHandle>(*this, found->second, writes, life_);
  }
  if (mode == OpenMode::kRead || mode == OpenMode::kReadWrite)
    return Failed(Errc::kNotFound, text);
  WSFS_RETURN_IF_ERROR(CheckParent(text));
  WSFS_RETURN_IF_ERROR(Step());
  auto inode = std::make_shared<FaultInode>();
  Change({.from = "", .to = text, .inode = inode});
  return std::make_unique<FaultHandle>(*this, inode, true, life_);
}

Result<std::uint64_t> FaultFs::SizeOf(const Path& path) {
  const MutexLock lock(mutex_);
  WSFS_RETURN_IF_ERROR(CheckAlive());
  const auto found = live_.find(Text(path));
  if (found == live_.end()) return Failed(Errc::kNotFound, path.native());
  return found->second ? found->second->live().size() : 0;
}

Result<bool> FaultFs::Exists(const Path& path) {
  const MutexLock lock(mutex_);
  WSFS_RETURN_IF_ERROR(CheckAlive());
  return live_.contains(Text(path));
}

Result<void> FaultFs::Remove(const Path& path) {
  const MutexLock lock(mutex_);
  const std::string text = Text(path);
  const auto found = live_.find(text);
  if (found == live_.end()) return Failed(Errc::kNotFound, text);
  if (!found->second && HasChildren(text)) return Failed(Errc::kNotEmpty, text);
  WSFS_RETURN_IF_ERROR(Step());
  Change({.from = text, .to = "", .inode = found->second});
  return {};
}

Result<void> FaultFs::Rename(const Path& from, const Path& to) {
  const MutexLock lock(mutex_);
  const std::string source = Text(from);
  const std::string target = Text(to);
  const auto found = live_.find(source);
  if (found == live_.end()) return Failed(Errc::kNotFound, source);
  if (!found->second)
    return Failed(Errc::kUnsupported, "moving folders on the test disk");
  const auto there = live_.find(target);
  if (there != live_.end() && !there->second)
    return Failed(Errc::kIsADirectory, target);
  WSFS_RETURN_IF_ERROR(CheckParent(target));
  WSFS_RETURN_IF_ERROR(Step());
  if (source != target)
    Change({.from = source, .to = target, .inode = found->second});
  return {};
}

Result<void> FaultFs::MakeDirectories(const Path& path) {
  const MutexLock lock(mutex_);
  std::string text = Text(path);
  if (text.size() > 1 && text.ends_with('/')) text.pop_back();
  std::vector<std::string> missing;
  while (!live_.contains(text)) {
    missing.push_back(text);
    text = ParentOf(text);
    if (text.empty()) return Failed(Errc::kInvalidArgument, path.native());
  }
  if (live_.at(text)) return Failed(Errc::kNotADirectory, text);
  for (const std::string& next : std::views::reverse(missing)) {
    WSFS_RETURN_IF_ERROR(Step());
    Change({.from = "", .to = next, .inode = nullptr});
  }
  return CheckAlive();
}

Result<std::vector<std::string>> FaultFs::List(const Path& path) {
  const MutexLock lock(mutex_);
  WSFS_RETURN_IF_ERROR(CheckAlive());
  const std::string text = Text(path);
  const auto found = live_.find(text);
  if (found == live_.end()) return Failed(Errc::kNotFound, text);
  if (found->second) return Failed(Errc::kNotADirectory, text);
  std::vector<std::string> names;
  for (const auto& [child, inode] : live_)
    if (child != "/" && ParentOf(child) == text)
      names.push_back(Path(child).filename().native());
  return names;
}

Result<void> FaultFs::SyncDirectory(const Path& path) {
  const MutexLock lock(mutex_);
  const std::string text = Text(path);
  if (!live_.contains(text)) return Failed(Errc::kNotFound, text);
  WSFS_RETURN_IF_ERROR(Step());
  // Only what touches this folder; a folder's own entry is in its parent.
  std::deque<TreeChange> rest;
  for (TreeChange& change : unsynced_) {
    const bool touches =
        (!change.from.empty() && ParentOf(change.from) == text) ||
        (!change.to.empty() && ParentOf(change.to) == text);
    if (touches) {
      Apply(change, platter_);
    } else {
      rest.push_back(std::move(change));
    }
  }
  unsynced_ = std::move(rest);
  return {};
}

Result<DiskSpace> FaultFs::Space(const Path& /*path*/) {
  const MutexLock lock(mutex_);
  WSFS_RETURN_IF_ERROR(CheckAlive());
  const std::uint64_t used = std::min(capacity_, UsedBytes());
  return DiskSpace{.total_bytes = capacity_, .free_bytes = capacity_ - used};
}

}  // namespace wsfs
