#pragma once

#include <vector>

#include "store/catalogue.h"

namespace wsfs {

/// The effects of a user's operations on the catalogue, as the executable
/// model has them (planner.md §13): shared by create, unlink, rmdir, rename.
/// All run inside one Ledger transaction.
struct ChangeTimes {
  PlanMillis plan = 0;
  WallNanos wall = 0;
};

/// The settle clock of a node and of its object begins anew.
void Touch(Catalogue& catalogue, NodeId id, PlanMillis now);

/// An entry of this directory was made, removed or renamed.
void TouchDirectory(Catalogue& catalogue, NodeId id, const ChangeTimes& times);

/// Closed bytes are the next generation of a file: to be sent, or `refused` as
/// too large for a source notebook.
Node& TakeSealed(Catalogue& catalogue, NodeId id, const Content& content,
                 PlanMillis now);
/// What whoever closes it is told then.
Error TooLargeToSend();

/// A conflict copy that is an ordinary file from now on.
void EndConflict(Node& node);

/// Removes a node that has no children; one whose create is on the way stays
/// as a detached row until the answer is known. `removed` gets the row.
void RemoveEntry(Catalogue& catalogue, NodeId id, std::vector<Node>& removed);

/// kNotEmpty unless nothing but leftovers of editors remains in it
/// (tools-and-editors.md §3.2) and nothing we do not show.
Result<void> CheckRemovable(const Catalogue& catalogue, const Node& directory);

/// Removes a directory that passed CheckRemovable; leftovers go to local
/// trash.
void RemoveEmptiedDirectory(Catalogue& catalogue, NodeId id,
                            const ChangeTimes& times,
                            std::vector<Node>& removed);

}  // namespace wsfs
