#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "core/fs/filesystem_impl.h"
#include "core/fs/tree_change.h"
#include "core/planner/changes.h"

namespace wsfs {
namespace {

// A seal that has to copy or hash more is not for a receiver.
constexpr std::uint64_t kSealAtOnceBytes = 1'048'576;
// Bytes from a mapping are closed when no more came for so long.
constexpr Milliseconds kQuiet{2'000};
// Ids for bodies are taken from the catalogue in lots.
constexpr std::uint64_t kBodyLot = 64;

}  // namespace

Result<std::uint64_t> FilesystemImpl::NewBodyId() {
  const MutexLock lock(ids_mutex_);
  if (next_body_ == end_body_) {
    // Nothing is written here: an id counts once a row names it.
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    const auto reserve = [&](Catalogue& catalogue) -> Result<void> {
      first = last = catalogue.NewId();
      while (last + 1 < first + kBodyLot) last = catalogue.NewId();
      return {};
    };
    WSFS_RETURN_IF_ERROR(ledger_.Transact(reserve));
    next_body_ = first;
    end_body_ = last + 1;
  }
  return next_body_++;
}

void FilesystemImpl::Discard(const Content& content) {
  Contents& contents = ledger_.store().contents();
  if (content.place == BodyPlace::kInline)
    contents.Unprepare(content);
  else
    contents.Forget(content);
}

// The one place where an open generation becomes an immutable one.
Result<void> FilesystemImpl::Seal(Inode& inode, SealFor purpose) {
  std::shared_ptr<Draft> draft;
  {
    const MutexLock lock(inode.state);
    draft = inode.draft;
  }
  if (draft == nullptr) return {};
  if (!RowOf(inode.id).exists) {  // removed: its bytes live until the last
    const MutexLock lock(inode.state);  // handle goes, and never come back
    inode.changed = false;
    return {};
  }
  WSFS_TRY(const std::uint64_t body, NewBodyId());
  WSFS_TRY(const Content content,
           ledger_.store().contents().Seal(*draft, body, false));
  const auto too_large = CommitSealed(inode, purpose, content);
  if (!too_large.ok()) {
    Discard(content);
    return too_large.error();
  }
  return *too_large ? Result<void>(TooLargeToSend()) : Result<void>();
}

// True: kept, but refused as too large for a source notebook.
Result<bool> FilesystemImpl::CommitSealed(Inode& inode, SealFor purpose,
                                          const Content& content) {
  std::optional<WallNanos> stamp;
  int writers = 0;
  MountId writer_mount = 0;
  {
    const MutexLock lock(inode.state);
    stamp = inode.stamp;
    writers = inode.writers;
    writer_mount = inode.writer_mount;
  }
  const PlanMillis now = ledger_.Now();
  Generation before = kNoGeneration;
  bool too_large = false;
  const auto commit = [&](Catalogue& catalogue) -> Result<void> {
    const Node* row = catalogue.FindNode(inode.id);
    if (row == nullptr || row->detached())
      return Error(Errc::kNotFound, "the file was removed meanwhile");
    before = row->gen;
    Node& node = TakeSealed(catalogue, inode.id, content, now);
    too_large = !node.refused.empty();
    node.unclosed = purpose == SealFor::kRecovery;
    if (stamp.has_value()) {
      node.attributes.mtime = *stamp;
      node.attributes.ctime = std::max(node.attributes.ctime, *stamp);
    }
    catalogue.SetOpenState(inode.id, writers, false);
    return {};
  };
  const auto committed =
      ledger_.Transact(Durability::kProcess, writer_mount, commit);
  if (!committed.ok() && committed.error().code() != Errc::kNotFound)
    return committed.error();
  {
    const MutexLock lock(inode.state);
    inode.changed = false;
    inode.stamp.reset();
    if (committed.ok()) inode.writer_mount = 0;
  }
  if (!committed.ok()) return committed.error();
  counts_.Advance(writer_mount, inode.id, before, before + 1);
  return too_large;
}

// What an fsync sealed may be sent now.
Result<void> FilesystemImpl::FinishClose(Inode& inode) {
  if (!RowOf(inode.id).unclosed) return {};
  const PlanMillis now = ledger_.Now();
  bool too_large = false;
  const auto close = [&](Catalogue& catalogue) -> Result<void> {
    if (catalogue.FindNode(inode.id) == nullptr) return {};
    Node& node = catalogue.EditNode(inode.id);
    too_large =
        node.content && IsTooLargeToSend(catalogue, node, *node.content);
    node.unclosed = false;
    node.closed = now;
    node.refused = too_large ? kTooLargeText : "";
    return {};
  };
  WSFS_RETURN_IF_ERROR(ledger_.Transact(close));
  return too_large ? Result<void>(TooLargeToSend()) : Result<void>();
}

void FilesystemImpl::GiveUpDraft(Inode& inode) {
  std::shared_ptr<Draft> freed;  // outside the lock: it may close a file
  const FileRow row = RowOf(inode.id);
  bool readers = false;
  {
    const MutexLock lock(inode.state);
    readers = inode.draft != nullptr && inode.handles > 0;
  }
  // Who reads on reads the sealed bytes now, also when the row goes.
  std::shared_ptr<Body> body;
  if (readers && row.exists) {
    auto local = LocalBody(row);
    if (local.ok()) body = *std::move(local);
  }
  const MutexLock lock(inode.state);
  if (inode.writers > 0 || inode.changed || inode.draft == nullptr) return;
  if (inode.handles > 0) {
    // Of a removed file the draft is all there is left.
    if (body == nullptr) return;
    inode.body = std::move(body);
    inode.body_gen = row.gen;
  }
  freed = std::move(inode.draft);
}

Result<void> FilesystemImpl::Flush(MountId mount, HandleId id,
                                   const Caller& caller,
                                   const Waiting& waiting) {
  const auto handle = handles_.File(id);
  if (handle == nullptr || !handle->flags.write) return {};
  if (caller.process != handle->process) return {};
  Inode& inode = *handle->inode;
  std::optional<Wait> wait;
  Awaited awaited;
  {
    const MutexLock lock(inode.op);
    if (!handle->changed) return {};
    wait = WaitAtClose(mount, inode.id, waiting);
    awaited.after = syncer_.LastFailure();
    if ((wait || SealsMuch(inode)) && !waiting.allowed())
      return Error(Errc::kWouldBlock, "a close that waits");
    WSFS_TRY(const bool exists, CloseHandle(*handle));
    if (!exists) return {};
    awaited.change = NodeStands{.node = inode.id, .gen = RowOf(inode.id).gen};
  }
  if (!wait) return {};
  return AwaitClosed(*wait, awaited, waiting);
}

bool FilesystemImpl::SealsMuch(const Inode& inode) {
  const MutexLock lock(inode.state);
  return inode.changed && inode.draft != nullptr &&
         inode.draft->size_bytes() > kSealAtOnceBytes;
}

// False: the file was removed meanwhile, and nobody misses its bytes.
Result<bool> FilesystemImpl::CloseHandle(FileHandle& handle) {
  Inode& inode = *handle.inode;
  bool changed = false;
  {
    const MutexLock lock(inode.state);
    changed = inode.changed;
  }
  const auto closed =
      changed ? Seal(inode, SealFor::kPushing) : FinishClose(inode);
  if (closed.ok() || closed.error().code() == Errc::kTooLarge)
    handle.changed = false;
  if (!closed.ok() && closed.error().code() == Errc::kNotFound) return false;
  if (!closed.ok()) return closed.error();
  return true;
}

void FilesystemImpl::Release(MountId /*mount*/, HandleId id) {
  auto handle = handles_.TakeFile(id);
  if (handle == nullptr) return;
  const bool wrote = handle->flags.write;
  const InodeTable::Use use = inodes_.Ensure(handle->inode->id);
  handle.reset();
  const MutexLock lock(use->op);
  bool last_writer = false;
  bool changed = false;
  {
    const MutexLock state(use->state);
    --use->handles;
    if (wrote) --use->writers;
    last_writer = wrote && use->writers == 0;
    changed = use->changed;
  }
  if (last_writer) {
    const auto closed =
        changed ? Seal(*use, SealFor::kPushing) : FinishClose(*use);
    if (!closed.ok() && closed.error().code() != Errc::kNotFound)
      Log(LogLevel::kError, "closing node {}: {}", use->id,
          closed.error().message());
  }
  if (wrote) PublishOpenState(*use);
  GiveUpDraft(*use);
  const bool exists = RowOf(use->id).exists;
  const MutexLock state(use->state);
  if (use->handles > 0) return;
  use->body.reset();
  use->hydration.reset();
  if (exists) use->last.reset();
}

Result<void> FilesystemImpl::Fsync(MountId mount, HandleId id,
                                   bool /*data_only*/, const Waiting& waiting) {
  const auto handle = handles_.File(id);
  if (handle == nullptr)
    return Error(Errc::kInvalidArgument, "this file is not open (any more)");
  if (!waiting.allowed())
    return Error(Errc::kWouldBlock, "the disk is waited for");
  Inode& inode = *handle->inode;
  const bool remote = FsyncAt(mount, inode.id) == FsyncPolicy::kRemote;
  const FailureNumber before = syncer_.LastFailure();
  WSFS_RETURN_IF_ERROR(
      SealForFsync(inode, remote ? SealFor::kPushing : SealFor::kRecovery));
  // Under no lock: what was sealed, now or at a close before, and its row.
  WSFS_RETURN_IF_ERROR(ledger_.store().Barrier());
  if (!remote) return {};
  return AwaitClosed(
      WaitThrough(),
      {.change = NodeStands{.node = inode.id, .gen = RowOf(inode.id).gen},
       .after = before},
      waiting);
}

Result<void> FilesystemImpl::SealForFsync(Inode& inode, SealFor purpose) {
  const MutexLock lock(inode.op);
  bool changed = false;
  {
    const MutexLock state(inode.state);
    changed = inode.changed;
  }
  if (!changed && purpose == SealFor::kRecovery) return {};
  auto sealed = changed ? Seal(inode, purpose) : FinishClose(inode);
  if (sealed.ok()) return {};
  // A removed file has nothing to keep; a notebook over the limit is the
  // close's to say.
  const Errc code = sealed.error().code();
  const bool nothing =
      code == Errc::kNotFound ||
      (code == Errc::kTooLarge && purpose == SealFor::kRecovery);
  return nothing ? Result<void>() : sealed;
}

void FilesystemImpl::OnTimer() {
  SealDraftsQuietFor(kQuiet);
}

void FilesystemImpl::SealIdleDrafts() {
  SealDraftsQuietFor(Milliseconds(0));
}

void FilesystemImpl::SealDraftsQuietFor(Milliseconds quiet) {
  const SteadyTime now = ledger_.clock().Now();
  for (const InodeTable::Use& use : inodes_.All()) {
    const MutexLock lock(use->op);
    {
      const MutexLock state(use->state);
      if (!use->changed || use->writers > 0 || now - use->last_write < quiet)
        continue;
    }
    const auto sealed = Seal(*use, SealFor::kPushing);
    if (!sealed.ok() && sealed.error().code() != Errc::kNotFound)
      Log(LogLevel::kError, "closing node {}: {}", use->id,
          sealed.error().message());
    GiveUpDraft(*use);
  }
}

}  // namespace wsfs
