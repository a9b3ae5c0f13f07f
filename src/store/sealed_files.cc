#include "store/sealed_files.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"

namespace wsfs {

std::filesystem::path SealedFiles::PathOf(std::uint64_t number) const {
  return folder_ / fmt::format("{}", number);
}

void SealedFiles::Load(std::uint64_t body, std::uint64_t file,
                       std::uint64_t size_bytes, bool synced,
                       const std::optional<Hash>& blob) {
  const MutexLock lock(mutex_);
  auto& known = files_[file];
  if (!known) {
    known = std::make_shared<SealedFile>();
    known->number = file;
  }
  known->longest = std::max(known->longest, size_bytes);
  ++known->bodies;
  bodies_[body] = {.file = known,
                   .size_bytes = size_bytes,
                   .synced = synced,
                   .recorded = true,
                   .blob = blob};
  if (!synced) unsynced_.insert(body);
}

Result<void> SealedFiles::Sweep() {
  const MutexLock lock(mutex_);
  WSFS_TRY(const auto names, host_.List(folder_));
  for (const std::string& name : names) {
    std::uint64_t number = 0;
    const auto read =
        std::from_chars(name.data(), name.data() + name.size(), number);
    const bool ours =
        read.ec == std::errc() && read.ptr == name.data() + name.size();
    if (ours && files_.contains(number)) continue;
    WSFS_RETURN_IF_ERROR(host_.Remove(folder_ / name));
  }
  return {};
}

Result<std::shared_ptr<SealedFile>> SealedFiles::Take(
    const std::filesystem::path& staged,
    const std::shared_ptr<HostFile>& handle, std::uint64_t body,
    std::uint64_t size_bytes) {
  WSFS_RETURN_IF_ERROR(host_.Rename(staged, PathOf(body)));
  auto file = std::make_shared<SealedFile>();
  file->number = body;
  file->longest = size_bytes;
  file->bodies = 1;
  file->extended = true;
  file->open = handle;
  const MutexLock lock(mutex_);
  files_[body] = file;
  bodies_[body] = {.file = file, .size_bytes = size_bytes, .blob = {}};
  return file;
}

bool SealedFiles::Extend(const std::shared_ptr<SealedFile>& file,
                         std::uint64_t body, std::uint64_t size_bytes) {
  const MutexLock lock(mutex_);
  // A doomed file is on its way out: nobody may come back to it.
  if (file->removed || file->bodies == 0) return false;
  ++file->bodies;
  file->longest = std::max(file->longest, size_bytes);
  bodies_[body] = {.file = file, .size_bytes = size_bytes, .blob = {}};
  return true;
}

std::shared_ptr<SealedFile> SealedFiles::BeginExtending(std::uint64_t body) {
  const MutexLock lock(mutex_);
  const auto found = bodies_.find(body);
  if (found == bodies_.end() || found->second.blob) return nullptr;
  const auto& file = found->second.file;
  if (file->extended || file->longest != found->second.size_bytes)
    return nullptr;
  file->extended = true;
  return file;
}

void SealedFiles::EndExtending(const std::shared_ptr<SealedFile>& file) {
  const MutexLock lock(mutex_);
  file->extended = false;
}

std::uint64_t SealedFiles::LengthOf(const SealedFile& file) const {
  const MutexLock lock(mutex_);
  return file.longest;
}

std::optional<SealedBody> SealedFiles::Find(std::uint64_t body) const {
  const MutexLock lock(mutex_);
  const auto found = bodies_.find(body);
  if (found == bodies_.end()) return std::nullopt;
  return found->second;
}

Result<std::shared_ptr<HostFile>> SealedFiles::Open(const SealedBody& body) {
  const MutexLock lock(mutex_);
  if (auto open = body.file->open.lock()) return open;
  WSFS_TRY(std::shared_ptr<HostFile> file,
           host_.Open(PathOf(body.file->number), OpenMode::kReadWrite));
  body.file->open = file;
  return file;
}

void SealedFiles::MarkRecorded(std::uint64_t body) {
  const MutexLock lock(mutex_);
  const auto found = bodies_.find(body);
  if (found == bodies_.end() || found->second.recorded) return;
  found->second.recorded = true;
  if (!found->second.synced) unsynced_.insert(body);
}

void SealedFiles::MarkSynced(std::uint64_t body) {
  const MutexLock lock(mutex_);
  unsynced_.erase(body);
  const auto found = bodies_.find(body);
  if (found != bodies_.end()) found->second.synced = true;
}

std::vector<std::uint64_t> SealedFiles::Unsynced() const {
  const MutexLock lock(mutex_);
  return {unsynced_.begin(), unsynced_.end()};
}

Result<void> SealedFiles::SyncBytes(const std::vector<std::uint64_t>& bodies) {
  std::set<std::uint64_t> done;
  for (const std::uint64_t number : bodies) {
    const auto body = Find(number);
    if (!body || body->blob || !done.insert(body->file->number).second)
      continue;
    const auto file = Open(*body);
    // Lost with the power and reported then (StoreDb::Load).
    if (!file.ok() && file.error().code() == Errc::kNotFound) continue;
    if (!file.ok()) return file.error();
    WSFS_RETURN_IF_ERROR((*file)->Sync());
  }
  if (done.empty()) return {};
  return host_.SyncDirectory(folder_);
}

void SealedFiles::Forget(std::uint64_t body) {
  const MutexLock lock(mutex_);
  const auto found = bodies_.find(body);
  if (found == bodies_.end()) return;
  const SealedBody gone = std::move(found->second);
  bodies_.erase(found);
  unsynced_.erase(body);
  if (gone.blob) doomed_.blobs.push_back(*gone.blob);
  if (--gone.file->bodies > 0) return;
  files_.erase(gone.file->number);
  if (!gone.file->removed) doomed_.files.push_back(gone.file);
}

SealedFiles::Doomed SealedFiles::TakeDoomed() {
  const MutexLock lock(mutex_);
  // The blobs stay pinned until RemoveFiles.
  return {.files = std::exchange(doomed_.files, {}), .blobs = doomed_.blobs};
}

void SealedFiles::GiveBack(Doomed doomed) {
  const MutexLock lock(mutex_);
  std::ranges::move(doomed.files, std::back_inserter(doomed_.files));
}

void SealedFiles::RemoveFiles(const Doomed& doomed) {
  for (const auto& file : doomed.files) {
    const auto removed = host_.Remove(PathOf(file->number));
    // What stays is swept at the next start.
    if (!removed.ok()) Log(LogLevel::kWarn, "{}", removed.error().message());
    const MutexLock lock(mutex_);
    file->removed = true;
  }
  const MutexLock lock(mutex_);
  for (const Hash& hash : doomed.blobs) {
    const auto found = std::ranges::find(doomed_.blobs, hash);
    if (found != doomed_.blobs.end()) doomed_.blobs.erase(found);
  }
}

Result<bool> SealedFiles::MoveToBlob(std::uint64_t body, const Hash& hash,
                                     const std::filesystem::path& blob) {
  const MutexLock lock(mutex_);
  const auto found = bodies_.find(body);
  if (found == bodies_.end()) return false;
  SealedFile& file = *found->second.file;
  if (file.bodies != 1 || file.extended || file.removed ||
      file.longest != found->second.size_bytes) {
    return false;
  }
  WSFS_RETURN_IF_ERROR(host_.Rename(PathOf(file.number), blob));
  file.removed = true;
  found->second.blob = hash;
  unsynced_.erase(body);
  return true;
}

std::set<Hash> SealedFiles::PinnedBlobs() const {
  const MutexLock lock(mutex_);
  std::set<Hash> pinned(doomed_.blobs.begin(), doomed_.blobs.end());
  for (const auto& [number, body] : bodies_)
    if (body.blob) pinned.insert(*body.blob);
  return pinned;
}

}  // namespace wsfs
