#include "core/sync/text_content.h"

#include <memory>
#include <span>
#include <utility>

namespace wsfs {

Result<std::optional<std::string>> TextOf(Contents& contents,
                                          const Content& content) {
  using Text = std::optional<std::string>;
  auto body = contents.Open(content);
  if (!body.ok() && body.error().code() == Errc::kNotFound) return Text();
  if (!body.ok()) return body.error();
  std::string text(content.size_bytes, '\0');
  std::size_t at = 0;
  while (at < text.size()) {
    const auto into = std::as_writable_bytes(std::span(text)).subspan(at);
    WSFS_TRY(const std::size_t got, (*body)->ReadAt(at, into));
    if (got == 0) break;
    at += got;
  }
  text.resize(at);
  return Text(std::move(text));
}

Result<std::optional<TextVersions>> TextsOf(Contents& contents,
                                            const ContentVersions& versions) {
  WSFS_TRY(auto base, TextOf(contents, versions.base));
  WSFS_TRY(auto ours, TextOf(contents, versions.ours));
  WSFS_TRY(auto theirs, TextOf(contents, versions.theirs));
  if (!base || !ours || !theirs) return std::optional<TextVersions>();
  return std::optional(TextVersions{.base = *std::move(base),
                                    .ours = *std::move(ours),
                                    .theirs = *std::move(theirs)});
}

Result<Content> SealText(Ledger& ledger, std::string_view text) {
  Contents& contents = ledger.store().contents();
  WSFS_TRY(const std::unique_ptr<Draft> draft, contents.NewDraft());
  WSFS_RETURN_IF_ERROR(
      draft->WriteAt(0, std::as_bytes(std::span(text.data(), text.size()))));
  std::uint64_t body = 0;
  WSFS_RETURN_IF_ERROR(
      ledger.Transact([&](Catalogue& catalogue) -> Result<void> {
        body = catalogue.NewId();
        return {};
      }));
  return contents.Seal(*draft, body, /*sync=*/false);
}

void DiscardText(Contents& contents, const Content& content) {
  if (content.place == BodyPlace::kInline)
    contents.Unprepare(content);
  else
    contents.Forget(content);
}

}  // namespace wsfs
