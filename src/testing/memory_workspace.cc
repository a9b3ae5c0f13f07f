#include "testing/memory_workspace.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "api/auto_format.h"
#include "base/check.h"
#include "testing/memory_errors.h"

namespace wsfs {
namespace {

using std::chrono::steady_clock;

bool IsWrite(std::string_view method) {
  return method == "mkdirs" || method == "delete" || method == "import" ||
         method == "rename";
}

bool Applies(std::string_view wanted, std::string_view method) {
  return wanted.empty() || wanted == method;
}

ObjectType TypeOf(NodeType type) {
  switch (type) {
    case NodeType::kDirectory: return ObjectType::kDirectory;
    case NodeType::kFile: return ObjectType::kFile;
    case NodeType::kNotebook: return ObjectType::kNotebook;
    case NodeType::kRepo: return ObjectType::kRepo;
    default: return ObjectType::kOpaque;
  }
}

Result<ObjectInfo> ToInfo(const ObjectView& view) {
  ObjectInfo info;
  WSFS_TRY(info.path, RemotePath::Parse(view.path));
  info.type = TypeOf(view.type);
  info.type_name = ToApi(view.type);
  info.id = view.id;
  info.language = view.language;
  info.format = view.format;
  info.created_at = view.created_ms;
  info.modified_at = view.modified_ms;
  info.size = view.size;
  return info;
}

Result<std::vector<ObjectInfo>> ToChildren(
    const RemotePath& path, Answer<std::vector<ObjectView>> answer) {
  if (!answer.ok()) return ErrorOf(answer.error());
  if (answer->size() == 1 && answer->front().path == path.text() &&
      !HoldsChildren(answer->front().type))
    return Error(Errc::kNotADirectory,
                 fmt::format("{} is not a folder", path.text()));
  std::vector<ObjectInfo> children;
  for (const ObjectView& view : *answer) {
    WSFS_TRY(ObjectInfo info, ToInfo(view));
    children.push_back(std::move(info));
  }
  return children;
}

WireFormat ToWire(ImportFormat format) {
  switch (format) {
    case ImportFormat::kRaw: return WireFormat::kRaw;
    case ImportFormat::kSource: return WireFormat::kSource;
    case ImportFormat::kJupyter: return WireFormat::kJupyter;
    case ImportFormat::kAuto: return WireFormat::kAuto;
  }
  std::unreachable();
}

WireFormat ToWire(ExportFormat format) {
  switch (format) {
    case ExportFormat::kSource: return WireFormat::kSource;
    case ExportFormat::kAuto: return WireFormat::kAuto;
    case ExportFormat::kJupyter: return WireFormat::kJupyter;
  }
  std::unreachable();
}

Result<void> ToResult(const Answer<void>& answer) {
  if (!answer.ok()) return ErrorOf(answer.error());
  return {};
}

ServiceCall Named(std::string method, std::string path = "",
                  std::string to = "") {
  ServiceCall call;
  call.method = std::move(method);
  call.path = std::move(path);
  call.to = std::move(to);
  return call;
}

/// What a caller sees whose time is up, or who went away, at this point.
Error GivenUp(const ServiceCall& call, bool sent, bool cancelled) {
  const std::string what = fmt::format("{} {}", call.method, call.path);
  if (sent && IsWrite(call.method))
    return {Errc::kOutcomeUnknown, what + ": no answer came in time"};
  if (cancelled) return {Errc::kCancelled, what + ": cancelled"};
  return {IsWrite(call.method) ? Errc::kUnavailable : Errc::kTimeout,
          what + ": the deadline passed"};
}

}  // namespace

MemoryWorkspace::MemoryWorkspace(ModelOptions options)
    : model_(std::move(options)) {}

template <typename T>
Result<T> MemoryWorkspace::Run(ServiceCall call, const CallOptions& options,
                               const std::function<Result<T>()>& execute) {
  call.call_class = options.call_class;
  const Clock* const callers = caller_clock_;
  const Clock& clock = callers != nullptr ? *callers : *model_.options().clock;
  const std::int64_t sent_ms = clock.Wall() / 1'000'000;
  Result<T> result = Error(Errc::kIo, "not executed");
  if (auto before = Around(call, options, Side::kBefore); !before.ok()) {
    result = std::move(before).error();
  } else {
    result = execute();
    if (auto after = Around(call, options, Side::kAfter); !after.ok())
      result = std::move(after).error();
  }
  if (options.times != nullptr) {
    // The Date header tells whole seconds.
    const ServiceMillis date_ms = model_.NowMs() / 1000 * 1000;
    *options.times = {sent_ms, clock.Wall() / 1'000'000, date_ms};
  }
  call.ok = result.ok();
  if (!call.ok) call.code = result.error().code();
  const MutexLock lock(mutex_);
  calls_.push_back(std::move(call));
  return result;
}

Result<void> MemoryWorkspace::Around(const ServiceCall& call,
                                     const CallOptions& options, Side side) {
  const bool before = side == Side::kBefore;
  if (before) {
    const bool cancelled = options.cancel && options.cancel->cancelled();
    if (cancelled || model_.options().clock->Now() >= options.deadline)
      return GivenUp(call, /*sent=*/false, cancelled);
  }
  Hook hook;
  {
    const MutexLock lock(mutex_);
    hook = before ? before_ : after_;
  }
  if (hook) {
    WSFS_RETURN_IF_ERROR(hook(call, options));
  }
  WSFS_RETURN_IF_ERROR(TakeFault(call, side));
  return WaitWhileHeld(call, options, side);
}

Result<void> MemoryWorkspace::TakeFault(const ServiceCall& call, Side side) {
  const MutexLock lock(mutex_);
  for (Fault& fault : faults_) {
    if (fault.count == 0 || fault.side != side ||
        !Applies(fault.method, call.method) ||
        (!fault.path.empty() && fault.path != call.path))
      continue;
    if (fault.count > 0) --fault.count;
    return Error(fault.code, fmt::format("{} {}: a fault that was asked for",
                                         call.method, call.path));
  }
  return {};
}

bool MemoryWorkspace::IsHeld(const ServiceCall& call, Side side) const {
  return std::ranges::any_of(held_, [&](const Held& held) {
    return held.side == side && Applies(held.method, call.method);
  });
}

Result<void> MemoryWorkspace::WaitWhileHeld(const ServiceCall& call,
                                            const CallOptions& options,
                                            Side side) {
  const MutexLock lock(mutex_);
  if (!IsHeld(call, side)) return {};
  ++waiting_;
  changed_.NotifyAll();
  Result<void> result;
  while (IsHeld(call, side)) {
    const bool cancelled = options.cancel && options.cancel->cancelled();
    if (cancelled || model_.options().clock->Now() >= options.deadline) {
      result = GivenUp(call, /*sent=*/true, cancelled);
      break;
    }
    // In slices: a fake clock's deadline passes without a notification.
    changed_.WaitUntil(mutex_, steady_clock::now() + Milliseconds(2));
  }
  --waiting_;
  return result;
}

void MemoryWorkspace::Set(std::string_view switch_name,
                          std::string_view value) {
  WSFS_CHECK(model_.switches().Set(switch_name, value).ok());
}

void MemoryWorkspace::BeforeCall(Hook hook) {
  const MutexLock lock(mutex_);
  before_ = std::move(hook);
}

void MemoryWorkspace::AfterCall(Hook hook) {
  const MutexLock lock(mutex_);
  after_ = std::move(hook);
}

void MemoryWorkspace::Fail(std::string_view method, Errc code, int count,
                           Side side, std::string_view path) {
  const MutexLock lock(mutex_);
  faults_.push_back(
      {std::string(method), std::string(path), code, count, side});
}

void MemoryWorkspace::Hold(std::string_view method, Side side) {
  const MutexLock lock(mutex_);
  held_.push_back({std::string(method), side});
}

void MemoryWorkspace::LetGo(std::string_view method) {
  const MutexLock lock(mutex_);
  std::erase_if(held_, [&](const Held& held) { return held.method == method; });
  changed_.NotifyAll();
}

bool MemoryWorkspace::WaitUntilHeld(int count) {
  const auto deadline = steady_clock::now() + std::chrono::seconds(10);
  const MutexLock lock(mutex_);
  while (waiting_ < count) {
    if (!changed_.WaitUntil(mutex_, deadline)) return waiting_ >= count;
  }
  return true;
}

void MemoryWorkspace::Stale(std::string_view method, Milliseconds age) {
  const MutexLock lock(mutex_);
  stale_.insert_or_assign(std::string(method), age);
}

void MemoryWorkspace::ClearFaults() {
  const MutexLock lock(mutex_);
  before_ = nullptr;
  after_ = nullptr;
  faults_.clear();
  held_.clear();
  stale_.clear();
  changed_.NotifyAll();
}

Milliseconds MemoryWorkspace::AgeFor(std::string_view method) const {
  const MutexLock lock(mutex_);
  auto found = stale_.find(method);
  if (found == stale_.end()) found = stale_.find("");
  return found == stale_.end() ? Milliseconds(0) : found->second;
}

std::vector<ServiceCall> MemoryWorkspace::Calls() const {
  const MutexLock lock(mutex_);
  return calls_;
}

int MemoryWorkspace::CountOf(std::string_view method) const {
  const MutexLock lock(mutex_);
  return static_cast<int>(
      std::ranges::count(calls_, method, &ServiceCall::method));
}

int MemoryWorkspace::TotalCalls() const {
  const MutexLock lock(mutex_);
  return static_cast<int>(calls_.size());
}

void MemoryWorkspace::ClearCalls() {
  const MutexLock lock(mutex_);
  calls_.clear();
}

Result<ObjectInfo> MemoryWorkspace::GetStatus(const RemotePath& path,
                                              const CallOptions& options) {
  return Run<ObjectInfo>(
      Named("get-status", path.text()), options, [&]() -> Result<ObjectInfo> {
        const auto view = model_.GetStatus(
            path.text(),
            {Family::kWorkspace, true, false, AgeFor("get-status")});
        if (!view.ok()) return ErrorOf(view.error());
        return ToInfo(*view);
      });
}

Result<std::vector<ObjectInfo>> MemoryWorkspace::List(
    const RemotePath& path, const CallOptions& options) {
  return Run<std::vector<ObjectInfo>>(Named("list", path.text()), options, [&] {
    return ToChildren(path, model_.List(path.text(), {Family::kWorkspace, false,
                                                      false, AgeFor("list")}));
  });
}

Result<std::vector<ObjectInfo>> MemoryWorkspace::ListFiles(
    const RemotePath& path, const CallOptions& options) {
  return Run<std::vector<ObjectInfo>>(
      Named("list-files", path.text()), options,
      [&]() -> Result<std::vector<ObjectInfo>> {
        auto answer = model_.ListFiles(path.text(), AgeFor("list-files"));
        // Here a 403 means: not for this token (§1.8).
        if (!answer.ok() && answer.error().status == 403)
          return Error(Errc::kUnsupported, answer.error().message);
        return ToChildren(path, std::move(answer));
      });
}

Result<void> MemoryWorkspace::Mkdirs(const RemotePath& path,
                                     const CallOptions& options) {
  return Run<void>(Named("mkdirs", path.text()), options,
                   [&] { return ToResult(model_.Mkdirs(path.text())); });
}

Result<void> MemoryWorkspace::Delete(const RemotePath& path, bool recursive,
                                     const CallOptions& options) {
  return Run<void>(Named("delete", path.text()), options, [&] {
    return ToResult(model_.Delete(path.text(), recursive));
  });
}

Result<void> MemoryWorkspace::Import(const ImportRequest& request,
                                     ByteSource& content,
                                     const CallOptions& options) {
  return Run<void>(
      Named("import", request.path.text()), options, [&]() -> Result<void> {
        WSFS_TRY(const auto writer, model_.NewContent());
        std::vector<std::byte> block(64 << 10);
        std::uint64_t offset = 0;
        while (offset < content.size_bytes()) {
          WSFS_TRY(const std::size_t got, content.ReadAt(offset, block));
          if (got == 0) break;
          WSFS_RETURN_IF_ERROR(writer->Append(std::span(block).first(got)));
          offset += got;
        }
        ImportCall call;
        call.path = request.path.text();
        call.format = ToWire(request.format);
        call.language = request.language;
        call.overwrite = request.overwrite;
        call.payload_bytes = offset;
        // Where RAW is refused, the REST form takes AUTO where that is safe.
        if (call.format == WireFormat::kRaw &&
            model_.switches().Is(Switch::kRaw, "refused")) {
          WSFS_TRY(const bool would_do,
                   AutoMakesAFile(request.path.Name(), content));
          if (would_do) call.format = WireFormat::kAuto;
        }
        WSFS_TRY(call.content, writer->Finish());
        const auto imported = model_.Import(call);
        if (!imported.ok()) return ErrorOf(imported.error());
        return {};
      });
}

Result<void> MemoryWorkspace::Export(const RemotePath& path,
                                     ExportFormat format, ByteSink& sink,
                                     const CallOptions& options) {
  return Run<void>(
      Named("export", path.text()), options, [&]() -> Result<void> {
        const Milliseconds age = AgeFor("export");
        const auto status = model_.GetStatus(
            path.text(), {Family::kWorkspace, false, false, age});
        if (status.ok() && HoldsChildren(status->type))
          return Error(Errc::kIsADirectory,
                       fmt::format("{} is a folder", path.text()));
        const auto out =
            model_.Export({path.text(), ToWire(format), true, age});
        if (!out.ok()) return ErrorOf(out.error());
        WSFS_RETURN_IF_ERROR(sink.Restart());
        std::vector<std::byte> block(64 << 10);
        const StoredContent& content = *out->content;
        for (std::uint64_t offset = 0; offset < content.size_bytes();) {
          WSFS_TRY(const std::size_t got, content.ReadAt(offset, block));
          WSFS_RETURN_IF_ERROR(sink.Take(std::span(block).first(got)));
          offset += got;
        }
        return {};
      });
}

Result<void> MemoryWorkspace::Rename(const RemotePath& from,
                                     const RemotePath& to,
                                     const CallOptions& options) {
  return Run<void>(Named("rename", from.text(), to.text()), options, [&] {
    return ToResult(model_.Rename(from.text(), to.text()));
  });
}

Result<Identity> MemoryWorkspace::Me(const CallOptions& options) {
  return Run<Identity>(Named("me"), options, [&]() -> Result<Identity> {
    const ServerUser& user = model_.options().user;
    return Identity{user.user_name, user.user_id, user.workspace_id};
  });
}

}  // namespace wsfs
