#include "core/views/view_texts.h"

#include <chrono>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "core/planner/changes.h"
#include "core/sync/text_content.h"
#include "merge/ipynb_merge.h"
#include "merge/text_merge.h"

namespace wsfs {
namespace {

constexpr std::size_t kBlockBytes = 1'048'576;
/// With others who change the same notebook.
constexpr int kRaces = 4;
constexpr std::size_t kMostSizes = 65'536;
constexpr std::size_t kMostBaseBytes = 67'108'864;
constexpr int kBusyTries = 50;
constexpr Milliseconds kBusyPause{10};

/// An open handle, released at the end.
class OpenFile {
 public:
  OpenFile(Filesystem& files, HandleId handle)
      : files_(files), handle_(handle) {}
  ~OpenFile() { files_.Release(kNoKernel, handle_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

 private:
  Filesystem& files_;
  HandleId handle_;
};

Error TooLarge() {
  return {Errc::kTooLarge,
          fmt::format("notebooks of more than {} bytes have no other views; "
                      "use the name that `ls` shows",
                      kMaxViewedBytes)};
}

NativeNotebook NotebookOf(const Form& form, std::string_view bytes) {
  return {.language = form.language, .format = form.format, .bytes = bytes};
}

/// What our view's edit and another edit of the notebook make together.
std::optional<std::string> MergeNotebooks(const Form& form,
                                          const Versions& versions) {
  if (form.format != NotebookFormat::kJupyter)
    return MergeCells(versions, form.language);
  auto merged = MergeIpynb(versions);
  if (!merged) return std::nullopt;
  return std::move(merged->text);
}

/// Nothing that is tried again later can help.
bool IsFinal(const Error& error) {
  return error.code() == Errc::kInvalidArgument ||
         error.code() == Errc::kConflict || error.code() == Errc::kTooLarge ||
         error.code() == Errc::kUnsupported;
}

}  // namespace

Result<std::string> ViewTexts::ReadWhole(NodeId node, const Waiting& waiting) {
  constexpr OpenFlags kToRead;
  WSFS_TRY(const Opened opened,
           files_.Open(kNoKernel, node, kToRead, Caller(), waiting));
  const OpenFile file(files_, opened.handle);
  std::string bytes;
  while (true) {
    const std::size_t at = bytes.size();
    bytes.resize(at + kBlockBytes);
    const auto into = std::as_writable_bytes(std::span(bytes)).subspan(at);
    WSFS_TRY(const std::size_t got,
             files_.Read(opened.handle, at, into, waiting));
    bytes.resize(at + got);
    if (bytes.size() > kMaxViewedBytes) return TooLarge();
    if (got == 0) return bytes;
  }
}

Result<ViewTexts::Native> ViewTexts::RowOf(const ViewTarget& target) {
  return ledger_.Read([&](const Catalogue& catalogue) -> Result<Native> {
    const Node* const node = catalogue.FindNode(target.notebook);
    std::optional<Form> form;
    if (node != nullptr && !node->detached())
      form = NotebookFormOf(catalogue, *node);
    constexpr std::string_view kAnyStem = "x";
    if (!form || !NameOfView(target.view, *form, kAnyStem))
      return Error(Errc::kStale, "this is no view of a notebook any more");
    return Native{.bytes = {},
                  .gen = node->gen,
                  .form = *form,
                  .settled = !IsBusy(*node)};
  });
}

/// The first read also tells the format of a notebook, if it was not known.
Result<ViewTexts::Native> ViewTexts::ReadNative(const ViewTarget& target,
                                                For what,
                                                const Waiting& waiting) {
  for (int i = 0; i < kRaces; ++i) {
    WSFS_TRY(const Native before, RowOf(target));
    WSFS_TRY(std::string bytes, ReadWhole(target.notebook, waiting));
    WSFS_TRY(Native now, RowOf(target));
    now.bytes = std::move(bytes);
    now.settled = now.settled && before.settled;
    if (!now.settled) {
      // Half of what somebody writes can be looked at, and not be built on.
      if (what == For::kShowing) return now;
      return Error(Errc::kBusy,
                   "the notebook is being written by another; try again");
    }
    if (now.gen == before.gen) return now;
  }
  return Error(Errc::kBusy,
               "the notebook changes faster than it can be read; try again");
}

Result<std::shared_ptr<const ViewTexts::Text>> ViewTexts::Now(
    const ViewTarget& target, const Waiting& waiting) {
  WSFS_TRY(const Native row, RowOf(target));
  {
    const MutexLock lock(mutex_);
    if (last_ != nullptr && row.settled && last_->id == IdOf(target) &&
        last_->gen == row.gen)
      return last_;
  }
  if (!waiting.allowed())
    return Error(Errc::kWouldBlock, "a view that is not made yet");
  WSFS_TRY(Native native, ReadNative(target, For::kShowing, waiting));
  WSFS_TRY(std::string text,
           Render(target.view, NotebookOf(native.form, native.bytes)));
  auto made = std::make_shared<Text>();
  made->id = IdOf(target);
  made->gen = native.gen;
  made->native = std::move(native.bytes);
  made->text = std::move(text);
  Remember(native, made);
  return std::shared_ptr<const Text>(std::move(made));
}

void ViewTexts::Remember(const Native& native,
                         std::shared_ptr<const Text> text) {
  if (!native.settled) return;
  std::shared_ptr<const Text> dropped;  // Outside the lock: it may be long.
  const MutexLock lock(mutex_);
  if (sizes_.size() >= kMostSizes) sizes_.clear();
  sizes_[text->id] = {.gen = text->gen, .bytes = text->text.size()};
  dropped = std::exchange(last_, std::move(text));
}

Result<std::uint64_t> ViewTexts::SizeNow(const ViewTarget& target,
                                         const Waiting& waiting) {
  WSFS_TRY(const Native row, RowOf(target));
  {
    const MutexLock lock(mutex_);
    const auto known = sizes_.find(IdOf(target));
    if (known != sizes_.end() && row.settled && known->second.gen == row.gen)
      return known->second.bytes;
  }
  WSFS_TRY(const auto text, Now(target, waiting));
  return text->text.size();
}

void ViewTexts::KeepBase(NodeId id, std::shared_ptr<const Text> text) {
  const auto bytes_of = [](const std::shared_ptr<const Text>& one) {
    return one == nullptr ? 0 : one->native.size() + one->text.size();
  };
  const MutexLock lock(mutex_);
  if (bases_.size() >= kMostSizes) {
    bases_.clear();
    bases_bytes_ = 0;
  }
  bases_bytes_ += bytes_of(text);
  if (bases_bytes_ > kMostBaseBytes) {
    for (auto& [view, base] : bases_) base.reset();
    bases_bytes_ = bytes_of(text);
  }
  std::shared_ptr<const Text>& base = bases_[id];
  bases_bytes_ -= bytes_of(base);
  base = std::move(text);
}

void ViewTexts::WasRead(const std::shared_ptr<const Text>& text) {
  KeepBase(text->id, text);
}

bool ViewTexts::IsRead(const ViewTarget& target) {
  const MutexLock lock(mutex_);
  return bases_.contains(IdOf(target));
}

Result<std::shared_ptr<const ViewTexts::Text>> ViewTexts::BaseOf(
    const ViewTarget& target, const Waiting& waiting) {
  {
    const MutexLock lock(mutex_);
    const auto found = bases_.find(IdOf(target));
    if (found != bases_.end() && found->second != nullptr) return found->second;
  }
  return Now(target, waiting);
}

Result<void> ViewTexts::Save(MountId mount, const ViewTarget& target,
                             OpenView& view, Reach reach,
                             const Waiting& waiting) {
  if (!view.changed()) return {};
  if (!waiting.allowed())
    return Error(Errc::kWouldBlock, "a view that is put into its notebook");
  WSFS_TRY(const OpenView::Turn turn, view.TakeTurn(waiting));
  const std::optional<OpenView::Edit> edit = view.ToSave();
  if (!edit) return {};
  auto put = PutInto(mount, target, *edit, reach, waiting);
  if (put.ok()) {
    auto saved = std::make_shared<Text>();
    saved->id = IdOf(target);
    saved->native = put->ours;
    saved->text = edit->text;
    KeepBase(IdOf(target), std::move(saved));
    view.Saved(*edit, std::move(put->ours));
    if (const std::optional<Error>& verdict = put->verdict) return *verdict;
    return {};
  }
  if (!IsFinal(put.error())) return put.error();
  Rescued rescued = Rescue(target, edit->text, put.error());
  if (rescued.kept) view.GivenUp(*edit);
  return std::move(rescued.error);
}

Result<ViewTexts::Put> ViewTexts::PutInto(MountId mount,
                                          const ViewTarget& target,
                                          const OpenView::Edit& edit,
                                          Reach reach, const Waiting& waiting) {
  // Whoever writes the notebook itself may be done in a moment: its close is
  // answered before its last handle is released.
  for (int i = 1;; ++i) {
    auto put = TryPut(mount, target, edit, reach, waiting);
    if (put.ok() || put.error().code() != Errc::kBusy || i == kBusyTries)
      return put;
    if (waiting.cancelled()) return put;
    const MutexLock lock(mutex_);
    pause_.WaitUntil(mutex_, std::chrono::steady_clock::now() + kBusyPause);
  }
}

Result<ViewTexts::Put> ViewTexts::TryPut(MountId mount,
                                         const ViewTarget& target,
                                         const OpenView::Edit& edit,
                                         Reach reach, const Waiting& waiting) {
  WSFS_TRY(const Native now, ReadNative(target, For::kSaving, waiting));
  Put put;
  WSFS_TRY(put.ours,
           PutBack(target.view, NotebookOf(now.form, edit.native), edit.text));
  std::string bytes = put.ours;
  if (now.bytes != edit.native) {
    auto merged = MergeNotebooks(
        now.form, {.base = edit.native, .ours = put.ours, .theirs = now.bytes});
    if (!merged)
      return Error(Errc::kConflict,
                   "somebody changed the same cells of the notebook");
    bytes = *std::move(merged);
  }
  if (bytes == now.bytes && reach == Reach::kClosed) return put;
  WSFS_TRY(auto replaced, files_.Replace(mount, target.notebook,
                                         {.bytes = bytes,
                                          .seen = now.gen,
                                          .synced = reach == Reach::kSynced},
                                         waiting));
  put.verdict = std::move(replaced.verdict);
  return put;
}

void ViewTexts::GiveUp(const ViewTarget& target, OpenView& view,
                       const OpenView::Edit& edit, const Error& why) {
  const Rescued rescued = Rescue(target, edit.text, why);
  if (rescued.kept) view.GivenUp(edit);
  Log(LogLevel::kWarn, "{}", rescued.error.message());
}

ViewTexts::Rescued ViewTexts::Rescue(const ViewTarget& target,
                                     const std::string& text,
                                     const Error& why) {
  const std::string path = ledger_.Read([&](const Catalogue& catalogue) {
    const Node* const node = catalogue.FindNode(target.notebook);
    return node == nullptr ? std::string("a notebook")
                           : catalogue.ShownPathOf(*node);
  });
  auto kept = SealText(ledger_, text);
  Result<void> noted;
  if (kept.ok()) {
    noted = ledger_.Transact([&](Catalogue& catalogue) -> Result<void> {
      catalogue.KeepInTrash(path, *kept);
      catalogue.AddNotice(
          {ledger_.Now(), path,
           fmt::format("a save through another view of it was not taken: {}; "
                       "it is in the store's trash",
                       why.message())});
      return {};
    });
    if (!noted.ok()) DiscardText(ledger_.store().contents(), *kept);
  }
  const bool is_kept = kept.ok() && noted.ok();
  return {.kept = is_kept,
          .error = Error(why.code(),
                         fmt::format("{}: {}; {}", path, why.message(),
                                     is_kept ? "what was saved is in the "
                                               "store's trash"
                                             : "what was saved could not be "
                                               "kept"))};
}

}  // namespace wsfs
