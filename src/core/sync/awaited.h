#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/sync/retries.h"
#include "store/catalogue.h"

namespace wsfs {

/// This node stands at its name and has these bytes at the service.
struct NodeStands {
  NodeId node = kNoNode;
  Generation gen = 0;  ///< At least this one; 0: the name alone counts.
};
/// This object is there no more, or another entry has taken it over.
struct ObjectGone {
  ObjectKey object = kNoObject;
};
/// Nothing is left at the place where this node was being made when it was
/// removed.
struct NodeUnmade {
  NodeId node = kNoNode;
  ObjectKey directory = kNoObject;
  std::string name;  ///< there, at the service
};

/// A change of ours that somebody waits for the service to take. Value type.
struct Awaited {
  std::variant<NodeStands, ObjectGone, NodeUnmade> change;
  /// Before the change: what failed earlier says nothing of it.
  FailureNumber after = 0;
};

/// What became of it: nullopt while it is on the way, OK when the service has
/// taken it, there is nothing left to take, or it turned out that the object
/// has changed there too; otherwise why the service
/// refuses it. "Taken" is the service's answer to the call, not yet its
/// confirmation.
std::optional<Result<void>> OutcomeOf(const Catalogue& catalogue,
                                      const Retries& retries,
                                      const Awaited& awaited);

/// It failed for a reason that may pass: it is tried again later.
bool IsDelayed(const Catalogue& catalogue, const Retries& retries,
               const Awaited& awaited);

/// The rows whose settle times are over when somebody waits for this: its
/// own, and those of the folders above that are not there yet.
std::vector<std::uint64_t> RowsOf(const Catalogue& catalogue,
                                  const Awaited& awaited);

}  // namespace wsfs
