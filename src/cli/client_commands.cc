#include "cli/client_commands.h"

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/engine_host.h"
#include "control/control_client.h"
#include "fuse/mount_point.h"

namespace wsfs {
namespace {

namespace fs = std::filesystem;

/// Beyond what the engine itself was given.
constexpr Milliseconds kAnswerTime{15'000};
/// Any time that an option takes: a mount may have been given it.
constexpr std::chrono::hours kLongestDrain{24};

struct Engine {
  fs::path mount;
  fs::path socket;
};

int NotMounted(const Io& io, const std::string& directory) {
  io.err(fmt::format("wsfs: no workspace is mounted at {}\n", directory));
  return kExitNotMounted;
}

Result<ControlReply> Ask(const fs::path& socket, const ControlRequest& request,
                         Milliseconds patience) {
  return AskEngine(socket, request,
                   std::chrono::steady_clock::now() + patience + kAnswerTime);
}

/// A mount whose process was killed: only the kernel knows it still.
int ClearDead(const fs::path& mount, const Io& io) {
  const auto cleared = UnmountAt(mount, UnmountHow::kDetach);
  if (!cleared.ok()) {
    io.err(fmt::format("wsfs: {}\n", cleared.error().message()));
    return kExitFailed;
  }
  io.out(
      fmt::format("Unmounted {}, whose process was gone; what was closed "
                  "in it is kept and goes out with the next mount\n",
                  mount.native()));
  return kExitOk;
}

/// Asks the engine of the mount that `directory` lies in.
int AskAbout(const std::string& directory, const ControlRequest& request,
             Milliseconds patience, const Io& io) {
  const auto mount = WsfsMountOf(directory);
  if (!mount.has_value()) return NotMounted(io, directory);
  const auto socket = ControlSocketOf(*mount);
  if (!socket.ok()) {
    io.err(fmt::format("wsfs: {}; clear it with: wsfs unmount {}\n",
                       socket.error().message(), mount->native()));
    return kExitNotMounted;
  }
  return Show(Ask(*socket, request, patience), io);
}

/// The engines behind the mounts this process can see.
std::vector<fs::path> AllSockets() {
  std::set<fs::path> sockets;
  for (const fs::path& mount : WsfsMounts()) {
    auto socket = ControlSocketOf(mount);
    if (socket.ok()) sockets.insert(*std::move(socket));
  }
  return {sockets.begin(), sockets.end()};
}

Result<ControlReply> AskStatus(const fs::path& socket) {
  return Ask(socket, {.verb = "status", .arguments = {}}, Milliseconds(0));
}

int ShowJson(const std::vector<fs::path>& sockets, const Io& io) {
  std::string bodies;
  for (const fs::path& socket : sockets) {
    const auto reply = AskStatus(socket);
    if (!reply.ok()) return Show(reply, io);
    bodies += (bodies.empty() ? "" : ",") + reply->body;
  }
  io.out(fmt::format("{{\"version\":1,\"engines\":[{}]}}\n", bodies));
  return kExitOk;
}

}  // namespace

int Show(const Result<ControlReply>& reply, const Io& io) {
  if (!reply.ok()) {
    io.err(fmt::format("wsfs: {}\n", reply.error().message()));
    return kExitFailed;
  }
  if (!reply->out.empty()) io.out(reply->out);
  if (!reply->err.empty()) io.err(reply->err);
  return reply->exit_code;
}

int UnmountCommand(const UnmountArguments& arguments, const Io& io) {
  const auto mount = WsfsMountOf(arguments.directory);
  std::error_code error;
  const fs::path asked = fs::weakly_canonical(arguments.directory, error);
  if (!mount.has_value() || (!error && asked != *mount))
    return NotMounted(io, arguments.directory);
  const auto socket = ControlSocketOf(*mount);
  if (!socket.ok() && socket.error().code() == Errc::kNotFound)
    return ClearDead(*mount, io);
  if (!socket.ok()) return Show(socket.error(), io);
  ControlRequest request = {.verb = "unmount",
                            .arguments = {{"directory", mount->native()}}};
  std::optional<Milliseconds> drain = arguments.drain;
  if (arguments.now) drain = Milliseconds(0);
  if (drain) request.arguments["drain_ms"] = std::to_string(drain->count());
  return Show(Ask(*socket, request, drain.value_or(kLongestDrain)), io);
}

Result<std::vector<fs::path>> SocketsFor(const std::string& directory) {
  if (directory.empty()) return AllSockets();
  const auto mount = WsfsMountOf(directory);
  if (!mount.has_value())
    return Error(Errc::kNotFound,
                 fmt::format("no workspace is mounted at {}", directory));
  WSFS_TRY(fs::path socket, ControlSocketOf(*mount));
  return std::vector<fs::path>{std::move(socket)};
}

int StatusCommand(const StatusArguments& arguments, const Io& io) {
  const auto sockets = SocketsFor(arguments.directory);
  if (!sockets.ok()) {
    io.err(fmt::format("wsfs: {}\n", sockets.error().message()));
    return kExitNotMounted;
  }
  if (arguments.json) return ShowJson(*sockets, io);
  if (sockets->empty())
    io.out("No workspace is mounted. Mount one with: wsfs mount DIR\n");
  for (const fs::path& socket : *sockets) {
    const int code = Show(AskStatus(socket), io);
    if (code != kExitOk) return code;
  }
  return kExitOk;
}

int SyncCommand(const SyncArguments& arguments, const Io& io) {
  const std::string time = std::to_string(arguments.timeout.count());
  return AskAbout(arguments.directory,
                  {.verb = "sync", .arguments = {{"timeout_ms", time}}},
                  arguments.timeout, io);
}

int MetricsCommand(const MetricsArguments& arguments, const Io& io) {
  const auto sockets = SocketsFor(arguments.directory);
  if (!sockets.ok()) {
    io.err(fmt::format("wsfs: {}\n", sockets.error().message()));
    return kExitNotMounted;
  }
  if (sockets->empty()) {
    io.err("wsfs: no workspace is mounted; mount one with: wsfs mount DIR\n");
    return kExitNotMounted;
  }
  // Two texts in one would name each metric twice, which no reader takes.
  if (sockets->size() > 1) {
    io.err(
        fmt::format("wsfs: {} workspaces are mounted: say the folder of one\n",
                    sockets->size()));
    return kExitUsage;
  }
  return Show(Ask(sockets->front(), {.verb = "metrics", .arguments = {}},
                  Milliseconds(0)),
              io);
}

int DropCacheCommand(const DropCacheArguments& arguments, const Io& io) {
  return AskAbout(arguments.directory, {.verb = "drop-cache", .arguments = {}},
                  Milliseconds(0), io);
}

}  // namespace wsfs
