#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_set>
#include <utility>

#include "base/clock.h"
#include "core/ahead/tree_order.h"

namespace wsfs {

/// Guesses what programs that walk trees open next: who has opened a folder and
/// then one in it, or two files of a folder, is taken to go on, and each
/// further step makes the guess bolder. Who does nothing for a few seconds has
/// left.
///
/// Pure: time and catalogue are passed in. One thread at a time.
class ReadAhead {
 public:
  explicit ReadAhead(IsCurrent is_current)
      : is_current_(std::move(is_current)) {}

  using Reader = std::uint64_t;
  struct Guess {
    Reader reader = 0;
    Ahead ahead;
  };

  Guess FolderOpened(const Catalogue& catalogue, NodeId folder, SteadyTime now);
  Guess FileOpened(const Catalogue& catalogue, NodeId file, SteadyTime now);
  /// A folder of an earlier guess was listed, or could not be: there may be
  /// more behind it.
  Guess Listed(const Catalogue& catalogue, Reader reader, SteadyTime now);
  /// Folders of an earlier guess that nobody will list now.
  void Refused(Reader reader, std::size_t folders);

 private:
  struct State {
    NodeId root = kNoNode;
    NodeId at = kNoNode;
    SteadyTime used;
    std::size_t folders = 0;  ///< To be on their way at once.
    std::size_t files = 0;
    NodeId last_file = kNoNode;
    NodeId files_folder = kNoNode;
    bool reads_on = false;  ///< It came from a file of another folder.
    std::unordered_set<NodeId> tried;    ///< Folders: none is asked for twice.
    std::size_t under_way = 0;           ///< Of them.
    std::unordered_set<NodeId> fetched;  ///< Files of the last guess.
    /// All of a kind is here for so many steps at least.
    int quiet_folders = 0;
    int quiet_files = 0;
  };
  Reader ReaderOf(const Catalogue& catalogue, NodeId folder, SteadyTime now);
  Guess GuessFor(const Catalogue& catalogue, Reader reader, State& state);
  static bool Contains(const Catalogue& catalogue, NodeId root, NodeId node);

  IsCurrent is_current_;
  std::map<Reader, State> readers_;
  Reader last_ = 0;
};

}  // namespace wsfs
