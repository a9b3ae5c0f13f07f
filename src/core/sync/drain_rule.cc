#include "core/sync/drain_rule.h"

namespace wsfs {
namespace {

constexpr PlanMillis kSoonMs = 4'000;

}  // namespace

bool IsWaitedForInVain(const Action& action, PlanMillis now, bool failed) {
  if (action.ready <= now) return false;
  if (failed) return true;
  return action.key.op != ActionOp::kResolve && action.ready - now > kSoonMs;
}

}  // namespace wsfs
