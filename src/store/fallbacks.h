#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "store/catalogue.h"
#include "store/sealed_files.h"
#include "store/sqlite.h"

namespace wsfs {

/// What a file was before its last close, kept until the bytes of that close
/// are on the platter (design.md §3 *Power*: "its old or its new self").
///
/// A close commits a row that names a sealed file whose bytes the kernel may
/// not have written yet. Should power fail between the two, the bytes are bad
/// and the file is its old self again. So for a node whose sealed body is not
/// synced the content it had is kept here, with its bytes, though no row of
/// the catalogue names it any more. When a file takes the name of another (a
/// save by rename), the old self is that other file's content.
///
/// Part of the store, under its writer lock. Changes are pending until
/// Commit() or Rollback(), as the transaction goes.
class Fallbacks {
 public:
  struct Entry {
    std::uint64_t body = 0;  ///< The unsynced body this stands behind.
    Generation gen = 0;
    std::optional<Content> content;  ///< Absent: was never downloaded.
    std::optional<std::uint64_t> known_size;
    bool dropped = false;  ///< No row of the catalogue names `content`.
  };

  explicit Fallbacks(const SealedFiles& sealed) : sealed_(sealed) {}
  Result<void> Prepare(Database& database);
  Result<void> Load();

  /// Follows what the transaction does to the nodes.
  void Follow(const Catalogue& catalogue, const Changes& changes);
  /// Bodies that are on the platter now need nothing behind them.
  void Release(const std::vector<std::uint64_t>& synced);
  void Remove(NodeId node) { Set(node, std::nullopt); }
  const Entry* Find(NodeId node) const;

  /// True when an entry needs the bytes of `content`; it is then forgotten
  /// with that entry (TakeFreed).
  bool KeepDropped(const Content& content);
  bool Keeps(const Content& content) const;
  /// Contents whose entry went, and that nothing else names.
  std::vector<Content> TakeFreed();

  Result<void> WriteRows();
  void Commit();
  void Rollback();

 private:
  using Images = std::map<std::pair<NodeId, std::string>, const Node*>;
  void FollowNode(const Node& node, const Node* before, const Images& removed);
  void Set(NodeId node, const std::optional<Entry>& entry);
  /// `node` needs what `entry` kept no longer.
  void StopKeeping(const Entry& entry, NodeId node);
  /// The sealed body of `content`, if it is not on the platter yet.
  std::optional<std::uint64_t> UnsyncedBody(
      const std::optional<Content>& content) const;
  std::optional<Entry> OldSelf(const Node& node, const Node* before,
                               std::uint64_t body, const Images& removed) const;

  const SealedFiles& sealed_;
  Statement put_;
  Statement remove_;
  Statement all_;
  std::unordered_map<NodeId, Entry> entries_;
  /// As they were before the transaction; nothing: there was none.
  std::map<NodeId, std::optional<Entry>> before_;
  /// Number of a body that is kept -> for which node.
  std::unordered_map<std::uint64_t, NodeId> keeps_;
};

}  // namespace wsfs
