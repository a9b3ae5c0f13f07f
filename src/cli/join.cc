#include "cli/join.h"

#include <array>
#include <atomic>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/thread.h"
#include "base/unique_fd.h"
#include "cli/engine_host.h"
#include "cli/places.h"
#include "control/control_client.h"
#include "control/systemd.h"

namespace wsfs {
namespace {

constexpr std::chrono::seconds kMountTime{90};
constexpr std::chrono::hours kForever{24 * 365};
/// On top of the drain: to unmount.
constexpr std::chrono::seconds kUnmountTime{30};

std::string MountNumber(const ControlReply& joined) {
  const auto body = nlohmann::json::parse(joined.body, nullptr, false);
  if (!body.is_object() || !body.contains("mount")) return "0";
  return body["mount"].dump();
}

ControlReply UnmountJoined(const MountPlan& plan) {
  auto reply = AskEngine(
      SocketOf(plan.store),
      {.verb = "unmount",
       .arguments = {{"directory", plan.wish.directory.native()},
                     {"leave", "yes"}}},
      std::chrono::steady_clock::now() + plan.wish.drain + kUnmountTime);
  return reply.ok() ? *std::move(reply) : Failure(reply.error());
}

/// True: a signal came, and was read; false: `gone` has something to read.
bool WaitForSignal(int gone, int signals) {
  std::array<pollfd, 2> entries = {
      pollfd{.fd = gone, .events = POLLIN, .revents = 0},
      pollfd{.fd = signals, .events = POLLIN, .revents = 0}};
  while (::poll(entries.data(), entries.size(), -1) < 0) continue;
  if (entries[0].revents != 0) return false;
  std::array<char, 128> signal{};
  [[maybe_unused]] const auto got =
      ::read(signals, signal.data(), signal.size());
  return true;
}

}  // namespace

std::optional<ControlReply> Join(const MountPlan& plan) {
  auto reply = AskEngine(
      SocketOf(plan.store),
      {.verb = "mount",
       .arguments = {{"directory", plan.wish.directory.native()},
                     {"remote", plan.wish.remote},
                     {"read_only", plan.wish.read_only ? "yes" : "no"},
                     {"deadline_ms",
                      std::to_string(plan.wish.deadline.count())},
                     {"drain_ms", std::to_string(plan.wish.drain.count())},
                     {"writes", std::string(ToString(plan.wish.policy.writes))},
                     {"fsync", std::string(ToString(plan.wish.policy.fsync))},
                     {"host", plan.host},
                     {"url", plan.credential.host},
                     {"token", plan.credential.token}}},
      std::chrono::steady_clock::now() + kMountTime);
  if (!reply.ok() && (reply.error().code() == Errc::kNotFound ||
                      reply.error().code() == Errc::kIo))
    return std::nullopt;
  if (!reply.ok()) return Failure(reply.error());
  if (reply->exit_code == kReplyEnding) return std::nullopt;
  return *std::move(reply);
}

int WaitForJoined(const MountPlan& plan, const ControlReply& joined,
                  const Io& io) {
  const UniqueFd gone(::eventfd(0, EFD_CLOEXEC));
  std::atomic<bool> engine_ended = false;
  const Thread waiter("wsfs-joined", [&] {
    const auto reply = AskEngine(
        SocketOf(plan.store),
        {.verb = "wait", .arguments = {{"mount", MountNumber(joined)}}},
        std::chrono::steady_clock::now() + kForever);
    engine_ended = !reply.ok();
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written =
        ::write(gone.get(), &one, sizeof(one));
  });
  if (const auto notify = io.environment("NOTIFY_SOCKET"))
    NotifySystemd(*notify, "READY=1");
  int code = kExitOk;
  Thread leaver;
  bool leaving = false;
  while (WaitForSignal(gone.get(), io.signals)) {
    if (leaving) {
      io.leave(kExitFailed);
      break;
    }
    leaving = true;
    leaver = Thread("wsfs-leave", [&] {
      const ControlReply reply = UnmountJoined(plan);
      code = reply.exit_code;
      if (!reply.out.empty()) io.out(reply.out);
      if (!reply.err.empty()) io.err(reply.err);
    });
  }
  leaver.Join();
  if (engine_ended && !leaving) {
    io.err("wsfs: the engine that served this mount has ended\n");
    return kExitFailed;
  }
  return code;
}

}  // namespace wsfs
