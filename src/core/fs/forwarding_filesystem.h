#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/fs/filesystem.h"

namespace wsfs {

/// Passes everything on to another filesystem, which it owns or which outlives
/// it: for those that change what a few calls do. Thread-safe as that one is.
class ForwardingFilesystem : public Filesystem {
 public:
  explicit ForwardingFilesystem(std::unique_ptr<Filesystem> files)
      : owned_(std::move(files)), files_(owned_.get()) {}
  explicit ForwardingFilesystem(Filesystem& files) : files_(&files) {}

  Result<NodeId> ResolveRoot(std::string_view path,
                             const Waiting& waiting) override {
    return files_->ResolveRoot(path, waiting);
  }
  void SetPolicy(MountId mount, const MountPolicy& policy) override {
    files_->SetPolicy(mount, policy);
  }
  void ForgetMount(MountId mount) override { files_->ForgetMount(mount); }
  Result<Stat> MakeDirectory(MountId mount, NodeId directory,
                             std::string_view name, std::uint32_t mode,
                             const Caller& caller,
                             const Waiting& waiting) override {
    return files_->MakeDirectory(mount, directory, name, mode, caller, waiting);
  }
  Result<Stat> MakeNode(MountId mount, NodeId directory, std::string_view name,
                        NodeKind kind, std::uint32_t mode, std::uint64_t rdev,
                        const Caller& caller, const Waiting& waiting) override {
    return files_->MakeNode(mount, directory, name, kind, mode, rdev, caller,
                            waiting);
  }
  Result<Stat> Symlink(MountId mount, NodeId directory, std::string_view name,
                       std::string_view target, const Caller& caller,
                       const Waiting& waiting) override {
    return files_->Symlink(mount, directory, name, target, caller, waiting);
  }
  Result<std::string> ReadLink(NodeId node) override {
    return files_->ReadLink(node);
  }
  Result<Stat> Link(MountId mount, NodeId node, NodeId directory,
                    std::string_view name, const Waiting& waiting) override {
    return files_->Link(mount, node, directory, name, waiting);
  }
  Result<void> RemoveDirectory(MountId mount, NodeId directory,
                               std::string_view name,
                               const Waiting& waiting) override {
    return files_->RemoveDirectory(mount, directory, name, waiting);
  }
  Result<VolumeStat> StatVolume() override { return files_->StatVolume(); }
  Result<OpenedDirectory> OpenDirectory(NodeId directory,
                                        const Waiting& waiting) override {
    return files_->OpenDirectory(directory, waiting);
  }
  Result<void> ReadDirectory(
      MountId mount, HandleId handle, std::uint64_t from, bool plus,
      const std::function<bool(std::uint64_t next, const DirectoryEntry&)>&
          take) override {
    return files_->ReadDirectory(mount, handle, from, plus, take);
  }
  void ReleaseDirectory(HandleId handle) override {
    files_->ReleaseDirectory(handle);
  }
  Result<std::pair<Stat, Opened>> Create(MountId mount, NodeId directory,
                                         std::string_view name,
                                         std::uint32_t mode,
                                         const OpenFlags& flags, bool exclusive,
                                         const Caller& caller,
                                         const Waiting& waiting) override {
    return files_->Create(mount, directory, name, mode, flags, exclusive,
                          caller, waiting);
  }
  Result<void> FsyncDirectory(NodeId directory,
                              const Waiting& waiting) override {
    return files_->FsyncDirectory(directory, waiting);
  }
  Result<Replaced> Replace(MountId mount, NodeId node,
                           const Replacement& replacement,
                           const Waiting& waiting) override {
    return files_->Replace(mount, node, replacement, waiting);
  }
  void OnTimer() override { files_->OnTimer(); }
  void SealIdleDrafts() override { files_->SealIdleDrafts(); }
  Result<Stat> Lookup(MountId mount, NodeId directory, std::string_view name,
                      const Caller& caller, const Waiting& waiting) override {
    return files_->Lookup(mount, directory, name, caller, waiting);
  }
  bool StaysMissing(std::string_view name) const override {
    return files_->StaysMissing(name);
  }
  void Forget(MountId mount, NodeId node, std::uint64_t count) override {
    files_->Forget(mount, node, count);
  }
  Result<void> Unlink(MountId mount, NodeId directory, std::string_view name,
                      const Waiting& waiting) override {
    return files_->Unlink(mount, directory, name, waiting);
  }
  Result<void> Rename(MountId mount, NodeId from_directory,
                      std::string_view from, NodeId to_directory,
                      std::string_view to, RenameMode mode,
                      const Waiting& waiting) override {
    return files_->Rename(mount, from_directory, from, to_directory, to, mode,
                          waiting);
  }
  Result<Stat> GetAttributes(NodeId node, const Waiting& waiting) override {
    return files_->GetAttributes(node, waiting);
  }
  Result<Stat> SetAttributes(MountId mount, NodeId node,
                             const AttributeChange& change,
                             std::optional<HandleId> handle,
                             const Caller& caller,
                             const Waiting& waiting) override {
    return files_->SetAttributes(mount, node, change, handle, caller, waiting);
  }
  Result<std::string> GetXattr(NodeId node, std::string_view name) override {
    return files_->GetXattr(node, name);
  }
  Result<std::vector<std::string>> ListXattrs(NodeId node) override {
    return files_->ListXattrs(node);
  }
  Result<void> SetXattr(MountId mount, NodeId node, std::string_view name,
                        std::string_view value, XattrMode mode) override {
    return files_->SetXattr(mount, node, name, value, mode);
  }
  Result<void> RemoveXattr(MountId mount, NodeId node,
                           std::string_view name) override {
    return files_->RemoveXattr(mount, node, name);
  }
  Result<Opened> Open(MountId mount, NodeId node, const OpenFlags& flags,
                      const Caller& caller, const Waiting& waiting) override {
    return files_->Open(mount, node, flags, caller, waiting);
  }
  Result<std::size_t> Read(HandleId handle, std::uint64_t offset,
                           std::span<std::byte> into,
                           const Waiting& waiting) override {
    return files_->Read(handle, offset, into, waiting);
  }
  Result<std::size_t> Write(MountId mount, HandleId handle,
                            std::uint64_t offset,
                            std::span<const std::byte> bytes,
                            const Waiting& waiting) override {
    return files_->Write(mount, handle, offset, bytes, waiting);
  }
  Result<void> Flush(MountId mount, HandleId handle, const Caller& caller,
                     const Waiting& waiting) override {
    return files_->Flush(mount, handle, caller, waiting);
  }
  void Release(MountId mount, HandleId handle) override {
    files_->Release(mount, handle);
  }
  Result<void> Fsync(MountId mount, HandleId handle, bool data_only,
                     const Waiting& waiting) override {
    return files_->Fsync(mount, handle, data_only, waiting);
  }
  Result<void> Allocate(MountId mount, HandleId handle, int mode,
                        std::uint64_t offset, std::uint64_t length,
                        const Waiting& waiting) override {
    return files_->Allocate(mount, handle, mode, offset, length, waiting);
  }
  Result<std::uint64_t> SeekIn(HandleId handle, std::uint64_t offset, Seek what,
                               const Waiting& waiting) override {
    return files_->SeekIn(handle, offset, what, waiting);
  }
  Result<std::size_t> CopyRange(MountId mount, HandleId from,
                                std::uint64_t from_offset, HandleId to,
                                std::uint64_t to_offset, std::size_t length,
                                const Waiting& waiting) override {
    return files_->CopyRange(mount, from, from_offset, to, to_offset, length,
                             waiting);
  }

 protected:
  Filesystem& files() { return *files_; }

 private:
  std::unique_ptr<Filesystem> owned_;
  Filesystem* files_;
};

}  // namespace wsfs
