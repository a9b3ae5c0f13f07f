#include "cli/engine_host.h"

#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/conflict_answers.h"
#include "cli/io.h"
#include "cli/mount_plan.h"
#include "cli/places.h"

namespace wsfs {
namespace {

constexpr Milliseconds kTokenCheckTime{10'000};
constexpr std::size_t kNoticesShown = 10;

std::string HostName() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  const std::string text(name.data());
  return text.substr(0, text.find('.'));
}

Milliseconds MillisecondsOf(const ControlRequest& request,
                            const std::string& name, Milliseconds otherwise) {
  const std::string text = request.Get(name);
  std::int64_t value = otherwise.count();
  std::from_chars(text.data(), text.data() + text.size(), value);
  return Milliseconds(value);
}

std::string Announce(const std::string& host, const MountInfo& info,
                     const std::string& metrics_url) {
  const std::string& directory = info.directory.native();
  return fmt::format(
      "Mounted {}:{} on {}{}\n"
      "  Kept on this machine only: .git, .venv, node_modules, __pycache__, "
      "editor temp files\n"
      "  Uploads happen when you save. See them with: wsfs status {}\n"
      "  Stop with: wsfs unmount {}\n"
      "{}",
      host, info.remote, directory, info.read_only ? " (read only)" : "",
      directory, directory,
      metrics_url.empty() ? "" : fmt::format("  Metrics: {}\n", metrics_url));
}

}  // namespace

ControlReply Failure(const Error& error) {
  return {.exit_code = ExitCodeOf(error.code()),
          .out = "",
          .err = fmt::format("wsfs: {}\n", error.message()),
          .body = ""};
}

EngineHost::EngineHost(std::unique_ptr<ServiceLink> link, Options options)
    : options_(std::move(options)),
      changed_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      link_(std::move(link)) {}

Result<std::unique_ptr<EngineHost>> EngineHost::Start(
    std::unique_ptr<Store> store, std::unique_ptr<ServiceLink> link,
    const Options& options) {
  std::unique_ptr<EngineHost> host(new EngineHost(std::move(link), options));
  WSFS_RETURN_IF_ERROR(host->Begin(std::move(store)));
  return host;
}

Result<void> EngineHost::Begin(std::unique_ptr<Store> store) {
  Engine::Options options;
  options.workspace = &link_->workspace();
  options.clock = &RealClock();
  options.host_name = HostName();
  options.uid = ::getuid();
  options.gid = ::getgid();
  options.merge = options_.merge;
  options.watch.polls_per_second = options_.polls_per_second;
  WSFS_TRY(engine_, Engine::Start(std::move(store), options));
  if (options_.metrics != nullptr)
    metrics_ =
        std::make_unique<EngineMetrics>(*options_.metrics, *engine_, *link_);
  const std::filesystem::path socket = SocketOf(options_.store);
  MountTable::Options table;
  table.host = options_.host;
  table.control = socket.native();
  table.on_change = [this] { SetChanged(); };
  table.files = &engine_->filesystem();
  if (metrics_ != nullptr) metrics_->Attach(table);
  mounts_ = std::make_unique<MountTable>(*engine_, std::move(table));
  WSFS_RETURN_IF_ERROR(BeginMetrics());
  WSFS_TRY(control_,
           ControlServer::Start(
               socket, [this](const ControlRequest& request,
                              const std::shared_ptr<CancelToken>& cancel) {
                 return Answer(request, cancel);
               }));
  return {};
}

Result<void> EngineHost::BeginMetrics() {
  if (metrics_ == nullptr || !options_.metrics_address) return {};
  WSFS_TRY(page_, MetricsPage::Start(*options_.metrics_address, [this] {
             return metrics_->Text(mounts_->All().size());
           }));
  return {};
}

EngineHost::~EngineHost() {
  control_.reset();
  page_.reset();
  mounts_.reset();
  if (engine_ != nullptr) engine_->Stop();
}

void EngineHost::SetChanged() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written =
      ::write(changed_.get(), &one, sizeof(one));
}

void EngineHost::ClearChanged() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got =
      ::read(changed_.get(), &count, sizeof(count));
}

bool EngineHost::TryClose() {
  const MutexLock lock(mutex_);
  if (adding_ > 0 || !mounts_->All().empty()) return false;
  closing_ = true;
  return true;
}

