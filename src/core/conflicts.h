#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "core/ledger.h"
#include "core/sync/syncer.h"

namespace wsfs {

/// A file of which both sides are kept: theirs under the name, ours beside it.
/// Paths are as the mount of the whole workspace shows them. Value type.
struct Conflict {
  std::string path;        ///< Theirs; nothing may stand there any more.
  std::string copy;        ///< Ours.
  bool mergeable = false;  ///< The bytes that both edits began with are kept.
  WallNanos since = 0;     ///< When ours stepped aside.
};

/// What a person decides. A file the service refuses is decided the same way:
/// ours is tried again, or given up.
enum class Side : std::uint8_t { kMine, kTheirs, kMerge };

struct Resolution {
  std::string said;   ///< What was done, for the person.
  bool open = false;  ///< Something is left to be decided.
};

/// Lists conflicts and carries out what is decided about them: `wsfs
/// conflicts`, `wsfs resolve` (design.md §3). Bytes that lose go to local
/// trash.
///
/// Thread-safe; each decision is one transaction of the ledger.
class Conflicts {
 public:
  Conflicts(Ledger& ledger, Syncer& syncer)
      : ledger_(ledger), syncer_(syncer) {}

  std::vector<Conflict> All();
  /// The conflict of this file, or of which this is the copy. kNotFound;
  /// kInvalidArgument when it has several copies: then a copy must be named.
  Result<Conflict> Find(std::string_view path);

  /// `path` is the file, its copy, or a file the service refuses. kNotFound:
  /// there is nothing to decide; kBusy: a program is writing it; kUnsupported:
  /// it cannot be merged. Then nothing has changed.
  Result<Resolution> Resolve(std::string_view path, Side side,
                             const Waiting& waiting);

 private:
  Result<Resolution> ResolveRefused(std::string_view path, Side side);
  Result<Resolution> TakeMine(const Conflict& conflict);
  Result<Resolution> TakeTheirs(const Conflict& conflict);
  Result<Resolution> Merge(const Conflict& conflict, const Waiting& waiting);
  Result<void> BringTheirsHere(const Conflict& conflict,
                               const Waiting& waiting);

  Ledger& ledger_;
  Syncer& syncer_;
};

}  // namespace wsfs
