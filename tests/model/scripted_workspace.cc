#include "scripted_workspace.h"

#include <utility>

namespace wsfs {
namespace {

constexpr Milliseconds kRoundTrip{20};

Error Lost() {
  return {Errc::kOutcomeUnknown, "the answer was lost"};
}

WireCall Call(std::string op, const RemotePath& path, bool write) {
  return {.op = std::move(op), .path = path.text(), .to = "", .write = write};
}

Result<std::string> ReadWhole(ByteSource& content) {
  std::string bytes(content.size_bytes(), '\0');
  WSFS_TRY(const std::size_t got,
           content.ReadAt(0, std::as_writable_bytes(std::span(bytes))));
  bytes.resize(got);
  return bytes;
}

}  // namespace

ScriptedWorkspace::ScriptedWorkspace(MemoryWorkspace& inner, FakeClock& clock,
                                     std::string prefix)
    : inner_(inner), clock_(clock), prefix_(std::move(prefix)) {}

std::string ScriptedWorkspace::Short(const std::string& path) const {
  std::string rest =
      path.starts_with(prefix_ + "/") ? path.substr(prefix_.size() + 1) : path;
  // Parked names hold a number of ours.
  const std::string_view park = ".wsfs-move-";
  const std::size_t at = rest.find(park);
  if (at == std::string::npos) return rest;
  std::size_t end = at + park.size();
  while (end < rest.size() && rest[end] != '/') ++end;
  return rest.substr(0, at + park.size()) + "N" + rest.substr(end);
}

void ScriptedWorkspace::Record(const WireCall& call, bool ok) {
  if (watching_) return;
  std::string line = call.op + " " + Short(call.path);
  if (!call.to.empty()) line += ">" + Short(call.to);
  trail_.push_back(line + (ok ? "" : "!"));
}

std::string ScriptedWorkspace::Writes() const {
  std::string out;
  for (const std::string& line : trail_) {
    const std::string op = line.substr(0, line.find(' '));
    if (op == "check" || op == "list" || op == "export") continue;
    out += (out.empty() ? "" : ", ") + line;
  }
  return out;
}

bool ScriptedWorkspace::RunLate() {
  std::vector<std::function<bool()>> late;
  late.swap(late_);
  bool any = false;
  for (const auto& each : late) any = each() || any;
  return any;
}

template <typename T>
Result<T> ScriptedWorkspace::Run(
    const WireCall& call, const CallOptions& options,
    const std::function<Result<T>(const CallOptions&)>& execute) {
  const auto unreachable = [] {
    return Error(Errc::kUnreachable, "nobody answers");
  };
  if (dead_ || offline_) return unreachable();
  if (before) before(call);
  if (dead_ || offline_) return unreachable();
  ++count_;
  const Fate decided = fate ? fate(call) : Fate::kServed;
  CallTimes times;
  times.sent_ms = clock_.Wall() / 1'000'000;
  if (decided == Fate::kNotServed) return Error(Errc::kUnavailable, "not now");
  if (decided == Fate::kLostBefore) {
    Record(call, false);
    return Lost();
  }
  if (decided == Fate::kLate) {
    Record(call, true);
    CallOptions later = options;
    later.times = nullptr;
    later.cancel = nullptr;
    late_.push_back([execute, later] { return execute(later).ok(); });
    return Lost();
  }
  CallOptions inner = options;
  inner.times = nullptr;
  if (decided == Fate::kStale) inner_.Stale("", staleness());
  Result<T> result = execute(inner);
  if (decided == Fate::kStale) inner_.Stale("", Milliseconds(0));
  Record(call, result.ok());
  if (after) after(call);
  if (dead_) return Lost();
  clock_.Advance(kRoundTrip);
  times.answered_ms = clock_.Wall() / 1'000'000;
  times.service_date_ms = inner_.model().NowMs() / 1'000 * 1'000;
  if (options.times != nullptr) *options.times = times;
  if (decided == Fate::kLostAfter) return Lost();
  return result;
}

Result<ObjectInfo> ScriptedWorkspace::GetStatus(const RemotePath& path,
                                                const CallOptions& options) {
  return Run<ObjectInfo>(
      Call("check", path, false), options,
      [&](const CallOptions& with) { return inner_.GetStatus(path, with); });
}

Result<std::vector<ObjectInfo>> ScriptedWorkspace::List(
    const RemotePath& path, const CallOptions& options) {
  return Run<std::vector<ObjectInfo>>(
      Call("list", path, false), options,
      [&](const CallOptions& with) { return inner_.List(path, with); });
}

Result<std::vector<ObjectInfo>> ScriptedWorkspace::ListFiles(
    const RemotePath& path, const CallOptions& options) {
  return Run<std::vector<ObjectInfo>>(
      Call("list", path, false), options,
      [&](const CallOptions& with) { return inner_.ListFiles(path, with); });
}

Result<void> ScriptedWorkspace::Mkdirs(const RemotePath& path,
                                       const CallOptions& options) {
  return Run<void>(Call("mkdir", path, true), options,
                   [this, path](const CallOptions& with) {
                     return inner_.Mkdirs(path, with);
                   });
}

Result<void> ScriptedWorkspace::Delete(const RemotePath& path, bool recursive,
                                       const CallOptions& options) {
  return Run<void>(Call(recursive ? "rmtree" : "delete", path, true), options,
                   [this, path, recursive](const CallOptions& with) {
                     return inner_.Delete(path, recursive, with);
                   });
}

Result<void> ScriptedWorkspace::Import(const ImportRequest& request,
                                       ByteSource& content,
                                       const CallOptions& options) {
  WSFS_TRY(const std::string bytes, ReadWhole(content));
  return Run<void>(
      Call(request.overwrite ? "put" : "create", request.path, true), options,
      [this, request, bytes](const CallOptions& with) -> Result<void> {
        StringSource source(bytes);
        return inner_.Import(request, source, with);
      });
}

Result<void> ScriptedWorkspace::Export(const RemotePath& path,
                                       ExportFormat format, ByteSink& sink,
                                       const CallOptions& options) {
  return Run<void>(Call("export", path, false), options,
                   [&](const CallOptions& with) {
                     return inner_.Export(path, format, sink, with);
                   });
}

Result<void> ScriptedWorkspace::Rename(const RemotePath& from,
                                       const RemotePath& to,
                                       const CallOptions& options) {
  WireCall call = Call("move", from, true);
  call.to = to.text();
  return Run<void>(call, options, [this, from, to](const CallOptions& with) {
    return inner_.Rename(from, to, with);
  });
}

Result<Identity> ScriptedWorkspace::Me(const CallOptions& options) {
  return inner_.Me(options);
}

}  // namespace wsfs