bool EngineHost::TakeUndrained() {
  const MutexLock lock(mutex_);
  return !std::exchange(drained_, true);
}

ControlReply EngineHost::Mount(const MountWish& wish) {
  {
    const MutexLock lock(mutex_);
    if (closing_) return {.exit_code = kReplyEnding, .out{}, .err{}, .body{}};
    ++adding_;
    drained_ = false;
  }
  const auto info = mounts_->Add(wish);
  {
    const MutexLock lock(mutex_);
    --adding_;
  }
  SetChanged();
  if (!info.ok()) return Failure(info.error());
  return {.exit_code = kExitOk,
          .out = Announce(options_.host, *info,
                          page_ == nullptr ? "" : page_->url()),
          .err = "",
          .body = fmt::format(R"({{"mount":{}}})", info->id)};
}

SyncStatus EngineHost::Drain(Milliseconds time,
                             const std::shared_ptr<CancelToken>& cancel) {
  engine_->filesystem().SealIdleDrafts();
  auto drained = engine_->syncer().Drain(
      Waiting::Until(std::chrono::steady_clock::now() + time, cancel));
  return drained.ok() ? *std::move(drained) : engine_->syncer().Status();
}

ControlReply EngineHost::Unmount(const std::filesystem::path& directory,
                                 Milliseconds drain,
                                 const std::shared_ptr<CancelToken>& cancel) {
  if (drain.count() > 0) Drain(drain, cancel);
  {
    const MutexLock lock(mutex_);
    drained_ = true;
  }
  const auto unmounted = mounts_->Unmount(directory);
  if (!unmounted.ok()) {
    const MutexLock lock(mutex_);
    drained_ = false;
    ControlReply reply = Failure(unmounted.error());
    if (unmounted.error().code() == Errc::kNotFound)
      reply.exit_code = kExitNotMounted;
    return reply;
  }
  {
    // Of others, which may be unmounted from outside, this says nothing.
    const MutexLock lock(mutex_);
    drained_ = mounts_->All().empty();
  }
  const SyncStatus status = engine_->syncer().Status();
  ControlReply reply;
  reply.out = fmt::format("Unmounted {}", directory.native());
  if (status.pending_count == 0) {
    reply.out += "; everything is sent\n";
    return reply;
  }
  reply.out += "\n";
  reply.exit_code = kExitNotSent;
  reply.err =
      fmt::format("wsfs: {}  kept in {}; the next mount sends it{}{}\n",
                  DescribeRemains(status), options_.store.native(),
                  status.last_error.empty() ? "" : ": ", status.last_error);
  return reply;
}

ControlReply EngineHost::Leave(const std::filesystem::path& directory,
                               Milliseconds drain,
                               const std::shared_ptr<CancelToken>& cancel) {
  ControlReply reply = Unmount(directory, drain, cancel);
  for (const MountInfo& info : mounts_->All()) {
    if (info.directory != directory) continue;
    mounts_->Detach(info.id);
    reply = {.exit_code = kExitOk,
             .out = fmt::format("Detached {}, which was in use\n",
                                directory.native()),
             .err = "",
             .body = ""};
  }
  return reply;
}

EngineReport EngineHost::Report() {
  EngineReport report;
  report.host = options_.host;
  report.user = options_.user;
  report.store = options_.store.native();
  report.process = ::getpid();
  report.mounts = mounts_->All();
  report.sync = engine_->syncer().Status();
  report.now = engine_->ledger().Now();
  auto notices = engine_->store().RecentNotices(kNoticesShown);
  if (notices.ok()) report.notices = *std::move(notices);
  return report;
}

