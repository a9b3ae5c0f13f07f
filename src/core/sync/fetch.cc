#include <utility>

#include "core/sync/protocols.h"

namespace wsfs {
namespace {

/// Fills a download of the store with what the service sends.
class DownloadSink final : public ByteSink {
 public:
  explicit DownloadSink(wsfs::Download& download) : download_(download) {}
  Result<void> Restart() override { return download_.Restart(); }
  Result<void> Take(std::span<const std::byte> bytes) override {
    return download_.Take(bytes);
  }

 private:
  wsfs::Download& download_;
};

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

Result<Protocols::Exported> Protocols::Export(const std::string& path,
                                              const Form& form) {
  WSFS_TRY(const std::unique_ptr<Download> download,
           ledger_.store().contents().NewDownload());
  DownloadSink sink(*download);
  Exported exported;
  exported.reply = calls_.Export(path, ExportFormatOf(form), sink,
                                 Calls::Wait(), /*retry=*/true, std::nullopt);
  if (!exported.reply.ok()) return exported;
  WSFS_TRY(exported.content, download->Finish());
  return exported;
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
  WSFS_TRY(const Exported exported, Export(path, form));
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
