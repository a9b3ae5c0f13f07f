#include "cli/conflict_commands.h"

#include <array>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/unique_fd.h"
#include "cli/client_commands.h"
#include "cli/json_text.h"
#include "control/control_client.h"
#include "fuse/mount_point.h"

namespace wsfs {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr Milliseconds kAnswerTime{45'000};
// diff(1): differences were found.
constexpr int kDiffers = 1;

/// Asks the engine that shows `path`, which goes with the request.
Result<ControlReply> AskAboutPath(const std::string& path,
                                  ControlRequest request) {
  const auto mount = WsfsMountOf(path);
  if (!mount.has_value())
    return Error(Errc::kNotFound,
                 fmt::format("{} is in no mounted workspace", path));
  WSFS_TRY(const fs::path absolute, ResolveMountPoint(path));
  WSFS_TRY(const fs::path socket, ControlSocketOf(*mount));
  request.arguments["directory"] = mount->native();
  request.arguments["path"] = absolute.lexically_relative(*mount).native();
  return AskEngine(socket, request,
                   std::chrono::steady_clock::now() + kAnswerTime);
}

/// Runs a program, its output to `io`; its exit code, or -1.
int RunProgram(const std::vector<std::string>& words, const Io& io) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return -1;
  const UniqueFd output(ends[0]);
  UniqueFd input(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input.get(), STDOUT_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : words)
    arguments.push_back(const_cast<char*>(word.c_str()));  // NOLINT
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, arguments.front(), &actions,
                                    nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  input.Reset();
  if (failed != 0) return -1;
  std::array<char, 16'384> text{};
  while (true) {
    const ssize_t got = ::read(output.get(), text.data(), text.size());
    if (got <= 0) break;
    io.out({text.data(), static_cast<std::size_t>(got)});
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

}  // namespace

int ConflictsCommand(const ConflictsArguments& arguments, const Io& io) {
  const auto sockets = SocketsFor(arguments.directory);
  if (!sockets.ok()) {
    io.err(fmt::format("wsfs: {}\n", sockets.error().message()));
    return kExitNotMounted;
  }
  int code = kExitOk;
  Json all = {{"version", 1}, {"conflicts", Json::array()}};
  for (const fs::path& socket : *sockets) {
    const auto reply =
        AskEngine(socket, {.verb = "conflicts", .arguments = {}},
                  std::chrono::steady_clock::now() + kAnswerTime);
    if (!reply.ok()) return Show(reply, io);
    if (reply->exit_code != kExitOk) code = reply->exit_code;
    if (!arguments.json) io.out(reply->out);
    const Json body = Json::parse(reply->body, nullptr, false);
    if (!body.is_object()) continue;
    for (const Json& conflict : body.value("conflicts", Json::array()))
      all["conflicts"].push_back(conflict);
  }
  if (arguments.json) {
    io.out(JsonText(all) + "\n");
  } else if (code == kExitOk) {
    io.out("No conflicts\n");
  }
  return code;
}

int DiffCommand(const DiffArguments& arguments, const Io& io) {
  const auto reply =
      AskAboutPath(arguments.path, {.verb = "conflict", .arguments = {}});
  if (!reply.ok() || reply->exit_code != kExitOk) return Show(reply, io);
  const Json body = Json::parse(reply->body, nullptr, false);
  if (!body.is_object() || !body.contains("path") || !body.contains("copy"))
    return Show(Error(Errc::kCorrupt, "the engine's answer is not understood"),
                io);
  const std::string path = body["path"];
  const std::string copy = body["copy"];
  const int code =
      RunProgram({"diff", "-u", "-N", "--label", path + " (theirs)", "--label",
                  path + " (yours)", "--", path, copy},
                 io);
  if (code == 0 || code == kDiffers) return kExitOk;
  io.err(
      "wsfs: diff could not compare them; is the package diffutils there?\n");
  return kExitFailed;
}

int ResolveCommand(const ResolveArguments& arguments, const Io& io) {
  return Show(
      AskAboutPath(arguments.path, {.verb = "resolve",
                                    .arguments = {{"side", arguments.side}}}),
      io);
}

}  // namespace wsfs
