// What both sides changed becomes one new generation, where no edit meets
// another (planner.md §8).

#include <algorithm>
#include <utility>
#include <vector>

#include "core/sync/protocols.h"
#include "core/sync/text_content.h"
#include "merge/ipynb_merge.h"
#include "merge/text_merge.h"

namespace wsfs {

struct Protocols::Sides {
  NodeId node = kNoNode;
  Generation gen = kNoGeneration;
  Form form;
  bool ipynb = false;
  RemoteInfo info;
  ContentVersions contents;
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
                 .ipynb = IsIpynb(*object),
                 .info = *object->newer(),
                 .contents = {.base = *object->ancestor,
                              .ours = *node->content,
                              .theirs = *object->news_content}};
  });
}

struct Protocols::Merged {
  std::string text;
  bool left_out = false;  ///< Not all that was only ours is in it.
  Content content;        ///< The text, once it is sealed.
};

namespace {

/// Of what is no ipynb.
std::optional<std::string> MergeText(const Versions& versions,
                                     const Form& form) {
  return form.kind == ObjectKind::kNotebook
             ? MergeCells(versions, form.language)
             : MergeLines(versions);
}

std::string_view NoticeOf(bool left_out) {
  return left_out ? "changed here and at the service; the sources of both are "
                    "in it now. Some outputs or metadata are the service's: "
                    "your version is in the store's trash for a month"
                  : "changed here and at the service; both edits are in it now";
}

}  // namespace

// None: they cannot be merged.
Result<std::optional<Protocols::Merged>> Protocols::MergeSides(
    const Sides& sides) {
  using Found = std::optional<Merged>;
  WSFS_TRY(const std::optional<TextVersions> texts,
           TextsOf(ledger_.store().contents(), sides.contents));
  if (!texts) return Found();
  const Versions versions = texts->view();
  Merged merged;
  if (sides.ipynb) {
    auto ipynb = MergeIpynb(versions);
    if (!ipynb) return Found();
    merged.text = std::move(ipynb->text);
    merged.left_out = ipynb->left_out;
  } else {
    auto text = MergeText(versions, sides.form);
    if (!text) return Found();
    merged.text = *std::move(text);
  }
  return Found(std::move(merged));
}

Result<void> Protocols::Merge(ObjectKey key) {
  const std::optional<Sides> sides = SidesOf(key);
  if (!sides) return {};
  WSFS_TRY(std::optional<Merged> merged, MergeSides(*sides));
  if (!merged) {
    return Commit([&](Catalogue& catalogue, PlanMillis) {
      if (catalogue.FindObject(key) != nullptr)
        catalogue.EditObject(key).unmergeable = sides->gen;
    });
  }
  WSFS_TRY(merged->content, SealText(ledger_, merged->text));
  return CommitMerge(key, *sides, *merged);
}

Result<void> Protocols::CommitMerge(ObjectKey key, const Sides& sides,
                                    const Merged& merged) {
  bool used = false;
  const auto written = Commit([&](Catalogue& catalogue, PlanMillis now) {
    const Object* const object = catalogue.FindObject(key);
    const Node* const node =
        object == nullptr ? nullptr : catalogue.NodeOf(key);
    if (node == nullptr || node->id != sides.node || node->gen != sides.gen ||
        object->intent || object->news_content != sides.contents.theirs ||
        !MayMerge(ledger_.Context(), *object, *node))
      return;  // somebody went on: decide anew
    used = true;
    const auto theirs = NormalHash(sides.contents.theirs, sides.form);
    TakeVersion(catalogue, key, sides.info, theirs);
    Object& agreed = catalogue.EditObject(key);
    agreed.gen = kNoGeneration;  // ours are theirs and more: to be sent
    agreed.ancestor = sides.contents.theirs;
    Node& edited = catalogue.EditNode(sides.node);
    if (merged.left_out)
      catalogue.KeepInTrash(catalogue.ShownPathOf(edited), sides.contents.ours);
    NextGeneration(edited, merged.content, now);
    StampContent(edited, ledger_.Context().wall);
    catalogue.AddNotice({now, catalogue.ShownPathOf(edited),
                         std::string(NoticeOf(merged.left_out))});
  });
  if (!written.ok() || !used)
    DiscardText(ledger_.store().contents(), merged.content);
  return written;
}

}  // namespace wsfs
