// What both sides changed becomes one new generation, where no edit meets
// another (planner.md §8).

#include <algorithm>
#include <utility>
#include <vector>

#include "core/merge/text_merge.h"
#include "core/sync/protocols.h"

namespace wsfs {

struct Protocols::Sides {
  NodeId node = kNoNode;
  Generation gen = kNoGeneration;
  Form form;
  RemoteInfo info;
  Content ancestor;
  Content ours;
  Content theirs;
};

std::optional<Protocols::Sides> Protocols::SidesOf(ObjectKey key) {
  const PlannerContext context = ledger_.Context();
  return ledger_.Read([&](const Catalogue& catalogue) -> std::optional<Sides> {
    const Object* const object = catalogue.FindObject(key);
    const Node* const node =
        object == nullptr ? nullptr : catalogue.NodeOf(key);
    if (node == nullptr || object->intent) return std::nullopt;
    if (!MayMerge(context, *object, *node)) return std::nullopt;
    return Sides{.node = node->id,
                 .gen = node->gen,
                 .form = FormOf(*object),
                 .info = *object->newer(),
                 .ancestor = *object->ancestor,
                 .ours = *node->content,
                 .theirs = *object->news_content};
  });
}

// None: a cache dropped it.
Result<std::optional<std::string>> Protocols::TextOf(const Content& content) {
  using Text = std::optional<std::string>;
  auto body = ledger_.store().contents().Open(content);
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

// None: they cannot be merged.
Result<std::optional<std::string>> Protocols::MergedText(const Sides& sides) {
  using Text = std::optional<std::string>;
  WSFS_TRY(const Text ancestor, TextOf(sides.ancestor));
  WSFS_TRY(const Text ours, TextOf(sides.ours));
  WSFS_TRY(const Text theirs, TextOf(sides.theirs));
  if (!ancestor || !ours || !theirs) return Text();
  const Versions versions{.base = *ancestor, .ours = *ours, .theirs = *theirs};
  return sides.form.kind == ObjectKind::kNotebook
             ? MergeCells(versions, sides.form.language)
             : MergeLines(versions);
}

Result<Content> Protocols::SealText(std::string_view text) {
  Contents& contents = ledger_.store().contents();
  WSFS_TRY(const std::unique_ptr<Draft> draft, contents.NewDraft());
  WSFS_RETURN_IF_ERROR(
      draft->WriteAt(0, std::as_bytes(std::span(text.data(), text.size()))));
  std::uint64_t body = 0;
  WSFS_RETURN_IF_ERROR(Commit(
      [&](Catalogue& catalogue, PlanMillis) { body = catalogue.NewId(); }));
  return contents.Seal(*draft, body, /*sync=*/false);
}

Result<void> Protocols::Merge(ObjectKey key) {
  const std::optional<Sides> sides = SidesOf(key);
  if (!sides) return {};
  WSFS_TRY(const std::optional<std::string> text, MergedText(*sides));
  if (!text) {
    return Commit([&](Catalogue& catalogue, PlanMillis) {
      if (catalogue.FindObject(key) != nullptr)
        catalogue.EditObject(key).unmergeable = sides->gen;
    });
  }
  WSFS_TRY(const Content merged, SealText(*text));
  return CommitMerge(key, *sides, merged);
}

Result<void> Protocols::CommitMerge(ObjectKey key, const Sides& sides,
                                    const Content& merged) {
  bool used = false;
  const auto written = Commit([&](Catalogue& catalogue, PlanMillis now) {
    const Object* const object = catalogue.FindObject(key);
    const Node* const node =
        object == nullptr ? nullptr : catalogue.NodeOf(key);
    if (node == nullptr || node->id != sides.node || node->gen != sides.gen ||
        object->intent || object->news_content != sides.theirs ||
        !MayMerge(ledger_.Context(), *object, *node))
      return;  // somebody went on: decide anew
    used = true;
    const auto theirs = NormalHash(sides.theirs, sides.form);
    TakeVersion(catalogue, key, sides.info, theirs);
    Object& agreed = catalogue.EditObject(key);
    agreed.gen = kNoGeneration;  // ours are theirs and more: to be sent
    agreed.ancestor = sides.theirs;
    Node& edited = catalogue.EditNode(sides.node);
    edited.gen += 1;
    edited.content = merged;
    edited.closed = now;
    Attributes& times = edited.attributes;
    times.mtime = std::max(ledger_.Context().wall, times.mtime + 1);
    times.ctime = std::max(times.ctime, times.mtime);
    catalogue.AddNotice({now, catalogue.ShownPathOf(edited),
                         "changed here and at the service; both edits are in "
                         "it now"});
  });
  if (!written.ok() || !used) {
    Contents& contents = ledger_.store().contents();
    if (merged.place == BodyPlace::kInline)
      contents.Unprepare(merged);
    else
      contents.Forget(merged);
  }
  return written;
}

}  // namespace wsfs
