#include <utility>

#include <fmt/format.h>

#include "core/fs/filesystem_impl.h"
#include "core/fs/naming.h"

namespace wsfs {
namespace {

// A listing that is discarded because we changed something meanwhile
// (planner.md §7) is asked again; more often than this means trouble.
constexpr int kListingTries = 4;

Error NoSuchName(std::string_view name) {
  return {Errc::kNotFound, fmt::format("{}: there is no such entry", name)};
}

}  // namespace

FilesystemImpl::FilesystemImpl(Ledger& ledger, Syncer& syncer,
                               const Options& options)
    : ledger_(ledger), syncer_(syncer), options_(options) {}

std::unique_ptr<Filesystem> Filesystem::Make(Ledger& ledger, Syncer& syncer,
                                             const Options& options) {
  return std::make_unique<FilesystemImpl>(ledger, syncer, options);
}

ChangeTimes FilesystemImpl::Now() {
  return {.plan = ledger_.Now(), .wall = ledger_.clock().Wall()};
}

Result<void> FilesystemImpl::EnsureListed(NodeId directory,
                                          const Waiting& waiting) {
  for (int i = 0; i < kListingTries; ++i) {
    const auto listed = ledger_.Read([&](const Catalogue& catalogue) {
      const Node* node = catalogue.FindNode(directory);
      if (node == nullptr || node->detached())
        return Result<bool>(Error(Errc::kNotFound, "the folder is gone"));
      if (node->kind != NodeKind::kDirectory)
        return Result<bool>(
            Error(Errc::kNotADirectory,
                  catalogue.ShownPathOf(*node) + " is not a folder"));
      return Result<bool>(IsListed(*node));
    });
    if (!listed.ok()) return listed.error();
    if (*listed) return {};
    if (!waiting.allowed())
      return Error(Errc::kWouldBlock, "the folder is not listed yet");
    WSFS_RETURN_IF_ERROR(syncer_.LoadDirectory(directory, false, waiting));
  }
  return Error(Errc::kBusy,
               "the folder changes faster than it can be listed; try again");
}

Result<FilesystemImpl::Entry> FilesystemImpl::FindEntry(
    NodeId directory, std::string_view name, const Waiting& waiting) {
  WSFS_RETURN_IF_ERROR(CheckName(name));
  const auto look = [&](const Catalogue& catalogue) {
    Entry entry;
    const Node* parent = catalogue.FindNode(directory);
    if (parent == nullptr || IsHiddenName(name)) return entry;
    const Node* node = catalogue.Child(directory, name);
    if (node == nullptr) {
      node = AliasedNotebook(catalogue, *parent, name);
      entry.alias = node != nullptr;
    }
    if (node != nullptr) {
      entry.node = node->id;
      entry.kind = node->kind;
    }
    return entry;
  };
  // A name that is known needs no listing; only its absence does.
  const Entry known = ledger_.Read(look);
  if (known.node != kNoNode && !known.alias) return known;
  WSFS_RETURN_IF_ERROR(EnsureListed(directory, waiting));
  return ledger_.Read(look);
}

Result<Stat> FilesystemImpl::StatNow(NodeId id) {
  const InodeTable::Use use = inodes_.Find(id);
  OpenState open;
  if (use) open = OpenStateOf(*use);
  const auto row = ledger_.Read([&](const Catalogue& catalogue) {
    const Node* node = catalogue.FindNode(id);
    if (node == nullptr || node->detached()) return std::optional<Stat>();
    return std::optional<Stat>(StatOf(catalogue, *node));
  });
  if (row.has_value()) return WithOpenState(*row, open);
  // The kernel looks the path up again, and finds what has the name now.
  const Error gone(Errc::kStale, "the entry was removed meanwhile");
  if (!use) return gone;
  const Inode& inode = *use;
  const MutexLock lock(inode.state);
  const std::optional<Node>& last = inode.last;
  if (!last.has_value()) return gone;
  Stat stat = StatOfRemoved(*last);
  if (inode.body != nullptr) stat.size_bytes = inode.body->size_bytes();
  return WithOpenState(stat, open);
}

Result<Stat> FilesystemImpl::StatForKernel(MountId mount, NodeId node) {
  WSFS_TRY(const Stat stat, StatNow(node));
  counts_.Add(mount, node);
  return stat;
}

Result<Stat> FilesystemImpl::Lookup(MountId mount, NodeId directory,
                                    std::string_view name,
                                    const Caller& /*caller*/,
                                    const Waiting& waiting) {
  // A node that was replaced between the two looks has left its name to
  // another: who looks up a name that is there must find it.
  constexpr int kLooks = 16;
  for (int look = 0; look < kLooks; ++look) {
    WSFS_TRY(const Entry entry, FindEntry(directory, name, waiting));
    if (entry.node == kNoNode) return NoSuchName(name);
    auto found = StatForKernel(mount, entry.node);
    if (!found.ok() && found.error().code() == Errc::kStale) continue;
    WSFS_TRY(Stat stat, std::move(found));
    stat.alias = entry.alias;
    return stat;
  }
  return Error(Errc::kStale, "the entry is replaced again and again");
}

void FilesystemImpl::Forget(MountId mount, NodeId node, std::uint64_t count) {
  if (counts_.Forget(mount, node, count)) inodes_.Forgotten(node);
}

void FilesystemImpl::ForgetMount(MountId mount) {
  counts_.ForgetMount(mount);
  policies_.Remove(mount);
  inodes_.All();  // each is looked at, and dropped if nothing holds it
}

Result<NodeId> FilesystemImpl::ResolveRoot(std::string_view path,
                                           const Waiting& waiting) {
  NodeId at = kRootNode;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    path = slash == std::string_view::npos ? "" : path.substr(slash + 1);
    if (name.empty()) continue;
    WSFS_TRY(const Entry entry, FindEntry(at, name, waiting));
    if (entry.node == kNoNode) return NoSuchName(name);
    if (entry.kind != NodeKind::kDirectory)
      return Error(Errc::kNotADirectory,
                   fmt::format("{} is not a folder", name));
    at = entry.node;
  }
  return at;
}

}  // namespace wsfs
