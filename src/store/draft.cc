#include "store/draft.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

#include "base/log.h"
#include "store/bodies.h"
#include "store/digest.h"

namespace wsfs {
namespace {

constexpr std::uint64_t kMaxOffset = std::numeric_limits<std::int64_t>::max();

Result<void> CheckRange(std::uint64_t offset, std::uint64_t length) {
  if (length <= kMaxOffset && offset <= kMaxOffset - length) return {};
  return Error(Errc::kTooLarge, "a file cannot be longer than 2^63 - 1 bytes");
}

}  // namespace

void PreparedBodies::Put(std::uint64_t body,
                         std::shared_ptr<const std::string> bytes) {
  const MutexLock lock(mutex_);
  bodies_[body] = std::move(bytes);
}

std::shared_ptr<const std::string> PreparedBodies::Find(
    std::uint64_t body) const {
  const MutexLock lock(mutex_);
  const auto found = bodies_.find(body);
  return found == bodies_.end() ? nullptr : found->second;
}

void PreparedBodies::Remove(std::uint64_t body) {
  const MutexLock lock(mutex_);
  bodies_.erase(body);
}

Result<Staging::File> Staging::Make() {
  const auto path = folder_ / fmt::format("{}", next_++);
  WSFS_TRY(auto handle, host_.Open(path, OpenMode::kCreateNew));
  return File{.path = path, .handle = std::move(handle)};
}

void Staging::Remove(const std::filesystem::path& path) {
  const auto removed = host_.Remove(path);
  if (!removed.ok()) Log(LogLevel::kWarn, "{}", removed.error().message());
}

Result<void> Staging::Sweep() {
  WSFS_TRY(const auto names, host_.List(folder_));
  for (const std::string& name : names) {
    WSFS_RETURN_IF_ERROR(host_.Remove(folder_ / name));
  }
  return {};
}

Result<std::unique_ptr<FileDraft>> FileDraft::CopyOf(const Parts& parts,
                                                     HostFile& from,
                                                     std::uint64_t size_bytes) {
  if (size_bytes <= kInlineBytes) {
    WSFS_TRY(std::string bytes, ReadWhole(from, size_bytes));
    return std::make_unique<FileDraft>(parts, std::move(bytes));
  }
  auto draft = std::make_unique<FileDraft>(parts);
  const MutexLock lock(draft->mutex_);
  WSFS_TRY(auto made, parts.staging->Make());
  draft->staged_ = std::move(made.path);
  draft->file_ = std::move(made.handle);
  WSFS_RETURN_IF_ERROR(draft->file_->CopyFrom(from, size_bytes));
  draft->size_ = size_bytes;
  return draft;
}

Result<std::unique_ptr<FileDraft>> FileDraft::Extending(
    const Parts& parts, std::shared_ptr<SealedFile> file,
    std::shared_ptr<HostFile> handle) {
  auto draft = std::make_unique<FileDraft>(parts);
  const MutexLock lock(draft->mutex_);
  draft->sealed_ = std::move(file);
  draft->file_ = std::move(handle);
  draft->size_ = draft->Frozen();
  // An earlier draft may have written on and never sealed that.
  WSFS_RETURN_IF_ERROR(draft->file_->Truncate(draft->size_));
  return draft;
}

FileDraft::~FileDraft() {
  const MutexLock lock(mutex_);
  DropFile();
}

void FileDraft::DropFile() {
  if (sealed_) {
    parts_.sealed->EndExtending(sealed_);
  } else if (file_) {
    parts_.staging->Remove(staged_);
  }
  sealed_.reset();
  file_.reset();
  staged_.clear();
}

std::uint64_t FileDraft::Frozen() const {
  return sealed_ ? parts_.sealed->LengthOf(*sealed_) : 0;
}

std::uint64_t FileDraft::size_bytes() const {
  const MutexLock lock(mutex_);
  return size_;
}

Result<std::size_t> FileDraft::ReadAt(std::uint64_t offset,
                                      std::span<std::byte> into) {
  const MutexLock lock(mutex_);
  if (offset >= size_) return std::size_t{0};
  const std::size_t length =
      std::min<std::uint64_t>(into.size(), size_ - offset);
  if (file_) return file_->ReadAt(offset, into.first(length));
  std::ranges::copy(BytesOf(memory_).subspan(offset, length), into.begin());
  return length;
}

Result<void> FileDraft::WriteAt(std::uint64_t offset,
                                std::span<const std::byte> bytes) {
  const MutexLock lock(mutex_);
  return WriteLocked(offset, bytes);
}

Result<std::uint64_t> FileDraft::Append(std::span<const std::byte> bytes) {
  const MutexLock lock(mutex_);
  const std::uint64_t offset = size_;
  WSFS_RETURN_IF_ERROR(WriteLocked(offset, bytes));
  return offset;
}

Result<void> FileDraft::WriteLocked(std::uint64_t offset,
                                    std::span<const std::byte> bytes) {
  if (bytes.empty()) return {};
  WSFS_RETURN_IF_ERROR(CheckRange(offset, bytes.size()));
  const std::uint64_t end = std::max(size_, offset + bytes.size());
  if (!file_ && end <= kInlineBytes) {
    memory_.resize(end);
    std::ranges::copy(TextOf(bytes),
                      memory_.begin() + static_cast<std::ptrdiff_t>(offset));
    size_ = end;
    return {};
  }
  if (!file_) {
    WSFS_RETURN_IF_ERROR(Spill());
  } else if (offset < Frozen()) {
    WSFS_RETURN_IF_ERROR(Detach(size_));
  }
  WSFS_RETURN_IF_ERROR(file_->WriteAt(offset, bytes));
  size_ = end;
  return {};
}

Result<void> FileDraft::Spill() {
  WSFS_TRY(auto made, parts_.staging->Make());
  auto written = made.handle->WriteAt(0, BytesOf(memory_));
  if (!written.ok()) {
    parts_.staging->Remove(made.path);
    return written;
  }
  staged_ = std::move(made.path);
  file_ = std::move(made.handle);
  memory_ = std::string();
  return {};
}

Result<void> FileDraft::Detach(std::uint64_t keep) {
  WSFS_TRY(auto made, parts_.staging->Make());
  auto copied = made.handle->CopyFrom(*file_, keep);
  if (!copied.ok()) {
    parts_.staging->Remove(made.path);
    return copied;
  }
  DropFile();
  staged_ = std::move(made.path);
  file_ = std::move(made.handle);
  size_ = keep;
  return {};
}

Result<void> FileDraft::Truncate(std::uint64_t size_bytes) {
  const MutexLock lock(mutex_);
  WSFS_RETURN_IF_ERROR(CheckRange(size_bytes, 0));
  if (size_bytes == size_) return {};
  if (!file_ && size_bytes <= kInlineBytes) {
    memory_.resize(size_bytes);
    size_ = size_bytes;
    return {};
  }
  if (file_ && size_bytes < size_ && size_bytes <= kInlineBytes) {
    // Back to memory: the file was for the bytes that are gone now.
    WSFS_TRY(memory_, ReadWhole(*file_, size_bytes));
    DropFile();
    size_ = size_bytes;
    return {};
  }
  if (!file_) {
    WSFS_RETURN_IF_ERROR(Spill());
  } else if (size_bytes < Frozen()) {
    return Detach(size_bytes);
  }
  const auto done = file_->Truncate(size_bytes);
  if (done.ok()) size_ = size_bytes;
  return done;
}

Result<void> FileDraft::AllocateInMemory(int mode, std::uint64_t offset,
                                         std::uint64_t length) {
  const bool keeps = (mode & FALLOC_FL_KEEP_SIZE) != 0;
  if ((mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) != 0 &&
      offset < size_) {
    const std::uint64_t end = std::min(size_, offset + length);
    std::ranges::fill(std::span(memory_).subspan(offset, end - offset), '\0');
  }
  const std::uint64_t end = keeps ? size_ : std::max(size_, offset + length);
  memory_.resize(end);
  size_ = end;
  return {};
}

Result<void> FileDraft::Allocate(int mode, std::uint64_t offset,
                                 std::uint64_t length) {
  constexpr int kKnown =
      FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE;
  if ((mode & ~kKnown) != 0)
    return Error(Errc::kUnsupported, "this form of fallocate is not there");
  const MutexLock lock(mutex_);
  if (length == 0) return Error(Errc::kInvalidArgument, "nothing to allocate");
  WSFS_RETURN_IF_ERROR(CheckRange(offset, length));
  const bool keeps = (mode & FALLOC_FL_KEEP_SIZE) != 0;
  if (!file_ && (keeps || offset + length <= kInlineBytes))
    return AllocateInMemory(mode, offset, length);
  if (!file_) {
    WSFS_RETURN_IF_ERROR(Spill());
  }
  const bool changes =
      (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) != 0;
  if (changes && offset < Frozen()) {
    WSFS_RETURN_IF_ERROR(Detach(size_));
  }
  WSFS_RETURN_IF_ERROR(file_->Allocate(mode, offset, length));
  if (!keeps) size_ = std::max(size_, offset + length);
  return {};
}

Result<std::uint64_t> FileDraft::SeekData(std::uint64_t offset) {
  const MutexLock lock(mutex_);
  if (offset >= size_ || !file_) return std::min(offset, size_);
  WSFS_TRY(const std::uint64_t found, file_->SeekData(offset));
  return std::min(found, size_);
}

Result<std::uint64_t> FileDraft::SeekHole(std::uint64_t offset) {
  const MutexLock lock(mutex_);
  if (offset >= size_ || !file_) return size_;
  WSFS_TRY(const std::uint64_t found, file_->SeekHole(offset));
  return std::min(found, size_);
}

Result<Content> FileDraft::Seal(std::uint64_t body) {
  const MutexLock lock(mutex_);
  return size_ <= kInlineBytes ? SealInline(body) : SealFile(body);
}

Result<Content> FileDraft::SealInline(std::uint64_t body) {
  std::string bytes = memory_;
  if (file_) {
    WSFS_TRY(bytes, ReadWhole(*file_, size_));
  }
  Content content;
  content.size_bytes = bytes.size();
  content.header = HeaderOf(bytes);
  content.digest = DigestOfBytes(bytes);
  content.place = BodyPlace::kInline;
  content.body = body;
  parts_.prepared->Put(body,
                       std::make_shared<const std::string>(std::move(bytes)));
  return content;
}

Result<Content> FileDraft::SealFile(std::uint64_t body) {
  if (sealed_ && !parts_.sealed->Extend(sealed_, body, size_)) {
    // What was sealed in this file was forgotten and its name is going away.
    WSFS_RETURN_IF_ERROR(Detach(size_));
  }
  if (!sealed_) {
    WSFS_TRY(sealed_, parts_.sealed->Take(staged_, file_, body, size_));
    staged_.clear();
  }
  auto content = Describe(body);
  if (!content.ok()) parts_.sealed->Forget(body);
  return content;
}

Result<Content> FileDraft::Describe(std::uint64_t body) {
  Content content;
  content.size_bytes = size_;
  WSFS_TRY(content.header, HeaderOfFile(*file_));
  if (size_ <= kDigestAtOnceBytes) {
    WSFS_TRY(content.digest, DigestOfFile(*file_, size_));
  }
  content.place = BodyPlace::kSealed;
  content.body = body;
  return content;
}

}  // namespace wsfs
