#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/host_fs.h"
#include "base/result.h"
#include "store/rows.h"

namespace wsfs {

/// Up to this size a content lives in a database row (design.md §3).
inline constexpr std::uint64_t kInlineBytes = 65'536;
/// Up to this size a content is hashed when it is sealed; larger ones later.
inline constexpr std::uint64_t kDigestAtOnceBytes = 1'048'576;

/// An immutable sealed content, open for reading. Shared by readers and
/// uploads; the bytes stay readable while one is held, whatever is dropped.
/// Thread-safe.
class Body {
 public:
  virtual ~Body() = default;
  virtual std::uint64_t size_bytes() const = 0;
  /// Fewer bytes only at the end. kCorrupt when the hash did not match.
  virtual Result<std::size_t> ReadAt(std::uint64_t offset,
                                     std::span<std::byte> into) = 0;
};

/// The bytes of an open generation: what programs are writing now. In memory
/// up to kInlineBytes, a sparse file under staging/ beyond. Lost with the
/// daemon unless Sync()ed or sealed.
///
/// Resource type: one per inode that is being written, made by Contents.
/// Thread-safe (a leaf lock of its own).
class Draft {
 public:
  virtual ~Draft() = default;
  virtual std::uint64_t size_bytes() const = 0;
  virtual Result<std::size_t> ReadAt(std::uint64_t offset,
                                     std::span<std::byte> into) = 0;
  virtual Result<void> WriteAt(std::uint64_t offset,
                               std::span<const std::byte> bytes) = 0;
  /// Writes at the end, whatever the end is now; gives the offset used.
  virtual Result<std::uint64_t> Append(std::span<const std::byte> bytes) = 0;
  virtual Result<void> Truncate(std::uint64_t size_bytes) = 0;
  /// fallocate(2) with its mode flags; punched ranges read as zeros.
  virtual Result<void> Allocate(int mode, std::uint64_t offset,
                                std::uint64_t length) = 0;
  virtual Result<std::uint64_t> SeekData(std::uint64_t offset) = 0;
  virtual Result<std::uint64_t> SeekHole(std::uint64_t offset) = 0;
};

/// Fills a content that comes from the service, piece by piece; hashes on the
/// way. One thread at a time; readers may read what has arrived.
class Download {
 public:
  virtual ~Download() = default;
  virtual Result<void> Restart() = 0;
  virtual Result<void> Take(std::span<const std::byte> bytes) = 0;
  virtual std::uint64_t taken_bytes() const = 0;
  virtual Result<std::size_t> ReadAt(std::uint64_t offset,
                                     std::span<std::byte> into) = 0;
  /// The whole is here: gives a clean content (kClean or kBlob), durable in
  /// the cache. Call once.
  virtual Result<Content> Finish() = 0;
};

/// The bytes of all generations (design.md §3): drafts under staging/, sealed
/// ones in the catalogue's `bodies` table or under sealed/, clean ones in the
/// cache database or under blobs/.
///
/// Resource type: one per store, owned by it. Thread-safe; no call here takes
/// a lock of another room, none waits for the network.
///
/// A sealed small body is *prepared* here and becomes durable with the
/// catalogue transaction that names it: CatalogueDb::Write takes the prepared
/// bytes, so one commit keeps name, state and bytes (design.md §3).
class Contents {
 public:
  virtual ~Contents() = default;

  virtual Result<std::unique_ptr<Draft>> NewDraft() = 0;
  /// A draft that begins as a copy of `content`, by reflink or copy; when
  /// `size_bytes` is shorter only that much.
  virtual Result<std::unique_ptr<Draft>> DraftFrom(
      const Content& content, std::uint64_t size_bytes) = 0;

  /// Makes the draft's present bytes an immutable content; the draft may be
  /// written on afterwards and then belongs to the next generation. `body` is
  /// a fresh id of the catalogue. With `sync` the bytes are on disk,
  /// power-safe, when this returns (an inline one: when the commit is).
  virtual Result<Content> Seal(Draft& draft, std::uint64_t body, bool sync) = 0;

  /// Forgets a prepared inline body whose transaction was rolled back.
  virtual void Unprepare(const Content& content) = 0;

  /// kNotFound when a clean content was dropped from the cache.
  virtual Result<std::shared_ptr<Body>> Open(const Content& content) = 0;

  /// Reads all bytes and hashes them; `content` without digest gains it.
  virtual Result<Content::Digest> DigestOf(const Content& content) = 0;

  virtual Result<std::unique_ptr<Download>> NewDownload() = 0;

  /// The service holds these bytes now: copies or moves a dirty content to
  /// the cache and gives its clean form. The caller commits the row, then
  /// calls Forget() on the old one.
  virtual Result<Content> MakeClean(const Content& content) = 0;

  /// Removes bytes no row names any more (inline ones went with the commit).
  virtual void Forget(const Content& content) = 0;
  /// True when a clean content is still in the cache.
  virtual bool Holds(const Content& content) = 0;

  /// fdatasync of sealed files that were closed and not synced yet, and a
  /// power-safe commit; design.md §3 *Power*. Runs in the background.
  virtual Result<void> SyncSealed() = 0;
};

}  // namespace wsfs
