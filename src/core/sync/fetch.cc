#include <utility>

#include "core/sync/protocols.h"

namespace wsfs {
namespace {

/// The version to be fetched: the news, or what was agreed.
RemoteInfo WantedOf(const Object& object) {
  if (const RemoteInfo* newer = object.newer()) return *newer;
  RemoteInfo agreed;
  agreed.kind = object.kind;
  agreed.version = object.version;
  agreed.language = object.language;
  agreed.format = object.format;
  return agreed;
}

}  // namespace

Result<FetchedContent> Protocols::Export(const std::string& path,
                                         const Form& form) {
  return ExportContent(ledger_.store().contents(), calls_, path, form,
                       Calls::Wait());
}

Result<void> Protocols::Fetch(ObjectKey key) {
  std::string path;
  RemoteInfo before;
  Form form;
  ledger_.Read([&](const Catalogue& catalogue) {
    const Object* const object = catalogue.FindObject(key);
    if (object == nullptr) return;
    path = catalogue.RemotePathOf(*object);
    before = WantedOf(*object);
    form = FormOf(*object);
    if (before.format != NotebookFormat::kNone) form.format = before.format;
  });
  if (path.empty()) return {};
  WSFS_TRY(const FetchedContent exported, Export(path, form));
  const Outcome outcome = exported.reply.outcome;
  if (outcome == Outcome::kNotNow || outcome == Outcome::kUnsupported) {
    return Commit([&](Catalogue& catalogue, PlanMillis now) {
      if (catalogue.FindObject(key) != nullptr)
        BackOff(catalogue, key, now, exported.reply.why());
    });
  }
  const Reply<ObjectInfo> status = calls_.GetStatus(path);
  return Commit([&](Catalogue& catalogue, PlanMillis now) {
    const Object* const found = catalogue.FindObject(key);
    if (found == nullptr || found->intent || found->gone()) return;
    if (catalogue.RemotePathOf(*found) != path) return;
    Object& object = catalogue.EditObject(key);
    if (status.outcome == Outcome::kAbsent) {
      object.news = Gone();
      object.news_content.reset();
      return;
    }
    if (status.ok() && exported.reply.ok()) {
      const RemoteInfo info = Reduce(*status.value);
      if (info.kind != object.kind) {
        object.news = Gone();
        object.news_content.reset();
        return;
      }
      const Version want = WantedOf(object).version;
      if (!SameVersion(info.version, want)) {
        object.news = info;
        object.news_content.reset();
      } else if (SameVersion(want, before.version)) {
        object.news_content = exported.content;
        retries_.Succeeded(key);
      }
    }
    if (!object.news_content)
      BackOff(catalogue, key, now, exported.reply.why() + status.why());
  });
}

Result<void> Protocols::Hydrate(NodeId id) {
  const Result<void> done = hydrations_.RunChecked(id);
  if (done.ok()) {
    retries_.Succeeded(id);
    return {};
  }
  return Commit([&](Catalogue& catalogue, PlanMillis now) {
    BackOffNode(catalogue, id, now, done.error().message());
  });
}

Result<void> Protocols::Digest(const ActionKey& key) {
  if (key.node != kNoNode) {
    WSFS_TRY(const bool digested, EnsureDigest(key.node));
    (void)digested;
    return {};
  }
  return {};
}

Result<void> Protocols::Secure(NodeId id) {
  // When the cache has dropped them already, the plan asks for a download.
  WSFS_TRY(const bool secured, SecureContent(id));
  (void)secured;
  return {};
}

}  // namespace wsfs
