#include "fuse/kernel_port.h"

#define FUSE_USE_VERSION 312
#include <fuse3/fuse_lowlevel.h>

namespace wsfs {

bool SessionPort::Knows(NodeId node) const {
  return adapter_.InoOf(node) == FUSE_ROOT_ID || adapter_.lookups().Knows(node);
}

void SessionPort::ExpireEntry(NodeId parent, const std::string& name) {
  if (!Knows(parent)) return;
  // Expiring keeps a name that is in use; where the kernel cannot, dropping
  // it is as right.
  const int failed = ::fuse_lowlevel_notify_expire_entry(
      session_, adapter_.InoOf(parent), name.c_str(), name.size(),
      FUSE_LL_EXPIRE_ONLY);
  if (failed == 0) return;
  ::fuse_lowlevel_notify_inval_entry(session_, adapter_.InoOf(parent),
                                     name.c_str(), name.size());
}

void SessionPort::EntryRemoved(NodeId parent, NodeId node,
                               const std::string& name) {
  if (!Knows(parent)) return;
  const int failed = ::fuse_lowlevel_notify_delete(
      session_, adapter_.InoOf(parent), adapter_.InoOf(node), name.c_str(),
      name.size());
  // The kernel has another node there, or none: forget what it has.
  if (failed != 0)
    ::fuse_lowlevel_notify_inval_entry(session_, adapter_.InoOf(parent),
                                       name.c_str(), name.size());
}

void SessionPort::ExpireAttributes(NodeId node) {
  if (Knows(node))
    ::fuse_lowlevel_notify_inval_inode(session_, adapter_.InoOf(node), -1, 0);
}

// A kernel that keeps no attributes is told of none. It would take the answer
// to a GETATTR on its way for an old one, and read only to the end before.
void SessionPort::AttributesChanged(NodeId node) {
  if (!adapter_.overlapping()) ExpireAttributes(node);
}

void SessionPort::ContentChanged(NodeId node) {
  if (!Knows(node)) return;
  // Then each open drops the pages of the one before, too.
  if (adapter_.overlapping() && !adapter_.handles().Any(node)) return;
  // The pages a waiting READ holds cannot be dropped before it ends; the next
  // open drops them.
  if (adapter_.waiting_reads().Any(node)) return AttributesChanged(node);
  ::fuse_lowlevel_notify_inval_inode(session_, adapter_.InoOf(node), 0, 0);
}

void SessionPort::ExpireAll() {
  adapter_.channel().ExpireAllEntries();
  ExpireAttributes(adapter_.NodeOf(FUSE_ROOT_ID));
  for (const NodeId node : adapter_.lookups().All()) ExpireAttributes(node);
}

}  // namespace wsfs
