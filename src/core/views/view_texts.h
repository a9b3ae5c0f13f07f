#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/sync.h"
#include "core/fs/filesystem.h"
#include "core/views/open_view.h"
#include "core/views/view_target.h"

namespace wsfs {

/// What the views of notebooks show, and how an edited one becomes the
/// notebook's next content.
///
/// Resource type, one per engine. Thread-safe; holds no lock while it waits.
class ViewTexts {
 public:
  ViewTexts(Filesystem& files, Ledger& ledger)
      : files_(files), ledger_(ledger) {}

  /// A view of one generation of its notebook.
  struct Text {
    NodeId id = kNoNode;
    Generation gen = kNoGeneration;
    std::string native;  ///< The bytes that it was made of.
    std::string text;
  };
  /// As it is now. Errors as of Filesystem::Open and Read, and of Render;
  /// kStale when the notebook has no such view any more.
  Result<std::shared_ptr<const Text>> Now(const ViewTarget& target,
                                          const Waiting& waiting)
      EXCLUDES(mutex_);
  Result<std::uint64_t> SizeNow(const ViewTarget& target,
                                const Waiting& waiting) EXCLUDES(mutex_);

  /// The text was handed to a reader, who may write his edit of it later.
  void WasRead(const std::shared_ptr<const Text>& text) EXCLUDES(mutex_);
  /// Somebody has read the view.
  bool IsRead(const ViewTarget& target) EXCLUDES(mutex_);
  /// What an edit that comes now began with: the text that was read or saved
  /// last, or, if that is forgotten, the text of now.
  Result<std::shared_ptr<const Text>> BaseOf(const ViewTarget& target,
                                             const Waiting& waiting)
      EXCLUDES(mutex_);

  enum class Reach : std::uint8_t { kClosed, kSynced };
  /// Puts what was edited into the notebook; where that changed meanwhile, both
  /// are merged. A text that is none of this view, or meets another edit in a
  /// cell, goes to local trash, and the error says so. Else errors as of
  /// Filesystem::Replace before it takes the bytes: then it is still to be
  /// saved; or its verdict.
  Result<void> Save(MountId mount, const ViewTarget& target, OpenView& view,
                    Reach reach, const Waiting& waiting);
  /// An edit that nobody can save any more goes to local trash, with a notice.
  void GiveUp(const ViewTarget& target, OpenView& view,
              const OpenView::Edit& edit, const Error& why);

  /// All bytes of a file, as whoever opens it now reads them. kTooLarge above
  /// kMaxViewedBytes.
  Result<std::string> ReadWhole(NodeId node, const Waiting& waiting);

 private:
  struct Native {
    std::string bytes;
    Generation gen = kNoGeneration;
    Form form;
    bool settled = false;  ///< Nobody is writing it.
  };
  enum class For : std::uint8_t { kShowing, kSaving };
  Result<Native> ReadNative(const ViewTarget& target, For what,
                            const Waiting& waiting);
  Result<Native> RowOf(const ViewTarget& target);
  struct Put {
    std::string ours;  ///< The notebook with our edit alone.
    std::optional<Error> verdict;
  };
  Result<Put> PutInto(MountId mount, const ViewTarget& target,
                      const OpenView::Edit& edit, Reach reach,
                      const Waiting& waiting);
  Result<Put> TryPut(MountId mount, const ViewTarget& target,
                     const OpenView::Edit& edit, Reach reach,
                     const Waiting& waiting);
  struct Rescued {
    bool kept = false;
    Error error;
  };
  Rescued Rescue(const ViewTarget& target, const std::string& text,
                 const Error& why);
  void Remember(const Native& native, std::shared_ptr<const Text> text)
      EXCLUDES(mutex_);
  void KeepBase(NodeId id, std::shared_ptr<const Text> text) EXCLUDES(mutex_);

  Filesystem& files_;
  Ledger& ledger_;
  Mutex mutex_;    // A leaf.
  CondVar pause_;  ///< Nobody ends it early.
  /// The last one: a stat comes before an open.
  std::shared_ptr<const Text> last_ GUARDED_BY(mutex_);
  struct Size {
    Generation gen = kNoGeneration;
    std::uint64_t bytes = 0;
  };
  std::map<NodeId, Size> sizes_ GUARDED_BY(mutex_);
  /// Views that were read, with the text that was; null: it was too much to
  /// keep them all.
  std::map<NodeId, std::shared_ptr<const Text>> bases_ GUARDED_BY(mutex_);
  std::size_t bases_bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace wsfs
