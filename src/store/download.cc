#include "store/download.h"

#include <algorithm>
#include <utility>

#include "store/bodies.h"

namespace wsfs {

FileDownload::~FileDownload() {
  const MutexLock lock(mutex_);
  Clear();
}

void FileDownload::Clear() {
  if (!path_.empty()) staging_.Remove(path_);
  path_.clear();
  file_.reset();
  memory_.clear();
  taken_ = 0;
  digester_ = ContentDigester();
}

Result<void> FileDownload::Restart() {
  const MutexLock lock(mutex_);
  Clear();
  return {};
}

Result<void> FileDownload::Take(std::span<const std::byte> bytes) {
  const MutexLock lock(mutex_);
  if (!file_ && taken_ + bytes.size() <= kInlineBytes) {
    memory_ += TextOf(bytes);
  } else {
    if (!file_) {
      WSFS_TRY(auto made, staging_.Make());
      path_ = std::move(made.path);
      file_ = std::move(made.handle);
      WSFS_RETURN_IF_ERROR(file_->WriteAt(0, BytesOf(memory_)));
      memory_ = std::string();
    }
    WSFS_RETURN_IF_ERROR(file_->WriteAt(taken_, bytes));
  }
  digester_.Update(bytes);
  taken_ += bytes.size();
  return {};
}

std::uint64_t FileDownload::taken_bytes() const {
  const MutexLock lock(mutex_);
  return taken_;
}

Result<std::size_t> FileDownload::ReadAt(std::uint64_t offset,
                                         std::span<std::byte> into) {
  const MutexLock lock(mutex_);
  if (offset >= taken_) return std::size_t{0};
  const std::size_t length =
      std::min<std::uint64_t>(into.size(), taken_ - offset);
  if (file_) return file_->ReadAt(offset, into.first(length));
  std::ranges::copy(BytesOf(memory_).subspan(offset, length), into.begin());
  return length;
}

Result<Content> FileDownload::Finish() {
  const MutexLock lock(mutex_);
  Content content;
  content.size_bytes = taken_;
  content.header = digester_.header();
  WSFS_TRY(const Content::Digest digest,
           digester_.Finish([&]() REQUIRES(mutex_) -> Result<std::string> {
             if (file_) return ReadWhole(*file_, content.size_bytes);
             return memory_;
           }));
  content.digest = digest;
  return File(content, digest.raw);
}

Result<Content> FileDownload::File(Content content, const Hash& hash) {
  if (file_) {
    content.place = BodyPlace::kBlob;
    WSFS_RETURN_IF_ERROR(cache_.TakeBlob(path_, hash, content.size_bytes));
    path_.clear();
  } else {
    content.place = BodyPlace::kClean;
    WSFS_RETURN_IF_ERROR(cache_.PutSmall(hash, memory_));
  }
  return content;
}

}  // namespace wsfs
