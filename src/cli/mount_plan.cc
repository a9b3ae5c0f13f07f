#include "cli/mount_plan.h"

#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "cli/io.h"
#include "cli/places.h"
#include "model/remote_path.h"

namespace wsfs {
namespace {

constexpr Milliseconds kCheckTime{6'000};
/// When the user is known, a silent service only delays the start.
constexpr Milliseconds kShortCheckTime{4'000};

std::string ShownHost(const std::string& host) {
  const std::size_t at = host.find("://");
  return at == std::string::npos ? host : host.substr(at + 3);
}

/// One call says who the credential is. A known one may go on without an
/// answer, not against it.
Result<void> FindUser(MountPlan& plan, const KnownUsers& known) {
  const auto remembered = known.Find(plan.credential);
  const auto user =
      plan.link->AskUser(remembered.has_value() ? kShortCheckTime : kCheckTime);
  if (user.ok()) {
    plan.user = *user;
    if (remembered != user.value()) known.Remember(plan.credential, *user);
    return {};
  }
  const bool away = ExitCodeOf(user.error().code()) == kExitUnreachable;
  if (!away || !remembered.has_value()) return user.error();
  Log(LogLevel::kWarn, "starting offline as {}: {}", *remembered,
      user.error().message());
  plan.user = *remembered;
  // It was asked just now: only what an earlier run knows will be there.
  plan.wish.reach_time = kShortCheckTime;
  return {};
}

Result<void> PlanDemo(MountPlan& plan, const std::filesystem::path& state) {
  plan.demo = true;
  plan.host = "demo";
  plan.user = "demo@example.com";
  if (plan.store.empty()) plan.store = state / "demo";
  return {};
}

Result<void> PlanWorkspace(MountPlan& plan, const MountArguments& arguments,
                           const std::filesystem::path& state,
                           const Environment& environment) {
  CredentialFlags flags;
  flags.profile = arguments.profile;
  WSFS_TRY(plan.credential, ResolveCredential(flags, environment));
  plan.host = ShownHost(plan.credential.host);
  WSFS_TRY(plan.link,
           ServiceLink::Open(plan.credential, environment, plan.metrics));
  WSFS_RETURN_IF_ERROR(FindUser(plan, KnownUsers(state)));
  if (plan.store.empty()) plan.store = StoreOf(state, plan.host, plan.user);
  return {};
}

}  // namespace

Result<std::string> NormalizeRemote(const std::string& text) {
  std::string path = text.starts_with('/') ? text : "/" + text;
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  constexpr std::string_view kPrefix = "/Workspace";
  if (path == kPrefix) path = "/";
  if (path.starts_with(std::string(kPrefix) + "/"))
    path = path.substr(kPrefix.size());
  WSFS_TRY(const RemotePath parsed, RemotePath::Parse(path));
  return parsed.text();
}

MountPolicy PolicyOf(const std::string& writes, const std::string& fsync) {
  MountPolicy policy;
  policy.writes = ParseWritePolicy(writes).value_or(policy.writes);
  policy.fsync = ParseFsyncPolicy(fsync).value_or(policy.fsync);
  return policy;
}

Result<MountPlan> MakeMountPlan(const MountArguments& arguments,
                                const Environment& environment) {
  MountPlan plan;
  WSFS_TRY(plan.wish.remote, NormalizeRemote(arguments.remote));
  WSFS_TRY(plan.wish.directory, ResolveMountPoint(arguments.directory));
  plan.wish.read_only = arguments.read_only;
  plan.wish.deadline = arguments.deadline;
  plan.wish.drain = arguments.drain;
  plan.wish.policy = PolicyOf(arguments.writes, arguments.fsync);
  plan.merge = arguments.merge == "auto";
  plan.polls_per_second = arguments.poll_rate;
  WSFS_TRY(plan.metrics_wish, ParseMetricsWish(arguments.metrics));
  if (plan.metrics_wish.count) plan.metrics = std::make_shared<Metrics>();
  plan.store = arguments.store;
  auto state = StateFolder(environment);
  if (!state.ok() && plan.store.empty()) return std::move(state).error();
  // Without a home only --store is known: users are remembered there then.
  const std::filesystem::path folder = state.ok() ? *state : plan.store;
  if (arguments.demo) {
    WSFS_RETURN_IF_ERROR(PlanDemo(plan, folder));
  } else {
    WSFS_RETURN_IF_ERROR(PlanWorkspace(plan, arguments, folder, environment));
  }
  return plan;
}

}  // namespace wsfs
