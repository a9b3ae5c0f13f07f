#include "fuse/fake_filesystem.h"

#include <algorithm>
#include <cstring>

namespace wsfs {
namespace {

constexpr NodeId kRoot = 50;
constexpr std::string_view kStalled = "stalled";

Error Missing() {
  return {Errc::kNotFound, "not there"};
}

}  // namespace

FakeFilesystem::FakeFilesystem() {
  const MutexLock lock(mutex_);
  Entry root;
  root.kind = NodeKind::kDirectory;
  root.mode = 0755;
  nodes_[kRoot] = root;
}

NodeId FakeFilesystem::Put(NodeId directory, const std::string& name,
                           const std::string& content) {
  const MutexLock lock(mutex_);
  Entry entry;
  entry.content = content;
  const Result<Stat> added = Add(directory, name, entry);
  nodes_.at(added->id).lookups = 0;
  return added->id;
}

NodeId FakeFilesystem::PutDirectory(NodeId directory, const std::string& name) {
  const MutexLock lock(mutex_);
  Entry entry;
  entry.kind = NodeKind::kDirectory;
  entry.mode = 0755;
  const Result<Stat> added = Add(directory, name, entry);
  nodes_.at(added->id).lookups = 0;
  return added->id;
}

void FakeFilesystem::Remove(NodeId directory, const std::string& name) {
  const MutexLock lock(mutex_);
  nodes_.at(directory).children.erase(name);
}

void FakeFilesystem::Rewrite(NodeId file, const std::string& content) {
  const MutexLock lock(mutex_);
  nodes_.at(file).content = content;
}

std::string FakeFilesystem::ContentOf(NodeId node) {
  const MutexLock lock(mutex_);
  return nodes_.at(node).content;
}

std::uint64_t FakeFilesystem::LookupsOf(NodeId node) {
  const MutexLock lock(mutex_);
  return nodes_.at(node).lookups;
}

std::size_t FakeFilesystem::OpenHandleCount() {
  const MutexLock lock(mutex_);
  return handles_.size();
}

int FakeFilesystem::calls(const std::string& operation) {
  const MutexLock lock(mutex_);
  return calls_[operation];
}

std::set<std::int32_t> FakeFilesystem::flushers() {
  const MutexLock lock(mutex_);
  return flushers_;
}

int FakeFilesystem::waiting() {
  const MutexLock lock(mutex_);
  return waiting_;
}

void FakeFilesystem::Unstall() {
  const MutexLock lock(mutex_);
  stalled_ = false;
  changed_.NotifyAll();
}

FakeFilesystem::Entry* FakeFilesystem::Find(NodeId node) {
  const auto found = nodes_.find(node);
  return found == nodes_.end() ? nullptr : &found->second;
}

Result<NodeId> FakeFilesystem::Child(NodeId directory, std::string_view name) {
  const Entry* parent = Find(directory);
  if (parent == nullptr) return Missing();
  const auto found = parent->children.find(std::string(name));
  if (found == parent->children.end()) return Missing();
  return found->second;
}

Result<Stat> FakeFilesystem::Add(NodeId directory, std::string_view name,
                                 Entry entry) {
  if (Child(directory, name).ok())
    return Error(Errc::kAlreadyExists, "is there");
  const NodeId node = next_++;
  entry.name = std::string(name);
  entry.lookups = 1;
  nodes_[node] = std::move(entry);
  nodes_.at(directory).children[std::string(name)] = node;
  return StatOf(node);
}

Stat FakeFilesystem::StatOf(NodeId node) {
  const Entry& entry = nodes_.at(node);
  Stat stat;
  stat.id = node;
  stat.kind = entry.kind;
  stat.size_bytes = entry.content.size();
  stat.attributes.mode = entry.mode;
  stat.attributes.mtime = -1'500'000'000;
  return stat;
}

HandleId FakeFilesystem::NewHandle(NodeId node) {
  const HandleId handle = next_++;
  handles_[handle] = node;
  return handle;
}

Result<void> FakeFilesystem::Stall(NodeId node, std::string_view prefix,
                                   const Waiting& waiting) {
  if (!stalled_ || !nodes_.at(node).name.starts_with(prefix)) return {};
  if (!waiting.allowed()) return Error(Errc::kWouldBlock, "would wait");
  // Neither OnCancel nor Forget may be called under the lock its wake takes.
  mutex_.Unlock();
  const auto wake = waiting.cancel()->OnCancel([this] {
    const MutexLock lock(mutex_);
    changed_.NotifyAll();
  });
  mutex_.Lock();
  ++waiting_;
  changed_.NotifyAll();
  bool in_time = true;
  while (stalled_ && in_time && !waiting.cancel()->cancelled())
    in_time = changed_.WaitUntil(mutex_, waiting.deadline());
  --waiting_;
  mutex_.Unlock();
  waiting.cancel()->Forget(wake);
  mutex_.Lock();
  if (waiting.cancel()->cancelled()) return Error(Errc::kCancelled, "stop");
  if (!in_time) return Error(Errc::kTimeout, "too long");
  return {};
}

Result<NodeId> FakeFilesystem::ResolveRoot(std::string_view /*path*/,
                                           const Waiting& /*waiting*/) {
  return kRoot;
}

Result<Stat> FakeFilesystem::Lookup(MountId /*mount*/, NodeId directory,
                                    std::string_view name,
                                    const Caller& /*caller*/,
                                    const Waiting& /*waiting*/) {
  const MutexLock lock(mutex_);
  ++calls_["lookup"];
  WSFS_TRY(const NodeId child, Child(directory, name));
  ++nodes_.at(child).lookups;
  return StatOf(child);
}

void FakeFilesystem::Forget(MountId /*mount*/, NodeId node,
                            std::uint64_t count) {
  const MutexLock lock(mutex_);
  if (Entry* entry = Find(node)) entry->lookups -= count;
}

void FakeFilesystem::ForgetMount(MountId /*mount*/) {
  const MutexLock lock(mutex_);
  for (auto& [node, entry] : nodes_) entry.lookups = 0;
}

Result<Stat> FakeFilesystem::MakeDirectory(MountId /*mount*/, NodeId directory,
                                           std::string_view name,
                                           std::uint32_t mode,
                                           const Caller& /*caller*/,
                                           const Waiting& /*waiting*/) {
  const MutexLock lock(mutex_);
  Entry entry;
  entry.kind = NodeKind::kDirectory;
  entry.mode = mode;
  return Add(directory, name, entry);
}

Result<Stat> FakeFilesystem::MakeNode(MountId /*mount*/, NodeId directory,
                                      std::string_view name, NodeKind kind,
                                      std::uint32_t mode,
                                      std::uint64_t /*rdev*/,
                                      const Caller& /*caller*/,
                                      const Waiting& /*waiting*/) {
  const MutexLock lock(mutex_);
  Entry entry;
  entry.kind = kind;
  entry.mode = mode;
  return Add(directory, name, entry);
}

Result<Stat> FakeFilesystem::Symlink(MountId /*mount*/, NodeId directory,
                                     std::string_view name,
                                     std::string_view target,
                                     const Caller& /*caller*/,
                                     const Waiting& /*waiting*/) {
  const MutexLock lock(mutex_);
  Entry entry;
  entry.kind = NodeKind::kSymlink;
  entry.target = std::string(target);
  return Add(directory, name, entry);
}

Result<std::string> FakeFilesystem::ReadLink(NodeId node) {
  const MutexLock lock(mutex_);
  return nodes_.at(node).target;
}

Result<Stat> FakeFilesystem::Link(MountId /*mount*/, NodeId node,
                                  NodeId directory, std::string_view name,
                                  const Waiting& /*waiting*/) {
  const MutexLock lock(mutex_);
  if (Child(directory, name).ok())
    return Error(Errc::kAlreadyExists, "is there");
  nodes_.at(directory).children[std::string(name)] = node;
  ++nodes_.at(node).lookups;
  return StatOf(node);
}

Result<void> FakeFilesystem::Unlink(MountId /*mount*/, NodeId directory,
                                    std::string_view name,
                                    const Waiting& /*waiting*/) {
  const MutexLock lock(mutex_);
  WSFS_RETURN_IF_ERROR(Child(directory, name));
  nodes_.at(directory).children.erase(std::string(name));
  return {};
}

Result<void> FakeFilesystem::RemoveDirectory(MountId /*mount*/,
                                             NodeId directory,
                                             std::string_view name,
                                             const Waiting& /*waiting*/) {
  const MutexLock lock(mutex_);
  WSFS_TRY(const NodeId child, Child(directory, name));
  if (!nodes_.at(child).children.empty())
    return Error(Errc::kNotEmpty, "holds something");
  nodes_.at(directory).children.erase(std::string(name));
  return {};
}

Result<void> FakeFilesystem::Rename(MountId /*mount*/, NodeId from_directory,
                                    std::string_view from, NodeId to_directory,
                                    std::string_view to, RenameMode mode,
                                    const Waiting& /*waiting*/) {
  const MutexLock lock(mutex_);
  WSFS_TRY(const NodeId moved, Child(from_directory, from));
  const auto target = Child(to_directory, to);
  if (mode == RenameMode::kNoReplace && target.ok())
    return Error(Errc::kAlreadyExists, "is there");
  nodes_.at(from_directory).children.erase(std::string(from));
  if (mode == RenameMode::kExchange)
    nodes_.at(from_directory).children[std::string(from)] = *target;
  nodes_.at(to_directory).children[std::string(to)] = moved;
  return {};
}

Result<Stat> FakeFilesystem::GetAttributes(NodeId node,
                                           const Waiting& waiting) {
  const MutexLock lock(mutex_);
  ++calls_["getattr"];
  if (Find(node) == nullptr) return Missing();
  WSFS_RETURN_IF_ERROR(Stall(node, "unanswered", waiting));
  return StatOf(node);
}

Result<Stat> FakeFilesystem::SetAttributes(MountId /*mount*/, NodeId node,
                                           const AttributeChange& change,
                                           std::optional<HandleId> /*handle*/,
                                           const Caller& /*caller*/,
                                           const Waiting& /*waiting*/) {
  const MutexLock lock(mutex_);
  Entry& entry = nodes_.at(node);
  if (change.size_bytes.has_value()) entry.content.resize(*change.size_bytes);
  if (change.mode.has_value()) entry.mode = *change.mode;
  return StatOf(node);
}

Result<std::string> FakeFilesystem::GetXattr(NodeId /*node*/,
                                             std::string_view name) {
  if (name == "user.wsfs.place") return std::string("remote");
  return Error(Errc::kNoAttribute, "none");
}

Result<std::vector<std::string>> FakeFilesystem::ListXattrs(NodeId /*node*/) {
  return std::vector<std::string>{"user.wsfs.place"};
}

Result<void> FakeFilesystem::SetXattr(MountId /*mount*/, NodeId /*node*/,
                                      std::string_view /*name*/,
                                      std::string_view /*value*/,
                                      XattrMode /*mode*/) {
  return Error(Errc::kUnsupported, "not here");
}

Result<void> FakeFilesystem::RemoveXattr(MountId /*mount*/, NodeId /*node*/,
                                         std::string_view /*name*/) {
  return Error(Errc::kNoAttribute, "none");
}

Result<VolumeStat> FakeFilesystem::StatVolume() {
  return VolumeStat{.total_bytes = 1U << 20U, .free_bytes = 1U << 19U};
}

Result<OpenedDirectory> FakeFilesystem::OpenDirectory(NodeId directory,
                                                      const Waiting& waiting) {
  const MutexLock lock(mutex_);
  ++calls_["opendir"];
  WSFS_RETURN_IF_ERROR(Stall(directory, kStalled, waiting));
  return OpenedDirectory{.handle = NewHandle(directory)};
}

Result<void> FakeFilesystem::ReadDirectory(
    MountId /*mount*/, HandleId handle, std::uint64_t from, bool plus,
    const std::function<bool(std::uint64_t next, const DirectoryEntry&)>&
        take) {
  const MutexLock lock(mutex_);
  ++calls_["readdir"];
  std::uint64_t at = 0;
  for (const auto& [name, node] : nodes_.at(handles_.at(handle)).children) {
    if (at++ < from) continue;
    if (!take(at, {.name = name, .stat = StatOf(node)})) break;
    if (plus) ++nodes_.at(node).lookups;
  }
  return {};
}

void FakeFilesystem::ReleaseDirectory(HandleId handle) {
  const MutexLock lock(mutex_);
  handles_.erase(handle);
}

Result<std::pair<Stat, Opened>> FakeFilesystem::Create(
    MountId /*mount*/, NodeId directory, std::string_view name,
    std::uint32_t mode, const OpenFlags& /*flags*/, bool /*exclusive*/,
    const Caller& /*caller*/, const Waiting& /*waiting*/) {
  const MutexLock lock(mutex_);
  Entry entry;
  entry.mode = mode;
  WSFS_TRY(const Stat stat, Add(directory, name, entry));
  return std::pair(stat, Opened{.handle = NewHandle(stat.id)});
}

Result<Opened> FakeFilesystem::Open(MountId /*mount*/, NodeId node,
                                    const OpenFlags& flags,
                                    const Caller& /*caller*/,
                                    const Waiting& waiting) {
  const MutexLock lock(mutex_);
  ++calls_["open"];
  if (nodes_.at(node).name == "stalled") {
    WSFS_RETURN_IF_ERROR(Stall(node, kStalled, waiting));
  }
  if (flags.truncate) nodes_.at(node).content.clear();
  return Opened{.handle = NewHandle(node), .keep_cache = true};
}

Result<std::size_t> FakeFilesystem::Read(HandleId handle, std::uint64_t offset,
                                         std::span<std::byte> into,
                                         const Waiting& /*waiting*/) {
  const MutexLock lock(mutex_);
  ++calls_["read"];
  const std::string& content = nodes_.at(handles_.at(handle)).content;
  if (offset >= content.size()) return std::size_t{0};
  const std::size_t size = std::min(into.size(), content.size() - offset);
  std::memcpy(into.data(), content.data() + offset, size);
  return size;
}

Result<std::size_t> FakeFilesystem::Write(MountId /*mount*/, HandleId handle,
                                          std::uint64_t offset,
                                          std::span<const std::byte> bytes,
                                          const Waiting& waiting) {
  const MutexLock lock(mutex_);
  const NodeId node = handles_.at(handle);
  if (nodes_.at(node).name == "stalled-write") {
    WSFS_RETURN_IF_ERROR(Stall(node, kStalled, waiting));
  }
  std::string& content = nodes_.at(node).content;
  content.resize(std::max<std::size_t>(content.size(), offset + bytes.size()));
  std::memcpy(content.data() + offset, bytes.data(), bytes.size());
  return bytes.size();
}

Result<void> FakeFilesystem::Flush(MountId /*mount*/, HandleId handle,
                                   const Caller& caller,
                                   const Waiting& waiting) {
  const MutexLock lock(mutex_);
  ++calls_["flush"];
  flushers_.insert(caller.process);
  return Stall(handles_.at(handle), kStalled, waiting);
}

void FakeFilesystem::Release(MountId /*mount*/, HandleId handle) {
  const MutexLock lock(mutex_);
  handles_.erase(handle);
}

Result<void> FakeFilesystem::Fsync(MountId /*mount*/, HandleId /*handle*/,
                                   bool /*data_only*/, const Waiting& waiting) {
  if (!waiting.allowed()) return Error(Errc::kWouldBlock, "on the pool");
  return {};
}

Result<Filesystem::Replaced> FakeFilesystem::Replace(
    MountId /*mount*/, NodeId /*node*/, const Replacement& /*replacement*/,
    const Waiting& /*waiting*/) {
  return Error(Errc::kUnsupported, "not by a kernel");
}

Result<void> FakeFilesystem::FsyncDirectory(NodeId /*directory*/,
                                            const Waiting& /*waiting*/) {
  return {};
}

Result<void> FakeFilesystem::Allocate(MountId /*mount*/, HandleId handle,
                                      int /*mode*/, std::uint64_t offset,
                                      std::uint64_t length,
                                      const Waiting& /*waiting*/) {
  const MutexLock lock(mutex_);
  std::string& content = nodes_.at(handles_.at(handle)).content;
  content.resize(std::max<std::size_t>(content.size(), offset + length));
  return {};
}

Result<std::uint64_t> FakeFilesystem::SeekIn(HandleId handle,
                                             std::uint64_t offset, Seek what,
                                             const Waiting& /*waiting*/) {
  const MutexLock lock(mutex_);
  const std::uint64_t size = nodes_.at(handles_.at(handle)).content.size();
  return what == Seek::kHole ? size : std::min(offset, size);
}

Result<std::size_t> FakeFilesystem::CopyRange(
    MountId /*mount*/, HandleId from, std::uint64_t from_offset, HandleId to,
    std::uint64_t to_offset, std::size_t length, const Waiting& /*waiting*/) {
  const MutexLock lock(mutex_);
  const std::string part =
      nodes_.at(handles_.at(from)).content.substr(from_offset, length);
  std::string& content = nodes_.at(handles_.at(to)).content;
  content.resize(std::max<std::size_t>(content.size(), to_offset));
  content.replace(to_offset, part.size(), part);
  return part.size();
}

}  // namespace wsfs
