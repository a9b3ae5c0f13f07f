// The handles of views: what is open, and what becomes of what was written.

#include <utility>

#include <fmt/format.h>

#include "core/views/view_filesystem.h"

namespace wsfs {
namespace {

/// The longest that a save without a caller may take.
constexpr Milliseconds kTimersSave{2'000};
/// A kernel that is told of a change may be busy with the same file.
constexpr Milliseconds kTellingTime{200};

Error NotOfViews(std::string_view what) {
  return {Errc::kUnsupported,
          fmt::format("{} a view of a notebook is not possible", what)};
}

/// It may be possible later.
bool MayPass(const Error& error) {
  return error.code() == Errc::kBusy || error.code() == Errc::kStale ||
         error.code() == Errc::kTimeout || error.code() == Errc::kUnreachable ||
         error.code() == Errc::kUnavailable ||
         error.code() == Errc::kThrottled || error.code() == Errc::kNoSpace;
}

}  // namespace

Result<Opened> ViewFilesystem::Open(MountId mount, NodeId node,
                                    const OpenFlags& flags,
                                    const Caller& caller,
                                    const Waiting& waiting) {
  if (const auto target = TargetOf(node)) {
    // Who empties a view that nobody has read writes a file of his own: the
    // kernel looks the name up again, and makes it.
    const bool own = flags.write && flags.truncate && !flags.read &&
                     !(IsWritable(target->view) && texts_.IsRead(*target));
    if (own) {
      Hide(*target);
      return Error(Errc::kStale, "the name is free for a file");
    }
    if (flags.write && !IsWritable(target->view)) return ForReading();
    return OpenTarget(*target, flags, caller, waiting);
  }
  const bool may_flip = MayFlip(node, waiting);
  auto opened = files().Open(mount, node, flags, caller, waiting);
  if (!opened.ok()) return opened;
  const auto named = CheckName(node, may_flip);
  if (named.ok()) return opened;
  files().Release(mount, opened->handle);
  return named.error();
}

Result<Opened> ViewFilesystem::OpenTarget(const ViewTarget& target,
                                          const OpenFlags& flags,
                                          const Caller& caller,
                                          const Waiting& waiting) {
  std::shared_ptr<OpenView> view = written_.Find(target);
  if (view == nullptr) {
    WSFS_TRY(const auto text, flags.truncate ? texts_.BaseOf(target, waiting)
                                             : texts_.Now(target, waiting));
    view = std::make_shared<OpenView>(text->native, text->text);
    if (flags.read) texts_.WasRead(text);
  }
  if (flags.write) view = written_.Join(target, std::move(view));
  auto handle = std::make_shared<Handle>();
  handle->target = target;
  handle->flags = flags;
  handle->process = caller.process;
  if (flags.write && flags.truncate && view->size_bytes() > 0)
    handle->changed = view->Resize(0).ok();
  handle->view = std::move(view);
  const MutexLock lock(mutex_);
  const HandleId id = kViewHandles | ++last_handle_;
  handles_[id] = std::move(handle);
  return Opened{.handle = id, .keep_cache = false, .uncached = true};
}

Result<std::size_t> ViewFilesystem::Read(HandleId handle, std::uint64_t offset,
                                         std::span<std::byte> into,
                                         const Waiting& waiting) {
  if (const HandlePtr open = Find(handle))
    return open->view->ReadAt(offset, into);
  return files().Read(handle, offset, into, waiting);
}

Result<std::size_t> ViewFilesystem::Write(MountId mount, HandleId handle,
                                          std::uint64_t offset,
                                          std::span<const std::byte> bytes,
                                          const Waiting& waiting) {
  const HandlePtr open = Find(handle);
  if (open == nullptr)
    return files().Write(mount, handle, offset, bytes, waiting);
  WSFS_RETURN_IF_ERROR(open->flags.append ? open->view->Append(bytes)
                                          : open->view->WriteAt(offset, bytes));
  open->changed = true;
  return bytes.size();
}

Result<void> ViewFilesystem::Flush(MountId mount, HandleId handle,
                                   const Caller& caller,
                                   const Waiting& waiting) {
  const HandlePtr open = Find(handle);
  if (open == nullptr) return files().Flush(mount, handle, caller, waiting);
  // What another handle has half written is its own to close.
  if (!open->changed || caller.process != open->process) return {};
  return SaveHandle(mount, *open, ViewTexts::Reach::kClosed, waiting);
}

Result<void> ViewFilesystem::Fsync(MountId mount, HandleId handle,
                                   bool data_only, const Waiting& waiting) {
  const HandlePtr open = Find(handle);
  if (open == nullptr) return files().Fsync(mount, handle, data_only, waiting);
  if (!waiting.allowed())
    return Error(Errc::kWouldBlock, "the disk is waited for");
  if (!open->changed) return ledger_.store().Barrier();
  return SaveHandle(mount, *open, ViewTexts::Reach::kSynced, waiting);
}

Result<void> ViewFilesystem::SaveHandle(MountId mount, const Handle& handle,
                                        ViewTexts::Reach reach,
                                        const Waiting& waiting) {
  auto saved = texts_.Save(mount, handle.target, *handle.view, reach, waiting);
  if (!handle.view->changed()) handle.changed = false;
  // Who looks at the notebook after the close sees the edit.
  ledger_.WaitToldKernels(kTellingTime);
  return saved;
}

// Nothing is waited for here: what was written behind the last FLUSH, or could
// not be saved at it, is the timer's.
void ViewFilesystem::Release(MountId mount, HandleId handle) {
  HandlePtr open;
  {
    const MutexLock lock(mutex_);
    const auto found = handles_.find(handle);
    if (found != handles_.end()) {
      open = std::move(found->second);
      handles_.erase(found);
    }
  }
  if (open == nullptr)
    files().Release(mount, handle);
  else if (open->flags.write)
    written_.Leave(mount, open->target);
}

void ViewFilesystem::OnTimer() {
  files().OnTimer();
  for (const auto& left : written_.Left(WrittenViews::Which::kQuiet))
    SaveLeft(left);
}

void ViewFilesystem::SealIdleDrafts() {
  for (const auto& left : written_.Left(WrittenViews::Which::kAll))
    SaveLeft(left);
  files().SealIdleDrafts();
}

// Somebody may open it for writing at any moment of this. Then it is his.
void ViewFilesystem::SaveLeft(const WrittenViews::Unsaved& left) {
  const auto edit = left.view->ToSave();
  const auto saved = texts_.Save(
      left.mount, left.target, *left.view, ViewTexts::Reach::kClosed,
      Waiting::Until(ledger_.clock().Now() + kTimersSave));
  if (edit && left.view->changed() && !saved.ok() &&
      written_.IsHopeless(left.target, MayPass(saved.error())))
    texts_.GiveUp(left.target, *left.view, *edit, saved.error());
  written_.Settle(left.target);
}

void ViewFilesystem::GiveUpUnsaved() {
  for (const auto& unsaved : written_.Changed()) {
    if (const auto edit = unsaved.view->ToSave())
      texts_.GiveUp(unsaved.target, *unsaved.view, *edit,
                    Error(Errc::kUnavailable,
                          "the mount ended before it could be saved"));
  }
}

// NOLINTNEXTLINE(readability-function-size): its interface
Result<void> ViewFilesystem::Allocate(MountId mount, HandleId handle, int mode,
                                      std::uint64_t offset,
                                      std::uint64_t length,
                                      const Waiting& waiting) {
  if (Find(handle) != nullptr) return NotOfViews("allocating space in");
  return files().Allocate(mount, handle, mode, offset, length, waiting);
}

Result<std::uint64_t> ViewFilesystem::SeekIn(HandleId handle,
                                             std::uint64_t offset, Seek what,
                                             const Waiting& waiting) {
  const HandlePtr open = Find(handle);
  if (open == nullptr) return files().SeekIn(handle, offset, what, waiting);
  const std::uint64_t size = open->view->size_bytes();
  if (offset >= size)
    return Error(Errc::kNoSuchOffset, "the offset is behind the end");
  return what == Seek::kData ? offset : size;
}

// NOLINTNEXTLINE(readability-function-size): its interface
Result<std::size_t> ViewFilesystem::CopyRange(
    MountId mount, HandleId from, std::uint64_t from_offset, HandleId to,
    std::uint64_t to_offset, std::size_t length, const Waiting& waiting) {
  if (Find(from) != nullptr || Find(to) != nullptr)
    return NotOfViews("copying ranges of");
  return files().CopyRange(mount, from, from_offset, to, to_offset, length,
                           waiting);
}

ViewFilesystem::HandlePtr ViewFilesystem::Find(HandleId id) {
  if ((id & kViewHandles) == 0) return nullptr;
  const MutexLock lock(mutex_);
  const auto found = handles_.find(id);
  return found == handles_.end() ? nullptr : found->second;
}

}  // namespace wsfs
