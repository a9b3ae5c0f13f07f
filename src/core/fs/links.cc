#include <utility>

#include "core/fs/filesystem_impl.h"

namespace wsfs {

// NOLINTNEXTLINE(readability-function-size): its interface
Result<Stat> FilesystemImpl::Symlink(MountId mount, NodeId directory,
                                     std::string_view name,
                                     std::string_view target,
                                     const Caller& caller,
                                     const Waiting& waiting) {
  constexpr std::size_t kMaxTargetBytes = 4'095;
  constexpr std::uint32_t kLinkMode = 0777;
  if (target.empty())
    return Error(Errc::kNotFound, "a symbolic link needs a target");
  if (target.size() > kMaxTargetBytes)
    return Error(Errc::kNameTooLong,
                 "the target of a symbolic link may have at most 4,095 bytes");
  WSFS_RETURN_IF_ERROR(CheckNewEntry(directory, name, waiting));
  NewEntry entry =
      NewEntryOf(mount, directory, name, NodeKind::kSymlink, kLinkMode);
  entry.node.symlink_target = target;
  WSFS_TRY(const NodeId node, AddEntry(std::move(entry), caller));
  return StatForKernel(mount, node);
}

Result<std::string> FilesystemImpl::ReadLink(NodeId id) {
  using Target = std::optional<std::string>;
  const auto target = ledger_.Read([&](const Catalogue& catalogue) {
    const Node* node = catalogue.FindNode(id);
    if (node == nullptr) return Target();
    return Target(node->symlink_target);
  });
  if (!target.has_value()) return Error(Errc::kNotFound, "the link is gone");
  if (target->empty())
    return Error(Errc::kInvalidArgument, "this is no symbolic link");
  return *target;
}

// The service has no hard links, and a node has one name here. Git, cp and
// mv fall back to a rename or a copy on EPERM (docs/semantics.md).
Result<Stat> FilesystemImpl::Link(MountId /*mount*/, NodeId /*node*/,
                                  NodeId /*directory*/,
                                  std::string_view /*name*/,
                                  const Waiting& /*waiting*/) {
  return Error(Errc::kProtected,
               "hard links are not offered here; use a copy or a symbolic "
               "link");
}

}  // namespace wsfs
