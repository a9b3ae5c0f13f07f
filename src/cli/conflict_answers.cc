#include "cli/conflict_answers.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/engine_host.h"
#include "cli/io.h"
#include "cli/json_text.h"

namespace wsfs {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr Milliseconds kResolveTime{30'000};

/// The mount that shows this workspace path, deepest first; null: none does.
const MountInfo* MountOf(const std::vector<MountInfo>& mounts,
                         const std::string& shown) {
  const MountInfo* best = nullptr;
  for (const MountInfo& mount : mounts) {
    const bool within = mount.remote == "/" || shown == mount.remote ||
                        shown.starts_with(mount.remote + "/");
    if (within &&
        (best == nullptr || mount.remote.size() > best->remote.size()))
      best = &mount;
  }
  return best;
}

std::string LocalPath(const std::vector<MountInfo>& mounts,
                      const std::string& shown) {
  const MountInfo* mount = MountOf(mounts, shown);
  if (mount == nullptr) return shown;
  const std::size_t skip = mount->remote == "/" ? 0 : mount->remote.size();
  return mount->directory.native() + shown.substr(skip);
}

Result<std::string> ShownPath(const std::vector<MountInfo>& mounts,
                              const ControlRequest& request) {
  const fs::path directory = request.Get("directory");
  for (const MountInfo& mount : mounts) {
    if (mount.directory != directory) continue;
    const std::string above = mount.remote == "/" ? "" : mount.remote;
    return above + "/" + request.Get("path");
  }
  return Error(Errc::kNotFound,
               fmt::format("nothing is mounted at {}", directory.native()));
}

Side SideOf(const std::string& word) {
  if (word == "mine") return Side::kMine;
  return word == "theirs" ? Side::kTheirs : Side::kMerge;
}

}  // namespace

ControlReply AnswerConflicts(Engine& engine,
                             const std::vector<MountInfo>& mounts) {
  const std::vector<Conflict> all = engine.conflicts().All();
  ControlReply reply;
  Json body = {{"conflicts", Json::array()}};
  for (const Conflict& conflict : all) {
    const std::string path = LocalPath(mounts, conflict.path);
    const std::string copy = LocalPath(mounts, conflict.copy);
    reply.out += fmt::format("{}\n  yours is {}\n", path, copy);
    body["conflicts"].push_back({{"path", path},
                                 {"copy", copy},
                                 {"mergeable", conflict.mergeable},
                                 {"since_ms", conflict.since / 1'000'000}});
  }
  if (!all.empty()) {
    reply.exit_code = kExitConflicts;
    reply.out +=
        "See both with: wsfs diff PATH\n"
        "Decide with:   wsfs resolve PATH --mine, --theirs or --merge\n";
  }
  reply.body = JsonText(body);
  return reply;
}

ControlReply AnswerConflict(Engine& engine,
                            const std::vector<MountInfo>& mounts,
                            const ControlRequest& request) {
  const auto shown = ShownPath(mounts, request);
  if (!shown.ok()) return Failure(shown.error());
  const auto conflict = engine.conflicts().Find(*shown);
  if (!conflict.ok()) return Failure(conflict.error());
  const Json body = {{"path", LocalPath(mounts, conflict->path)},
                     {"copy", LocalPath(mounts, conflict->copy)}};
  return {.exit_code = kExitOk, .out = "", .err = "", .body = JsonText(body)};
}

ControlReply AnswerResolve(Engine& engine, const std::vector<MountInfo>& mounts,
                           const ControlRequest& request,
                           const std::shared_ptr<CancelToken>& cancel) {
  const auto shown = ShownPath(mounts, request);
  if (!shown.ok()) return Failure(shown.error());
  const auto resolved = engine.conflicts().Resolve(
      *shown, SideOf(request.Get("side")),
      Waiting::Until(std::chrono::steady_clock::now() + kResolveTime, cancel));
  if (!resolved.ok()) return Failure(resolved.error());
  return {.exit_code = resolved->open ? kExitConflicts : kExitOk,
          .out = resolved->said + "\n",
          .err = "",
          .body = ""};
}

}  // namespace wsfs
