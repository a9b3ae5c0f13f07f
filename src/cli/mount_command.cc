#include "cli/mount_command.h"

#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "cli/background.h"
#include "cli/engine_host.h"
#include "cli/engine_main.h"
#include "cli/join.h"
#include "cli/mount_plan.h"

namespace wsfs {
namespace {

/// While another engine starts or ends, its store is locked and its socket
/// silent.
constexpr std::chrono::seconds kPatience{45};

int Fail(const Ready& ready, const Error& error) {
  const ControlReply reply = Failure(error);
  ready(reply);
  return reply.exit_code;
}

/// One try: joins, or becomes the engine. nullopt: neither can be done now.
std::optional<int> TryMount(MountPlan& plan, const MountArguments& arguments,
                            const Io& io, const Ready& ready) {
  if (const auto joined = Join(plan)) {
    ready(*joined);
    if (joined->exit_code != kExitOk || !arguments.foreground)
      return joined->exit_code;
    return WaitForJoined(plan, *joined, io);
  }
  return BecomeEngine(plan, arguments, io, ready);
}

}  // namespace

int MountHere(const MountArguments& arguments, const Io& io,
              const Ready& ready) {
  auto plan = MakeMountPlan(arguments, io.environment);
  if (!plan.ok()) return Fail(ready, plan.error());
  const SteadyTime give_up = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < give_up) {
    if (const auto code = TryMount(*plan, arguments, io, ready)) return *code;
    // Neither the lock nor the socket can be waited for.
    RealPause().Until(
        std::chrono::steady_clock::now() + std::chrono::milliseconds(100),
        nullptr);
  }
  return Fail(ready,
              Error(Errc::kBusy,
                    fmt::format("another wsfs process holds the store {} and "
                                "does not answer; end it, or name another "
                                "store with --store",
                                plan->store.native())));
}

int MountCommand(const MountArguments& arguments, const Io& io) {
  const auto print = [&io](const ControlReply& reply) {
    if (!reply.out.empty()) io.out(reply.out);
    if (!reply.err.empty()) io.err(reply.err);
  };
  // Paths are meant from here, and the background process lives elsewhere.
  MountArguments absolute = arguments;
  for (std::string* path :
       {&absolute.directory, &absolute.store, &absolute.log_file})
    if (!path->empty()) *path = std::filesystem::absolute(*path).native();
  if (arguments.foreground) return MountHere(absolute, io, print);
  const ControlReply reply = RunInBackground(
      io, [&](const Ready& ready) { return MountHere(absolute, io, ready); });
  print(reply);
  return reply.exit_code;
}

}  // namespace wsfs
