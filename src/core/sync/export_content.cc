#include "core/sync/export_content.h"

#include <memory>

#include "core/sync/hydrations.h"

namespace wsfs {
namespace {

/// Fills a download of the store with what the service sends.
class DownloadSink final : public ByteSink {
 public:
  explicit DownloadSink(Download& download) : download_(download) {}
  Result<void> Restart() override { return download_.Restart(); }
  Result<void> Take(std::span<const std::byte> bytes) override {
    return download_.Take(bytes);
  }

 private:
  Download& download_;
};

}  // namespace

Result<FetchedContent> ExportContent(Contents& contents, Calls& calls,
                                     const std::string& path, const Form& form,
                                     const Calls::Wait& wait) {
  WSFS_TRY(const std::unique_ptr<Download> download, contents.NewDownload());
  DownloadSink sink(*download);
  FetchedContent exported;
  exported.reply = calls.Export(path, ExportFormatOf(form), sink, wait,
                                {.retry = true, .size_hint = std::nullopt});
  if (!exported.reply.ok()) return exported;
  WSFS_TRY(exported.content, download->Finish());
  return exported;
}

}  // namespace wsfs
