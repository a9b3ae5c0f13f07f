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

/// Files the bytes if the version at the service is the one that is wanted,
/// now and before the download. Otherwise false, and what it is becomes news.
bool TakeFetched(Object& object, const RemoteInfo& info, const Version& before,
                 const std::optional<Content>& content) {
  if (info.kind != object.kind) {
    MarkGone(object);
    return false;
  }
  const Version want = WantedOf(object).version;
  if (!SameVersion(info.version, want)) {
    object.news = info;
    object.news_content.reset();
    return false;
  }
  if (!SameVersion(want, before)) return false;
  object.news_content = content;
  return true;
}

}  // namespace

Result<FetchedContent> Protocols::Export(const std::string& path,
                                         const Form& form) {
  return ExportContent(ledger_.store().contents(), calls_, path, form,
                       Calls::Wait());
}

Result<void> Protocols::Fetch(ObjectKey key) {
  const std::optional<FetchOrder> order = LookToFetch(key);
  if (!order) return {};
  WSFS_TRY(const FetchedContent exported, Export(order->path, order->form));
  const Outcome outcome = exported.reply.outcome;
  if (outcome == Outcome::kNotNow || outcome == Outcome::kUnsupported) {
    return Commit([&](Catalogue& catalogue, PlanMillis now) {
      if (catalogue.FindObject(key) != nullptr)
        BackOff(catalogue, key, now, exported.reply.why());
    });
  }
  return FileFetched(key, *order, exported, calls_.GetStatus(order->path));
}

std::optional<Protocols::FetchOrder> Protocols::LookToFetch(ObjectKey key) {
  return ledger_.Read(
      [&](const Catalogue& catalogue) -> std::optional<FetchOrder> {
        const Object* const object = catalogue.FindObject(key);
        if (object == nullptr) return std::nullopt;
        const RemoteInfo wanted = WantedOf(*object);
        Form form = FormOf(*object);
        if (wanted.format != NotebookFormat::kNone) form.format = wanted.format;
        return FetchOrder{.path = catalogue.RemotePathOf(*object),
                          .form = form,
                          .version = wanted.version};
      });
}

Result<void> Protocols::FileFetched(ObjectKey key, const FetchOrder& order,
                                    const FetchedContent& exported,
                                    const Reply<ObjectInfo>& status) {
  return Commit([&](Catalogue& catalogue, PlanMillis now) {
    const Object* const found = catalogue.FindObject(key);
    if (found == nullptr || found->intent || found->gone()) return;
    if (catalogue.RemotePathOf(*found) != order.path) return;
    Object& object = catalogue.EditObject(key);
    if (status.outcome == Outcome::kAbsent) return MarkGone(object);
    if (status.ok() && exported.reply.ok() &&
        TakeFetched(object, Reduce(*status.value), order.version,
                    exported.content))
      retries_.Succeeded(key);
    if (!object.gone() && !object.news_content)
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