ControlReply EngineHost::Answer(const ControlRequest& request,
                                const std::shared_ptr<CancelToken>& cancel) {
  if (request.verb == "ping") return {};
  if (request.verb == "mount") return Join(request);
  if (request.verb == "unmount" && request.Get("leave") == "yes")
    return Leave(request.Get("directory"), DrainOf(request), cancel);
  if (request.verb == "unmount")
    return Unmount(request.Get("directory"), DrainOf(request), cancel);
  if (request.verb == "status") {
    const EngineReport report = Report();
    return {.exit_code = kExitOk,
            .out = ToText(report),
            .err = "",
            .body = ToJson(report)};
  }
  if (request.verb == "sync") return AnswerSync(request, cancel);
  if (request.verb == "conflicts")
    return AnswerConflicts(*engine_, mounts_->All());
  if (request.verb == "conflict")
    return AnswerConflict(*engine_, mounts_->All(), request);
  if (request.verb == "resolve")
    return AnswerResolve(*engine_, mounts_->All(), request, cancel);
  if (request.verb == "metrics") return AnswerMetrics();
  if (request.verb == "wait") return AnswerWait(request, cancel);
  if (request.verb == "drop-cache") {
    const auto dropped = engine_->store().DropCache();
    return dropped.ok() ? ControlReply() : Failure(dropped.error());
  }
  return Failure(Error(Errc::kInvalidArgument,
                       fmt::format("unknown request {:?}", request.verb)));
}

Milliseconds EngineHost::DrainOf(const ControlRequest& request) const {
  const std::filesystem::path directory = request.Get("directory");
  Milliseconds own{0};
  for (const MountInfo& info : mounts_->All())
    if (info.directory == directory) own = info.drain;
  return MillisecondsOf(request, "drain_ms", own);
}

ControlReply EngineHost::AnswerSync(
    const ControlRequest& request, const std::shared_ptr<CancelToken>& cancel) {
  const SyncStatus status = Drain(
      MillisecondsOf(request, "timeout_ms", Milliseconds(60'000)), cancel);
  ControlReply reply;
  reply.exit_code = SyncExitCode(status);
  if (reply.exit_code == kExitOk) reply.out = "Everything is sent\n";
  std::string remains = DescribeRemains(status);
  if (status.conflict_count > 0)
    remains +=
        fmt::format("{} in conflict: see wsfs status\n", status.conflict_count);
  if (!status.reachable())
    remains +=
        fmt::format("the service cannot be reached: {}\n", status.last_error);
  if (!remains.empty()) reply.err = "wsfs: " + remains;
  return reply;
}

ControlReply EngineHost::AnswerMetrics() {
  if (metrics_ == nullptr)
    return Failure(Error(Errc::kUnsupported,
                         "nothing is counted: the first mount of this engine "
                         "was made with --metrics off"));
  return {.exit_code = kExitOk,
          .out = metrics_->Text(mounts_->All().size()),
          .err = "",
          .body = ""};
}

ControlReply EngineHost::AnswerWait(
    const ControlRequest& request, const std::shared_ptr<CancelToken>& cancel) {
  const auto id = static_cast<MountId>(
      MillisecondsOf(request, "mount", Milliseconds(0)).count());
  mounts_->WaitGone(id, cancel);
  return {};
}

ControlReply EngineHost::Join(const ControlRequest& request) {
  if (request.Get("host") != options_.host)
    return Failure(Error(
        Errc::kInvalidArgument,
        fmt::format("the store {} belongs to {}; name another with --store",
                    options_.store.native(), options_.host)));
  const auto token = TakeToken(request);
  if (!token.ok()) return Failure(token.error());
  return Mount(
      {.directory = request.Get("directory"),
       .remote = request.Get("remote"),
       .read_only = request.Get("read_only") == "yes",
       .deadline = MillisecondsOf(request, "deadline_ms", Milliseconds(5'000)),
       .drain = MillisecondsOf(request, "drain_ms", Milliseconds(30'000)),
       .policy = PolicyOf(request.Get("writes"), request.Get("fsync"))});
}

Result<void> EngineHost::TakeToken(const ControlRequest& request) {
  const std::string token = request.Get("token");
  if (token.empty() || token == link_->tokens().Token()) return {};
  WSFS_TRY(const auto link,
           ServiceLink::Open({.host = request.Get("url"),
                              .token = token,
                              .source = "the joining mount"},
                             options_.environment, options_.metrics));
  const auto user = link->AskUser(kTokenCheckTime);
  if (!user.ok() && ExitCodeOf(user.error().code()) == kExitUnreachable)
    return {};
  if (!user.ok()) return user.error();
  if (*user != options_.user)
    return Error(Errc::kInvalidArgument,
                 fmt::format("the store {} belongs to {}, and you are {}; name "
                             "another with --store",
                             options_.store.native(), options_.user, *user));
  link_->tokens().Replace(token);
  Log(LogLevel::kInfo, "a joining mount brought a newer token");
  return {};
}

}  // namespace wsfs
