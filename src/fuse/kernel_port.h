#pragma once

#include "fuse/adapter.h"
#include "fuse/notify_thread.h"

struct fuse_session;

namespace wsfs {

/// KernelPort over libfuse: one mount's kernel. What the kernel refuses is
/// ignored: it then does not know the thing.
class SessionPort final : public KernelPort {
 public:
  SessionPort(fuse_session* session, Adapter& adapter)
      : session_(session), adapter_(adapter) {}

  void ExpireEntry(NodeId parent, const std::string& name) override;
  void EntryRemoved(NodeId parent, NodeId node,
                    const std::string& name) override;
  void AttributesChanged(NodeId node) override;
  void ContentChanged(NodeId node) override;
  void ExpireAll() override;

 private:
  bool Knows(NodeId node) const;
  void ExpireAttributes(NodeId node);

  fuse_session* session_;
  Adapter& adapter_;
};

}  // namespace wsfs
