#include <algorithm>
#include <utility>
#include <vector>

#include "core/fs/filesystem_impl.h"
#include "core/fs/naming.h"

namespace wsfs {
namespace {

// Longer copies are not for a receiver (docs/threading.md).
constexpr std::uint64_t kCopyAtOnceBytes = 1'048'576;
// A content that changes under a copy of it is copied again, so often.
constexpr int kTries = 4;

class EmptyBody final : public Body {
 public:
  std::uint64_t size_bytes() const override { return 0; }
  Result<std::size_t> ReadAt(std::uint64_t /*offset*/,
                             std::span<std::byte> /*into*/) override {
    return std::size_t{0};
  }
};

Error MustWait() {
  return {Errc::kWouldBlock, "the content is not on this machine yet"};
}

// The kernel looks the path up again, and finds what has the name now.
Error RemovedMeanwhile() {
  return {Errc::kStale, "the file was removed meanwhile"};
}

// For a node whose row went: the bytes are the ones its readers pinned.
Result<void> CopyBody(Body& from, std::uint64_t keep_bytes, Draft& to) {
  std::vector<std::byte> chunk(kCopyAtOnceBytes);
  std::uint64_t at = 0;
  while (at < keep_bytes) {
    const auto want = static_cast<std::size_t>(
        std::min<std::uint64_t>(chunk.size(), keep_bytes - at));
    WSFS_TRY(const std::size_t got,
             from.ReadAt(at, std::span(chunk).first(want)));
    if (got == 0) break;
    WSFS_RETURN_IF_ERROR(to.WriteAt(at, std::span(chunk).first(got)));
    at += got;
  }
  return {};
}

}  // namespace

FilesystemImpl::FileRow FilesystemImpl::RowOf(NodeId id) {
  return ledger_.Read([&](const Catalogue& catalogue) {
    FileRow row;
    const Node* node = catalogue.FindNode(id);
    if (node == nullptr || node->detached()) return row;
    row.exists = true;
    row.parent = node->parent;
    row.place = node->place;
    row.gen = node->gen;
    row.content = node->content;
    row.known_size = node->known_size;
    row.remote_bytes = node->bind != kNoObject || node->src != kNoObject;
    row.unreadable = IsUnreadable(catalogue, *node);
    row.unclosed = node->unclosed;
    return row;
  });
}

// Null: not on this machine.
Result<std::shared_ptr<Body>> FilesystemImpl::LocalBody(const FileRow& row) {
  using Found = std::shared_ptr<Body>;
  if (!row.content.has_value())
    return row.remote_bytes ? Found() : std::make_shared<EmptyBody>();
  auto opened = ledger_.store().contents().Open(*row.content);
  if (opened.ok()) return *std::move(opened);
  // Dropped from the cache: the service has it.
  if (opened.error().code() == Errc::kNotFound) return Found();
  return opened.error();
}

Result<void> FilesystemImpl::PinSource(Inode& inode, Pin which,
                                       const Waiting& waiting) {
  {
    const MutexLock lock(inode.state);
    if (inode.draft != nullptr) return {};
    if (which == Pin::kAny && inode.body != nullptr) return {};
  }
  const FileRow row = RowOf(inode.id);
  {
    const MutexLock lock(inode.state);
    const bool pinned = inode.body != nullptr || inode.hydration != nullptr;
    if (!row.exists && pinned) return {};
    if (inode.body != nullptr && inode.body_gen == row.gen) return {};
  }
  if (!row.exists) return RemovedMeanwhile();
  WSFS_TRY(auto body, LocalBody(row));
  {
    const MutexLock lock(inode.state);
    const bool joined = inode.hydration != nullptr &&
                        (which == Pin::kAny || inode.hydration_gen == row.gen);
    if (body != nullptr) {
      inode.body = std::move(body);
      inode.body_gen = row.gen;
      inode.hydration.reset();
      return {};
    }
    if (joined) return {};
  }
  if (!waiting.allowed()) return MustWait();
  return PinDownload(inode, row.gen);
}

Result<void> FilesystemImpl::PinDownload(Inode& inode, Generation gen) {
  auto hydration = syncer_.Hydrate(inode.id, CallClass::kSomeoneWaits);
  if (!hydration.ok() && hydration.error().code() == Errc::kNotFound &&
      !RowOf(inode.id).exists)
    return RemovedMeanwhile();
  if (!hydration.ok()) return hydration.error();
  const MutexLock lock(inode.state);
  inode.body.reset();
  inode.hydration = *std::move(hydration);
  inode.hydration_gen = gen;
  return {};
}

Result<void> FilesystemImpl::WaitForBytes(NodeId id, const Waiting& waiting) {
  if (!waiting.allowed()) return MustWait();
  WSFS_TRY(const auto hydration, syncer_.Hydrate(id, CallClass::kSomeoneWaits));
  return hydration->WaitDone(waiting);
}

Result<std::optional<std::size_t>> FilesystemImpl::ReadOnce(
    Inode& inode, std::uint64_t offset, std::span<std::byte> into,
    const Waiting& waiting) {
  using Got = std::optional<std::size_t>;
  std::shared_ptr<Draft> draft;
  std::shared_ptr<Body> body;
  std::shared_ptr<Hydration> hydration;
  {
    const MutexLock lock(inode.state);
    draft = inode.draft;
    body = inode.body;
    hydration = inode.hydration;
  }
  if (draft != nullptr) {
    WSFS_TRY(const std::size_t got, draft->ReadAt(offset, into));
    return Got(got);
  }
  if (body != nullptr) {
    const auto read = body->ReadAt(offset, into);
    if (read.ok()) return Got(*read);
    if (read.error().code() != Errc::kCorrupt) return read.error();
    // The bad copy was dropped from the cache: it is fetched again.
    const MutexLock lock(inode.state);
    if (inode.body == body) inode.body.reset();
    return Got();
  }
  if (hydration == nullptr) return Got();
  const auto read = hydration->ReadAt(offset, into, waiting);
  if (read.ok()) return Got(*read);
  const Errc code = read.error().code();
  const bool goes_on = code == Errc::kWouldBlock || code == Errc::kTimeout ||
                       code == Errc::kCancelled;
  const MutexLock lock(inode.state);  // it failed: the next read tries anew
  if (!goes_on && inode.hydration == hydration) inode.hydration.reset();
  return read.error();
}

Result<std::size_t> FilesystemImpl::ReadFrom(Inode& inode, std::uint64_t offset,
                                             std::span<std::byte> into,
                                             const Waiting& waiting) {
  for (int i = 0; i < kTries; ++i) {
    WSFS_RETURN_IF_ERROR(PinSource(inode, Pin::kAny, waiting));
    WSFS_TRY(const auto got, ReadOnce(inode, offset, into, waiting));
    if (got.has_value()) return *got;
  }
  return Error(Errc::kIo,
               "the content changes faster than it can be read; try again");
}

Result<std::shared_ptr<Draft>> FilesystemImpl::DraftOfRemoved(
    Inode& inode, std::uint64_t keep_bytes, const Waiting& waiting) {
  std::shared_ptr<Body> body;
  {
    const MutexLock lock(inode.state);
    body = inode.body;
  }
  if (body == nullptr) return Error(Errc::kNotFound, "the file is gone");
  if (!waiting.allowed() && body->size_bytes() > kCopyAtOnceBytes)
    return MustWait();
  WSFS_TRY(auto draft, ledger_.store().contents().NewDraft());
  WSFS_RETURN_IF_ERROR(CopyBody(*body, keep_bytes, *draft));
  return std::shared_ptr<Draft>(std::move(draft));
}

Result<std::shared_ptr<Draft>> FilesystemImpl::MakeDraft(
    Inode& inode, const FileRow& row, std::uint64_t keep_bytes,
    const Waiting& waiting) {
  Contents& contents = ledger_.store().contents();
  if (keep_bytes == 0 ||
      (row.exists && !row.content.has_value() && !row.remote_bytes)) {
    WSFS_TRY(auto draft, contents.NewDraft());
    return std::shared_ptr<Draft>(std::move(draft));
  }
  if (row.exists && row.content.has_value()) {
    const auto keep = std::min(keep_bytes, row.content->size_bytes);
    if (keep > kCopyAtOnceBytes && !waiting.allowed()) return MustWait();
    auto draft = contents.DraftFrom(*row.content, keep);
    if (draft.ok()) return std::shared_ptr<Draft>(*std::move(draft));
    if (draft.error().code() != Errc::kNotFound) return draft.error();
  }
  if (row.exists) {
    WSFS_RETURN_IF_ERROR(WaitForBytes(inode.id, waiting));
    return std::shared_ptr<Draft>();  // look at the row again
  }
  return DraftOfRemoved(inode, keep_bytes, waiting);
}

// The draft was made under no lock; it counts only if it is still a copy of
// what is there.
Result<bool> FilesystemImpl::InstallDraft(Inode& inode, const FileRow& row,
                                          std::shared_ptr<Draft> draft) {
  const MutexLock lock(inode.op);
  const FileRow now = RowOf(inode.id);
  const MutexLock state(inode.state);
  if (inode.draft != nullptr) return true;
  if (now.exists != row.exists || now.gen != row.gen) return false;
  inode.draft = std::move(draft);
  inode.body.reset();
  inode.hydration.reset();
  return true;
}

Result<void> FilesystemImpl::EnsureDraft(Inode& inode, std::uint64_t keep_bytes,
                                         const Waiting& waiting) {
  for (int i = 0; i < kTries; ++i) {
    {
      const MutexLock lock(inode.state);
      if (inode.draft != nullptr) return {};
    }
    const FileRow row = RowOf(inode.id);
    WSFS_TRY(auto draft, MakeDraft(inode, row, keep_bytes, waiting));
    if (draft == nullptr) continue;
    WSFS_TRY(const bool installed, InstallDraft(inode, row, std::move(draft)));
    if (installed) return {};
  }
  return Error(Errc::kBusy,
               "the file changes faster than it can be opened; try again");
}

Result<std::optional<Content>> FilesystemImpl::CopyOfCached(
    const Content& content, const Waiting& waiting) {
  using Copy = std::optional<Content>;
  Contents& contents = ledger_.store().contents();
  if (content.size_bytes > kCopyAtOnceBytes && !waiting.allowed())
    return MustWait();
  const auto draft = contents.DraftFrom(content, content.size_bytes);
  if (!draft.ok() && draft.error().code() == Errc::kNotFound) return Copy();
  if (!draft.ok()) return draft.error();
  WSFS_TRY(const std::uint64_t body, NewBodyId());
  WSFS_TRY(const Content copy, contents.Seal(**draft, body, false));
  return Copy(copy);
}

Result<FilesystemImpl::OwnContent> FilesystemImpl::OwnBytes(
    NodeId id, const Waiting& waiting) {
  for (int i = 0; i < kTries; ++i) {
    const FileRow row = RowOf(id);
    if (!row.exists) return Error(Errc::kNotFound, "the file is gone");
    const bool here = row.content.has_value();
    const bool cached = here && (row.content->place == BodyPlace::kClean ||
                                 row.content->place == BodyPlace::kBlob);
    if (cached) {
      WSFS_TRY(const auto copy, CopyOfCached(*row.content, waiting));
      if (copy.has_value()) return OwnContent(copy, row.gen);
    } else if (here || !row.remote_bytes) {
      return OwnContent(std::nullopt, row.gen);  // ours already
    }
    WSFS_RETURN_IF_ERROR(WaitForBytes(id, waiting));
  }
  return Error(Errc::kBusy,
               "the file changes faster than it can be fetched; try again");
}

}  // namespace wsfs
