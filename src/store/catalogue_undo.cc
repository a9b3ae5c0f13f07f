#include <tuple>

#include "store/catalogue_state.h"

namespace wsfs {

ContentId IdOf(const Content& content) {
  const bool clean =
      content.place == BodyPlace::kClean || content.place == BodyPlace::kBlob;
  ContentId id;
  id.place = content.place;
  if (clean && content.digest) {
    id.raw = content.digest->raw;
  } else {
    id.body = content.body;
  }
  return id;
}

std::vector<const Content*> ContentsOf(const Node& node) {
  std::vector<const Content*> out;
  if (node.content) out.push_back(&*node.content);
  if (node.ancestor) out.push_back(&*node.ancestor);
  if (node.intent && node.intent->content) {
    out.push_back(&*node.intent->content);
  }
  return out;
}

std::vector<const Content*> ContentsOf(const Object& object) {
  std::vector<const Content*> out;
  if (object.news_content) out.push_back(&*object.news_content);
  if (object.ancestor) out.push_back(&*object.ancestor);
  if (object.intent && object.intent->content) {
    out.push_back(&*object.intent->content);
  }
  return out;
}

bool SameOnDisk(const Node& a, const Node& b) {
  const auto fields = [](const Node& n) {
    return std::tie(n.parent, n.name, n.kind, n.place, n.conflict_copy,
                    n.conflict_of, n.ancestor, n.attributes, n.rdev,
                    n.symlink_target, n.xattrs, n.gen, n.content, n.known_size,
                    n.bind, n.src, n.touched, n.closed, n.again, n.refused,
                    n.intent, n.loaded, n.listed_at);
  };
  return fields(a) == fields(b);
}

bool SameOnDisk(const Object& a, const Object& b) {
  const auto fields = [](const Object& o) {
    return std::tie(o.parent, o.name, o.view, o.kind, o.language, o.format,
                    o.type_name, o.version, o.size_bytes, o.gen, o.base, o.news,
                    o.news_content, o.ancestor, o.fresh, o.intent, o.changed,
                    o.touched, o.asked, o.again, o.always_empty);
  };
  return fields(a) == fields(b);
}

namespace {

template <typename Rows>
auto ImageOf(const Rows& rows, std::uint64_t key) {
  using Row = typename Rows::mapped_type;
  const auto found = rows.find(key);
  return found == rows.end() ? std::optional<Row>()
                             : std::optional<Row>(found->second);
}

template <typename Rows, typename Before>
std::set<std::uint64_t> ChangedKeys(const Rows& rows, const Before& before) {
  std::set<std::uint64_t> out;
  for (const auto& [key, image] : before) {
    const auto now = rows.find(key);
    const bool is = now != rows.end();
    if (is != image.has_value() || (is && !SameOnDisk(*image, now->second))) {
      out.insert(key);
    }
  }
  return out;
}

using Deltas = std::map<ContentId, std::pair<std::int64_t, const Content*>>;

template <typename Rows, typename Before>
void AddDeltas(const Rows& rows, const Before& before, Deltas& out) {
  const auto add = [&out](const auto& row, std::int64_t by) {
    for (const Content* content : ContentsOf(row)) {
      auto& [count, which] = out[IdOf(*content)];
      count += by;
      which = content;
    }
  };
  for (const auto& [key, image] : before) {
    if (image) add(*image, -1);
    const auto now = rows.find(key);
    if (now != rows.end()) add(now->second, +1);
  }
}

}  // namespace

void Catalogue::State::Keep(NodeId id) {
  if (!node_before.contains(id)) node_before.emplace(id, ImageOf(nodes, id));
}

void Catalogue::State::KeepObject(ObjectKey key) {
  if (!object_before.contains(key)) {
    object_before.emplace(key, ImageOf(objects, key));
  }
}

Deltas Catalogue::State::ContentDeltas() const {
  Deltas out;
  AddDeltas(nodes, node_before, out);
  AddDeltas(objects, object_before, out);
  return out;
}

Changes Catalogue::PendingChanges() const {
  const State& s = *state_;
  Changes out;
  out.nodes = ChangedKeys(s.nodes, s.node_before);
  out.objects = ChangedKeys(s.objects, s.object_before);
  out.side_tables = s.sides_before && *s.sides_before != s.sides;
  out.capabilities =
      s.capabilities_before && *s.capabilities_before != s.capabilities;
  out.notices = s.notices;
  out.trashed = s.trashed;
  std::set<ContentId> kept;
  for (const auto& [path, content] : s.trashed) kept.insert(IdOf(content));
  for (const auto& [id, delta] : s.ContentDeltas()) {
    const auto before = s.content_rows.find(id);
    if (before == s.content_rows.end() || kept.contains(id)) continue;
    if (before->second + delta.first <= 0) out.dropped.push_back(*delta.second);
  }
  return out;
}

namespace {

/// clear() of a hash table that was large once costs its size for ever.
template <typename Table>
void Empty(Table& table) {
  Table().swap(table);
}

}  // namespace

void Catalogue::Commit() {
  State& s = *state_;
  for (const auto& [id, delta] : s.ContentDeltas()) {
    if (delta.first == 0) continue;
    const auto found = s.content_rows.try_emplace(id, 0).first;
    found->second += delta.first;
    if (found->second <= 0) s.content_rows.erase(found);
  }
  s.JudgeStale();
  Empty(s.stale_nodes);
  Empty(s.stale_objects);
  Empty(s.node_before);
  Empty(s.object_before);
  s.sides_before.reset();
  s.capabilities_before.reset();
  s.notices.clear();
  s.trashed.clear();
  s.taken = {};
}

const Node* Catalogue::NodeBefore(NodeId id) const {
  const auto found = state_->node_before.find(id);
  if (found == state_->node_before.end()) return nullptr;
  const std::optional<Node>& before = found->second;
  return before ? &*before : nullptr;
}

bool Catalogue::ChangedInTransaction(NodeId id) const {
  return state_->node_before.contains(id);
}

void Catalogue::State::RestoreRows() {
  for (const auto& [id, image] : node_before) {
    const auto now = nodes.find(id);
    if (now != nodes.end()) Unindex(now->second);
  }
  for (const auto& [key, image] : object_before) {
    const auto now = objects.find(key);
    if (now != objects.end()) Unindex(now->second);
  }
  const auto put_back = [this](auto& rows, auto& before) {
    for (auto& [key, image] : before) {
      if (image.has_value()) {
        Index(rows.insert_or_assign(key, std::move(*image)).first->second);
      } else {
        rows.erase(key);
      }
    }
  };
  put_back(nodes, node_before);
  put_back(objects, object_before);
}

void Catalogue::Rollback() {
  State& s = *state_;
  for (const auto& [id, image] : s.node_before) {
    const Node* now = FindNode(id);
    if (now != nullptr) s.stale_objects.insert(now->bind);
    if (now != nullptr && (!image || image->bind != now->bind)) {
      const std::vector<NodeId> children = Children(id);
      s.stale_nodes.insert(children.begin(), children.end());
    }
    s.stale_nodes.insert(id);
    s.touched_nodes.insert(id);
  }
  for (const auto& [key, image] : s.object_before) {
    s.stale_objects.insert(key);
    s.touched_objects.insert(key);
  }
  s.RestoreRows();
  if (s.sides_before) s.sides = *std::move(s.sides_before);
  if (s.capabilities_before) s.capabilities = *s.capabilities_before;
  s.touched_nodes.merge(s.taken.nodes);
  s.touched_objects.merge(s.taken.objects);
  Empty(s.node_before);
  Empty(s.object_before);
  Commit();
}

}  // namespace wsfs
