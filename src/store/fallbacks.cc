#include "store/fallbacks.h"

#include <algorithm>
#include <utility>

#include "store/row_codec.h"

namespace wsfs {
namespace {

bool IsDirty(const Content& content) {
  return content.place == BodyPlace::kInline ||
         content.place == BodyPlace::kSealed;
}

}  // namespace

Result<void> Fallbacks::Prepare(Database& database) {
  WSFS_TRY(put_, database.Prepare(
                     "REPLACE INTO fallbacks VALUES (?, ?, ?, ?, ?, ?)"));
  WSFS_TRY(remove_, database.Prepare("DELETE FROM fallbacks WHERE node=?"));
  WSFS_TRY(all_, database.Prepare("SELECT node, body, gen, content, "
                                  "known_size, dropped FROM fallbacks"));
  return {};
}

Result<void> Fallbacks::Load() {
  all_.Query();
  while (true) {
    WSFS_TRY(const bool more, all_.Next());
    if (!more) break;
    const auto node = all_.Number<NodeId>();
    Entry entry;
    entry.body = all_.Number<std::uint64_t>();
    entry.gen = all_.Integer();
    if (const auto bytes = all_.MaybeBytes()) {
      WSFS_TRY(entry.content, DecodeContent(*bytes));
    }
    if (const auto size = all_.MaybeInteger())
      entry.known_size = static_cast<std::uint64_t>(*size);
    entry.dropped = all_.Flag();
    Set(node, entry);
  }
  Commit();
  return {};
}

const Fallbacks::Entry* Fallbacks::Find(NodeId node) const {
  const auto found = entries_.find(node);
  return found == entries_.end() ? nullptr : &found->second;
}

void Fallbacks::StopKeeping(const Entry& entry, NodeId node) {
  if (!entry.content || !IsDirty(*entry.content)) return;
  const auto kept = keeps_.find(entry.content->body);
  // It may have passed to the node that took this one's name.
  if (kept != keeps_.end() && kept->second == node) keeps_.erase(kept);
}

void Fallbacks::Set(NodeId node, const std::optional<Entry>& entry) {
  const auto old = entries_.find(node);
  before_.try_emplace(
      node, old == entries_.end() ? std::nullopt : std::optional(old->second));
  if (old != entries_.end()) StopKeeping(old->second, node);
  if (!entry) {
    entries_.erase(node);
    return;
  }
  if (entry->content && IsDirty(*entry->content))
    keeps_[entry->content->body] = node;
  entries_.insert_or_assign(node, *entry);
}

std::optional<std::uint64_t> Fallbacks::UnsyncedBody(
    const std::optional<Content>& content) const {
  if (!content || content->place != BodyPlace::kSealed) return std::nullopt;
  const auto body = sealed_.Find(content->body);
  if (!body || body->synced) return std::nullopt;
  return content->body;
}

std::optional<Fallbacks::Entry> Fallbacks::OldSelf(
    const Node& node, const Node* before, std::uint64_t body,
    const Images& removed) const {
  const auto as_entry = [body](const Node& old) {
    return Entry{.body = body,
                 .gen = old.gen,
                 .content = old.content,
                 .known_size = old.known_size};
  };
  const bool had_self =
      before != nullptr && before->gen != 0 && !UnsyncedBody(before->content);
  if (had_self) return as_entry(*before);
  const auto at = removed.find({node.parent, node.name});
  if (at == removed.end()) return std::nullopt;
  const Node& replaced = *at->second;
  std::optional<Entry> entry;
  if (!UnsyncedBody(replaced.content)) {
    entry = as_entry(replaced);
  } else if (const Entry* behind = Find(replaced.id)) {
    entry = *behind;
    entry->body = body;
  }
  // The generation is this node's own: by it the bytes are dirty, and go out.
  if (entry) entry->gen = node.gen;
  return entry;
}

void Fallbacks::FollowNode(const Node& node, const Node* before,
                           const Images& removed) {
  const Entry* entry = Find(node.id);
  const auto body = UnsyncedBody(node.content);
  if (!body) {
    if (entry != nullptr) Remove(node.id);
    return;
  }
  if (entry == nullptr) {
    const auto old = OldSelf(node, before, *body, removed);
    if (old) Set(node.id, old);
  } else if (entry->body != *body) {
    Entry moved = *entry;
    moved.body = *body;
    Set(node.id, moved);
  }
}

void Fallbacks::Follow(const Catalogue& catalogue, const Changes& changes) {
  Images removed;
  std::vector<NodeId> gone;
  for (const NodeId id : changes.nodes) {
    if (catalogue.FindNode(id) != nullptr) continue;
    gone.push_back(id);
    const Node* before = catalogue.NodeBefore(id);
    if (before != nullptr) removed[{before->parent, before->name}] = before;
  }
  for (const NodeId id : changes.nodes) {
    const Node* node = catalogue.FindNode(id);
    if (node != nullptr) FollowNode(*node, catalogue.NodeBefore(id), removed);
  }
  for (const NodeId id : gone)
    if (Find(id) != nullptr) Remove(id);
}

void Fallbacks::Release(const std::vector<std::uint64_t>& synced) {
  std::vector<NodeId> nodes;
  for (const auto& [node, entry] : entries_)
    if (std::ranges::binary_search(synced, entry.body)) nodes.push_back(node);
  for (const NodeId node : nodes) Remove(node);
}

bool Fallbacks::Keeps(const Content& content) const {
  return IsDirty(content) && keeps_.contains(content.body);
}

bool Fallbacks::KeepDropped(const Content& content) {
  if (!Keeps(content)) return false;
  const NodeId node = keeps_.at(content.body);
  Entry entry = entries_.at(node);
  entry.dropped = true;
  Set(node, entry);
  return true;
}

std::vector<Content> Fallbacks::TakeFreed() {
  std::vector<Content> freed;
  for (const auto& [node, old] : before_) {
    if (!old || !old->dropped || !old->content) continue;
    const Content& content = *old->content;
    if (IsDirty(content) && !keeps_.contains(content.body))
      freed.push_back(content);
  }
  return freed;
}

Result<void> Fallbacks::WriteRows() {
  for (const auto& [node, old] : before_) {
    const Entry* entry = Find(node);
    if (entry == nullptr) {
      if (!old) continue;
      WSFS_RETURN_IF_ERROR(remove_.Run(node));
      continue;
    }
    std::optional<std::string> content;
    if (entry->content) content = EncodeContent(*entry->content);
    WSFS_RETURN_IF_ERROR(
        put_.Run(node, entry->body, entry->gen,
                 content ? std::optional(Blob{*content}) : std::nullopt,
                 entry->known_size, entry->dropped));
  }
  return {};
}

void Fallbacks::Commit() {
  before_.clear();
}

void Fallbacks::Rollback() {
  auto before = std::exchange(before_, {});
  for (const auto& [node, old] : before) Set(node, old);
  before_.clear();
}

}  // namespace wsfs
