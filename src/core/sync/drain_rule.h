#pragma once

#include "core/planner/planner.h"

namespace wsfs {

/// Would a drain wait for this action in vain? Settle times are over then: what
/// is not ready soon waits for something else than an answer, as a service that
/// refused it, or a backup's hold. Only what became of an unanswered call is
/// worth any wait: it is known when its window is over (planner.md §6).
///
/// `failed`: its last try did.
bool IsWaitedForInVain(const Action& action, PlanMillis now, bool failed);

}  // namespace wsfs
