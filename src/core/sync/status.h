#pragma once

#include <set>

#include "core/ledger.h"
#include "core/planner/planner.h"
#include "core/sync/retries.h"
#include "core/sync/syncer.h"

namespace wsfs {

/// What `wsfs status` says of a plan: one item for each node or object that is
/// not at the service yet, oldest first.
SyncStatus StatusOf(const Catalogue& catalogue, const Plan& plan,
                    const std::set<ActionKey>& in_flight,
                    const Retries& retries, PlanMillis now);

}  // namespace wsfs
