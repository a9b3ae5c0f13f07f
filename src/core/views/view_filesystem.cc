#include "core/views/view_filesystem.h"

#include <utility>

#include <fmt/format.h>

#include "base/log.h"

namespace wsfs {
namespace {

/// Beyond it all marks are forgotten: names are views once more.
constexpr std::size_t kMostMarks = 65'536;
constexpr std::uint32_t kWriteBits = 0222;
/// A view is another name of the same notebook, and editors that replace what
/// they save write into a file that has several (tools-and-editors.md §2.1).
constexpr std::uint32_t kNames = 2;

/// A program that makes many files makes those of one notebook in this time.
constexpr Milliseconds kMakingTime{60'000};

}  // namespace

Error ViewFilesystem::ForReading() {
  return {Errc::kPermissionDenied,
          "this view of a notebook is for reading only"};
}

// ---- Names

NotebookFormat ViewFilesystem::FormatOf(NodeId node) {
  return ledger_.Read([&](const Catalogue& catalogue) {
    const Node* const found = catalogue.FindNode(node);
    std::optional<Form> form;
    if (found != nullptr && !found->detached())
      form = NotebookFormOf(catalogue, *found);
    return form ? form->format : NotebookFormat::kSource;
  });
}

bool ViewFilesystem::MayFlip(NodeId node, const Waiting& waiting) {
  return waiting.allowed() && FormatOf(node) == NotebookFormat::kNone;
}

Result<void> ViewFilesystem::CheckName(NodeId node, bool may_have_flipped) {
  if (!may_have_flipped || FormatOf(node) != NotebookFormat::kJupyter)
    return {};
  return Error(Errc::kStale, "the notebook is kept as ipynb: its name changed");
}

std::optional<ViewTarget> ViewFilesystem::ViewNamed(NodeId directory,
                                                    std::string_view name) {
  const auto found = ledger_.Read([&](const Catalogue& catalogue) {
    const Node* const node = catalogue.FindNode(directory);
    return node == nullptr ? std::optional<ViewTarget>()
                           : FindView(catalogue, *node, name);
  });
  return found && !IsHidden(*found) ? found : std::nullopt;
}

Result<std::optional<ViewTarget>> ViewFilesystem::FindLearning(
    NodeId directory, std::string_view name, const Waiting& waiting) {
  const auto found = ViewNamed(directory, name);
  // The others are there whatever the format is.
  if (!found || (found->view != View::kJupyter && found->view != View::kSource))
    return found;
  if (FormatOf(found->notebook) != NotebookFormat::kNone) return found;
  WSFS_TRY([[maybe_unused]] const std::string bytes,
           texts_.ReadWhole(found->notebook, waiting));
  return ViewNamed(directory, name);
}

Result<Stat> ViewFilesystem::Lookup(MountId mount, NodeId directory,
                                    std::string_view name, const Caller& caller,
                                    const Waiting& waiting) {
  auto found = files().Lookup(mount, directory, name, caller, waiting);
  if (found.ok() || found.error().code() != Errc::kNotFound) return found;
  const auto guess = ViewNamed(directory, name);
  if (!guess || IsMaker(guess->notebook, caller.process)) return found;
  WSFS_TRY(const auto target, FindLearning(directory, name, waiting));
  if (target) return StatOf(*target, SizeIs::kAskedLater, waiting);
  // Its format is known now, and so the name may be an entry's.
  return files().Lookup(mount, directory, name, caller, waiting);
}

bool ViewFilesystem::StaysMissing(std::string_view name) const {
  return !MayBeView(name);
}

// NOLINTNEXTLINE(readability-function-size): its interface
Result<std::pair<Stat, Opened>> ViewFilesystem::Create(
    MountId mount, NodeId directory, std::string_view name, std::uint32_t mode,
    const OpenFlags& flags, bool exclusive, const Caller& caller,
    const Waiting& waiting) {
  auto made = files().Create(mount, directory, name, mode, flags, exclusive,
                             caller, waiting);
  if (!made.ok() || !MayBeView(name)) return made;
  const MutexLock lock(mutex_);
  if (makers_.size() >= kMostMarks) makers_.clear();
  makers_[made->first.id] = {.process = caller.process,
                             .until = ledger_.clock().Now() + kMakingTime};
  return made;
}

void ViewFilesystem::Forget(MountId mount, NodeId node, std::uint64_t count) {
  if (!TargetOf(node)) files().Forget(mount, node, count);
}

// Whoever removes a view wants the name, not the notebook's end.
Result<void> ViewFilesystem::Unlink(MountId mount, NodeId directory,
                                    std::string_view name,
                                    const Waiting& waiting) {
  auto removed = files().Unlink(mount, directory, name, waiting);
  if (removed.ok() || removed.error().code() != Errc::kNotFound) return removed;
  WSFS_TRY(const auto target, FindLearning(directory, name, waiting));
  if (!target) return removed;
  Hide(*target);
  return {};
}

// NOLINTNEXTLINE(readability-function-size): its interface
Result<void> ViewFilesystem::Rename(MountId mount, NodeId from_directory,
                                    std::string_view from, NodeId to_directory,
                                    std::string_view to, RenameMode mode,
                                    const Waiting& waiting) {
  const NodeId source = EntryOf(from_directory, from);
  if (source == kNoNode) {
    WSFS_TRY(const auto view, FindLearning(from_directory, from, waiting));
    if (view)
      return Error(Errc::kCrossesPlaces,
                   fmt::format("{} is a view of a notebook: it can be copied, "
                               "not renamed",
                               from));
  } else if (mode == RenameMode::kReplace && IsNewFile(source) &&
             EntryOf(to_directory, to) == kNoNode) {
    WSFS_TRY(const auto view, FindLearning(to_directory, to, waiting));
    if (view && IsWritable(view->view) && texts_.IsRead(*view))
      return SaveByRename({.mount = mount,
                           .target = *view,
                           .source = source,
                           .from_directory = from_directory,
                           .from = from,
                           .to_directory = to_directory,
                           .to = to},
                          waiting);
  }
  return files().Rename(mount, from_directory, from, to_directory, to, mode,
                        waiting);
}

NodeId ViewFilesystem::EntryOf(NodeId directory, std::string_view name) {
  return ledger_.Read([&](const Catalogue& catalogue) {
    const Node* const node = catalogue.Child(directory, name);
    return node == nullptr ? kNoNode : node->id;
  });
}

/// What an editor has written beside what it saves: nothing the service has,
/// and no notebook.
bool ViewFilesystem::IsNewFile(NodeId id) {
  return ledger_.Read([&](const Catalogue& catalogue) {
    const Node* const node = catalogue.FindNode(id);
    return node != nullptr && node->kind == NodeKind::kFile &&
           node->bind == kNoObject && !NotebookFormOf(catalogue, *node);
  });
}

Generation ViewFilesystem::GenerationOf(NodeId id) {
  return ledger_.Read([&](const Catalogue& catalogue) {
    const Node* const node = catalogue.FindNode(id);
    return node == nullptr ? kNoGeneration : node->gen;
  });
}

// An editor's save: the new file's text is the view's, and the new file goes.
Result<void> ViewFilesystem::SaveByRename(const RenamedSave& save,
                                          const Waiting& waiting) {
  if (!waiting.allowed())
    return Error(Errc::kWouldBlock, "a view that is put into its notebook");
  WSFS_TRY(const auto base, texts_.BaseOf(save.target, waiting));
  const Generation gen = GenerationOf(save.source);
  WSFS_TRY(const std::string text, texts_.ReadWhole(save.source, waiting));
  OpenView view(base->native, text);
  WSFS_RETURN_IF_ERROR(view.Resize(text.size()));  // It is an edit.
  auto saved = texts_.Save(save.mount, save.target, view,
                           ViewTexts::Reach::kClosed, waiting);
  if (view.changed()) return saved;
  if (EntryOf(save.from_directory, save.from) != save.source ||
      GenerationOf(save.source) != gen)
    return Error(Errc::kBusy,
                 fmt::format("{} was changed while it was renamed", save.from));
  WSFS_RETURN_IF_ERROR(
      files().Unlink(kNoKernel, save.from_directory, save.from, waiting));
  // The kernel believes that the new file has the name now.
  ledger_.TellKernels({{.what = Invalidation::What::kEntry,
                        .parent = save.to_directory,
                        .name = std::string(save.to),
                        .node = kNoNode}});
  return saved;
}

// ---- Attributes

Result<Stat> ViewFilesystem::StatOf(const ViewTarget& target, SizeIs size,
                                    const Waiting& waiting) {
  WSFS_TRY(Stat stat, files().GetAttributes(target.notebook, waiting));
  stat.id = IdOf(target);
  stat.links = kNames;
  stat.alias = true;
  stat.size_known = false;  // No kernel is told when it changes.
  stat.size_bytes = 0;
  if (!IsWritable(target.view)) stat.attributes.mode &= ~kWriteBits;
  if (const auto open = written_.Find(target)) {
    stat.size_bytes = open->size_bytes();
    return stat;
  }
  const bool now = size == SizeIs::kAskedNow;
  const auto known = texts_.SizeNow(target, now ? waiting : Waiting::Never());
  if (known.ok()) stat.size_bytes = *known;
  return known.ok() || !now ? Result<Stat>(stat) : known.error();
}

Result<Stat> ViewFilesystem::GetAttributes(NodeId node,
                                           const Waiting& waiting) {
  if (const auto target = TargetOf(node))
    return StatOf(*target, SizeIs::kAskedNow, waiting);
  const bool may_flip = MayFlip(node, waiting);
  auto stat = files().GetAttributes(node, waiting);
  if (stat.ok()) {
    WSFS_RETURN_IF_ERROR(CheckName(node, may_flip));
  }
  return stat;
}

// NOLINTNEXTLINE(readability-function-size): its interface
Result<Stat> ViewFilesystem::SetAttributes(MountId mount, NodeId node,
                                           const AttributeChange& change,
                                           std::optional<HandleId> handle,
                                           const Caller& caller,
                                           const Waiting& waiting) {
  const auto target = TargetOf(node);
  if (!target)
    return files().SetAttributes(mount, node, change, handle, caller, waiting);
  if (change.size_bytes) {
    if (!waiting.allowed())
      return Error(Errc::kWouldBlock, "a view of another size");
    WSFS_RETURN_IF_ERROR(
        ResizeView(mount, *target, *change.size_bytes, handle, waiting));
  }
  AttributeChange rest = change;
  rest.size_bytes.reset();
  if (!rest.empty()) {
    WSFS_RETURN_IF_ERROR(files().SetAttributes(mount, target->notebook, rest,
                                               std::nullopt, caller, waiting));
  }
  return StatOf(*target, SizeIs::kAskedNow, waiting);
}

// Without a handle nobody will close it: the timer saves it, when it has been
// quiet.
Result<void> ViewFilesystem::ResizeView(MountId mount, const ViewTarget& target,
                                        std::uint64_t size,
                                        std::optional<HandleId> handle,
                                        const Waiting& waiting) {
  if (!IsWritable(target.view)) return ForReading();
  const HandlePtr open = handle ? Find(*handle) : nullptr;
  if (open != nullptr) {
    WSFS_RETURN_IF_ERROR(open->view->Resize(size));
    open->changed = true;
    return {};
  }
  WSFS_TRY(const auto base, texts_.BaseOf(target, waiting));
  WSFS_TRY(const auto now, texts_.Now(target, waiting));
  const auto view = written_.Join(
      target, std::make_shared<OpenView>(size == 0 ? base->native : now->native,
                                         now->text));
  auto resized = view->Resize(size);
  written_.Leave(mount, target);
  return resized;
}

// ---- Who wants a name for himself

bool ViewFilesystem::IsMaker(NodeId notebook, std::int32_t process) {
  const MutexLock lock(mutex_);
  const auto found = makers_.find(notebook);
  return found != makers_.end() && found->second.process == process &&
         ledger_.clock().Now() < found->second.until;
}

bool ViewFilesystem::IsHidden(const ViewTarget& target) {
  const MutexLock lock(mutex_);
  return hidden_.contains(IdOf(target));
}

void ViewFilesystem::Hide(const ViewTarget& target) {
  const MutexLock lock(mutex_);
  if (hidden_.size() >= kMostMarks) hidden_.clear();
  hidden_.insert(IdOf(target));
}

}  // namespace wsfs
