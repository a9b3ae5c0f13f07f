#include "store/catalogue_rows.h"

#include <utility>

#include <fmt/format.h>

#include "store/row_codec.h"

namespace wsfs {
namespace {

Result<std::optional<Content>> ReadContent(Statement& row) {
  const auto bytes = row.MaybeBytes();
  if (!bytes) return std::optional<Content>();
  WSFS_TRY(const Content content, DecodeContent(*bytes));
  return std::optional(content);
}

/// A content column to bind; keeps the bytes.
struct ContentColumn {
  explicit ContentColumn(const std::optional<Content>& content) {
    if (content) bytes = EncodeContent(*content);
  }
  std::optional<Blob> column() const {
    return bytes ? std::optional(Blob{*bytes}) : std::nullopt;
  }
  std::optional<std::string> bytes;
};

/// Reads an enum column; kCorrupt when it is none of its values.
template <typename E>
Result<E> ReadEnum(Statement& row, E last) {
  const std::int64_t value = row.Integer();
  if (value < 0 || value > static_cast<std::int64_t>(last)) {
    return Error(Errc::kCorrupt,
                 fmt::format("the catalogue holds a kind that does not exist: "
                             "{}",
                             value));
  }
  return static_cast<E>(value);
}

template <typename E>
std::int64_t Number(E value) {
  return static_cast<std::int64_t>(value);
}

std::optional<std::uint64_t> ReadSize(Statement& row) {
  const auto value = row.MaybeInteger();
  if (!value) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

}  // namespace

Result<void> IntentRows::Prepare(Database& database) {
  WSFS_TRY(put_, database.Prepare("REPLACE INTO intents VALUES (?,?,?,?,?,?,"
                                  "?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  WSFS_TRY(remove_, database.Prepare("DELETE FROM intents WHERE of_object=? "
                                     "AND owner=?"));
  WSFS_TRY(
      get_,
      database.Prepare(
          "SELECT op,gen,content,node,path,dst,parent,name,view,kind,language,"
          "format,base_object_id,base_modified_at,at,acked_sent_ms,"
          "acked_answered_ms FROM intents WHERE of_object=? AND owner=?"));
  return {};
}

Result<void> IntentRows::Put(Owner owner, std::uint64_t id,
                             const std::optional<Intent>& intent) {
  if (!intent) return remove_.Run(Number(owner), id);
  const Intent& i = *intent;
  const ContentColumn content(i.content);
  std::optional<std::int64_t> sent;
  std::optional<std::int64_t> answered;
  if (i.acked) {
    sent = i.acked->sent_ms;
    answered = i.acked->answered_ms;
  }
  return put_.Run(Number(owner), id, Number(i.op), i.gen, content.column(),
                  i.node, Blob{i.path}, Blob{i.dst}, i.parent, Blob{i.name},
                  Blob{i.view}, Number(i.kind), Number(i.language),
                  Number(i.format), i.base.id, i.base.modified_at, i.at, sent,
                  answered);
}

Result<std::optional<Intent>> IntentRows::Get(Owner owner, std::uint64_t id) {
  get_.Query(Number(owner), id);
  WSFS_TRY(const bool there, get_.Next());
  if (!there) return std::optional<Intent>();
  Intent i;
  WSFS_TRY(i.op, ReadEnum(get_, IntentOp::kRmtree));
  i.gen = get_.Integer();
  WSFS_TRY(i.content, ReadContent(get_));
  i.node = get_.Number<NodeId>();
  i.path = get_.Text();
  i.dst = get_.Text();
  i.parent = get_.Number<ObjectKey>();
  i.name = get_.Text();
  i.view = get_.Text();
  WSFS_TRY(i.kind, ReadEnum(get_, ObjectKind::kOpaque));
  WSFS_TRY(i.language, ReadEnum(get_, Language::kR));
  WSFS_TRY(i.format, ReadEnum(get_, NotebookFormat::kJupyter));
  i.base.id = get_.Integer();
  i.base.modified_at = get_.Integer();
  i.at = get_.Integer();
  const auto sent = get_.MaybeInteger();
  const auto answered = get_.MaybeInteger();
  if (sent && answered)
    i.acked = Intent::Acked{.sent_ms = *sent, .answered_ms = *answered};
  get_.End();
  return std::optional(std::move(i));
}

Result<void> NodeRows::Prepare(Database& database) {
  WSFS_TRY(put_,
           database.Prepare("REPLACE INTO nodes VALUES (?,?,?,?,?,?,?,?,?,?,?,"
                            "?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  WSFS_TRY(remove_, database.Prepare("DELETE FROM nodes WHERE id=?"));
  WSFS_TRY(put_name_, database.Prepare("REPLACE INTO names VALUES (?,?,?)"));
  WSFS_TRY(remove_names_, database.Prepare("DELETE FROM names WHERE node=?"));
  WSFS_TRY(
      all_,
      database.Prepare(
          "SELECT id,kind,place,conflict_copy,mode,uid,gid,atime,mtime,ctime,"
          "rdev,symlink_target,xattrs,gen,content,known_size,bind,src,touched,"
          "closed,again,refused,loaded,listed_at,conflict_of,ancestor,parent,"
          "name FROM nodes "
          "LEFT JOIN names ON names.node=nodes.id ORDER BY id"));
  return {};
}

Result<void> NodeRows::Put(const Node& node, const Node* before,
                           IntentRows& intents) {
  const Node& n = node;
  const Attributes& a = n.attributes;
  const ContentColumn content(n.content);
  const ContentColumn ancestor(n.ancestor);
  const auto xattrs = EncodeXattrs(n.xattrs);
  WSFS_RETURN_IF_ERROR(put_.Run(
      n.id, Number(n.kind), Number(n.place), n.conflict_copy, a.mode, a.uid,
      a.gid, a.atime, a.mtime, a.ctime, n.rdev, Blob{n.symlink_target},
      xattrs ? std::optional(Blob{*xattrs}) : std::nullopt, n.gen,
      content.column(), n.known_size, n.bind, n.src, n.touched, n.closed,
      n.again, n.refused, n.loaded, n.listed_at, Blob{n.conflict_of},
      ancestor.column()));
  if (before == nullptr || before->parent != n.parent ||
      before->name != n.name) {
    if (before != nullptr) {
      WSFS_RETURN_IF_ERROR(remove_names_.Run(n.id));
    }
    if (n.parent != kNoNode) {
      WSFS_RETURN_IF_ERROR(put_name_.Run(n.id, n.parent, Blob{n.name}));
    }
  }
  if (!n.intent && (before == nullptr || !before->intent)) return {};
  return intents.Put(IntentRows::Owner::kNode, n.id, n.intent);
}

Result<void> NodeRows::Remove(NodeId id, IntentRows& intents) {
  WSFS_RETURN_IF_ERROR(remove_.Run(id));
  WSFS_RETURN_IF_ERROR(remove_names_.Run(id));
  return intents.Put(IntentRows::Owner::kNode, id, std::nullopt);
}

Result<void> NodeRows::ForEach(const std::function<Result<void>(Node)>& take) {
  all_.Query();
  NodeId last = kNoNode;
  while (true) {
    WSFS_TRY(const bool more, all_.Next());
    if (!more) return {};
    WSFS_TRY(Node node, Read());
    if (node.id == last)
      return Error(Errc::kCorrupt,
                   fmt::format("the catalogue is damaged: entry {} has two "
                               "names",
                               node.id));
    last = node.id;
    WSFS_RETURN_IF_ERROR(take(std::move(node)));
  }
}

Result<Node> NodeRows::Read() {
  Statement& row = all_;
  Node n;
  n.id = row.Number<NodeId>();
  WSFS_TRY(n.kind, ReadEnum(row, NodeKind::kSocket));
  WSFS_TRY(n.place, ReadEnum(row, Place::kLocal));
  n.conflict_copy = row.Flag();
  n.attributes.mode = row.Number<std::uint32_t>();
  n.attributes.uid = row.Number<std::uint32_t>();
  n.attributes.gid = row.Number<std::uint32_t>();
  n.attributes.atime = row.Integer();
  n.attributes.mtime = row.Integer();
  n.attributes.ctime = row.Integer();
  n.rdev = row.Number<std::uint64_t>();
  n.symlink_target = row.Text();
  WSFS_TRY(n.xattrs, DecodeXattrs(row.MaybeBytes()));
  n.gen = row.Integer();
  WSFS_TRY(n.content, ReadContent(row));
  n.known_size = ReadSize(row);
  n.bind = row.Number<ObjectKey>();
  n.src = row.Number<ObjectKey>();
  n.touched = row.Integer();
  n.closed = row.Integer();
  n.again = row.Integer();
  n.refused = row.Text();
  n.loaded = row.Flag();
  n.listed_at = row.Integer();
  n.conflict_of = row.Text();
  WSFS_TRY(n.ancestor, ReadContent(row));
  n.parent = row.Number<NodeId>();
  n.name = row.Text();
  return n;
}

Result<void> ObjectRows::Prepare(Database& database) {
  WSFS_TRY(put_, database.Prepare(
                     "REPLACE INTO objects VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,"
                     "?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  WSFS_TRY(remove_, database.Prepare("DELETE FROM objects WHERE key=?"));
  WSFS_TRY(
      all_,
      database.Prepare(
          "SELECT key,parent,name,view,kind,language,format,type_name,"
          "object_id,modified_at,size_bytes,gen,base,news,news_kind,"
          "news_language,news_format,news_type_name,news_object_id,"
          "news_modified_at,news_size_bytes,news_content,fresh,changed,touched,"
          "asked,again,always_empty,ancestor FROM objects ORDER BY key"));
  return {};
}

Result<void> ObjectRows::Put(const Object& object, IntentRows& intents) {
  const Object& o = object;
  const ContentColumn news_content(o.news_content);
  const ContentColumn ancestor(o.ancestor);
  const RemoteInfo* newer = o.newer();
  const RemoteInfo none;
  const RemoteInfo& news = newer != nullptr ? *newer : none;
  WSFS_RETURN_IF_ERROR(
      put_.Run(o.key, o.parent, Blob{o.name}, Blob{o.view}, Number(o.kind),
               Number(o.language), Number(o.format), o.type_name, o.version.id,
               o.version.modified_at, o.size_bytes, o.gen,
               o.base ? std::optional(Blob{BytesOf(*o.base)}) : std::nullopt,
               o.news.index(), Number(news.kind), Number(news.language),
               Number(news.format), news.type_name, news.version.id,
               news.version.modified_at, news.size_bytes, news_content.column(),
               o.fresh, o.changed, o.touched, o.asked, o.again, o.always_empty,
               ancestor.column()));
  return intents.Put(IntentRows::Owner::kObject, o.key, o.intent);
}

Result<void> ObjectRows::Remove(ObjectKey key, IntentRows& intents) {
  WSFS_RETURN_IF_ERROR(remove_.Run(key));
  return intents.Put(IntentRows::Owner::kObject, key, std::nullopt);
}

namespace {

Result<RemoteNews> ReadNews(Statement& row) {
  const std::int64_t which = row.Integer();
  RemoteInfo news;
  WSFS_TRY(news.kind, ReadEnum(row, ObjectKind::kOpaque));
  WSFS_TRY(news.language, ReadEnum(row, Language::kR));
  WSFS_TRY(news.format, ReadEnum(row, NotebookFormat::kJupyter));
  news.type_name = row.Text();
  news.version.id = row.Integer();
  news.version.modified_at = row.Integer();
  news.size_bytes = ReadSize(row);
  switch (which) {
    case 0: return RemoteNews();
    case 1: return RemoteNews(Gone());
    case 2: return RemoteNews(std::move(news));
    default: return Error(Errc::kCorrupt, "the catalogue holds broken news");
  }
}

}  // namespace

Result<void> ObjectRows::ForEach(
    const std::function<Result<void>(Object)>& take) {
  all_.Query();
  while (true) {
    WSFS_TRY(const bool more, all_.Next());
    if (!more) return {};
    WSFS_TRY(Object object, Read());
    WSFS_RETURN_IF_ERROR(take(std::move(object)));
  }
}

Result<Object> ObjectRows::Read() {
  Statement& row = all_;
  Object o;
  o.key = row.Number<ObjectKey>();
  o.parent = row.Number<ObjectKey>();
  o.name = row.Text();
  o.view = row.Text();
  WSFS_TRY(o.kind, ReadEnum(row, ObjectKind::kOpaque));
  WSFS_TRY(o.language, ReadEnum(row, Language::kR));
  WSFS_TRY(o.format, ReadEnum(row, NotebookFormat::kJupyter));
  o.type_name = row.Text();
  o.version.id = row.Integer();
  o.version.modified_at = row.Integer();
  o.size_bytes = ReadSize(row);
  o.gen = row.Integer();
  if (const auto base = row.MaybeBytes()) {
    WSFS_TRY(o.base, DecodeHash(*base));
  }
  WSFS_TRY(o.news, ReadNews(row));
  WSFS_TRY(o.news_content, ReadContent(row));
  o.fresh = row.Flag();
  o.changed = row.Integer();
  o.touched = row.Integer();
  o.asked = row.Integer();
  o.again = row.Integer();
  o.always_empty = row.Flag();
  WSFS_TRY(o.ancestor, ReadContent(row));
  return o;
}

}  // namespace wsfs
