// A whole content at once, as a view of a notebook has it.

#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "core/fs/filesystem_impl.h"
#include "core/fs/tree_change.h"
#include "core/planner/changes.h"

namespace wsfs {

Result<Filesystem::Replaced> FilesystemImpl::Replace(
    MountId mount, NodeId node, const Replacement& replacement,
    const Waiting& waiting) {
  if (!waiting.allowed())
    return Error(Errc::kWouldBlock, "a content that is written as a whole");
  auto wait = WaitAtClose(mount, node, waiting);
  if (replacement.synced && FsyncAt(mount, node) == FsyncPolicy::kRemote)
    wait = WaitThrough();
  const Awaited stands = {
      .change = NodeStands{.node = node, .gen = replacement.seen + 1},
      .after = syncer_.LastFailure()};
  Contents& contents = ledger_.store().contents();
  WSFS_TRY(const auto draft, contents.NewDraft());
  WSFS_RETURN_IF_ERROR(
      draft->WriteAt(0, std::as_bytes(std::span(replacement.bytes))));
  WSFS_TRY(const std::uint64_t body, NewBodyId());
  WSFS_TRY(const Content content, contents.Seal(*draft, body, false));
  const InodeTable::Use use = inodes_.Ensure(node);
  const auto too_large = CommitReplaced(*use, replacement, content);
  if (!too_large.ok()) {
    Discard(content);
    return too_large.error();
  }
  if (*too_large) return Replaced{.verdict = TooLargeToSend()};
  const auto verdict = AwaitReplaced(replacement.synced, wait, stands, waiting);
  return verdict.ok() ? Replaced() : Replaced{.verdict = verdict.error()};
}

Result<void> FilesystemImpl::AwaitReplaced(bool synced,
                                           const std::optional<Wait>& wait,
                                           const Awaited& what,
                                           const Waiting& waiting) {
  if (synced) {
    WSFS_RETURN_IF_ERROR(ledger_.store().Barrier());
  }
  return wait ? AwaitClosed(*wait, what, waiting) : Result<void>();
}

// True: kept, but refused as too large for a source notebook.
Result<bool> FilesystemImpl::CommitReplaced(Inode& inode,
                                            const Replacement& replacement,
                                            const Content& content) {
  const NodeId id = inode.id;
  const ChangeTimes now = Now();
  // Whoever begins to write takes `op` first: a draft is seen here, or it
  // begins with these bytes.
  const MutexLock lock(inode.op);
  {
    const MutexLock state(inode.state);
    if (inode.draft != nullptr || inode.changed || inode.writers > 0)
      return Error(Errc::kBusy,
                   "the file is being written by another; try again");
  }
  bool too_large = false;
  const auto commit = [&](Catalogue& catalogue) -> Result<void> {
    const Node* row = catalogue.FindNode(id);
    if (row == nullptr || row->detached())
      return Error(Errc::kStale, "the file was removed meanwhile");
    if (row->gen != replacement.seen || IsBusy(*row))
      return Error(Errc::kBusy, fmt::format("{} is being written by another; "
                                            "try again",
                                            catalogue.ShownPathOf(*row)));
    Node& node = TakeSealed(catalogue, id, content, now.plan);
    node.unclosed = false;
    too_large = !node.refused.empty();
    StampContent(node, now.wall);
    return {};
  };
  WSFS_RETURN_IF_ERROR(
      ledger_.Transact(Durability::kProcess, kNoKernel, commit));
  return too_large;
}

}  // namespace wsfs
