#include "cli/engine_main.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/thread.h"
#include "cli/engine_host.h"
#include "cli/places.h"
#include "control/systemd.h"
#include "server/local_server.h"

namespace wsfs {
namespace {

constexpr int kLeftAtOnce = 130;
constexpr std::uint64_t kLongestLog = 1U << 20U;

/// The demo's workspace, in this process; its data is kept.
Result<std::unique_ptr<LocalWorkspaceServer>> StartDemo(
    MountPlan& plan, const Environment& environment) {
  WSFS_TRY(const auto data, DataFolder(environment));
  ServeOptions options;
  options.data = data / "demo";
  options.demo = true;
  WSFS_RETURN_IF_ERROR(MakePrivateFolder(data));
  WSFS_TRY(auto server, LocalWorkspaceServer::Start(options));
  plan.credential = {
      .host = server->url(), .token = server->token(), .source = "the demo"};
  WSFS_TRY(plan.link,
           ServiceLink::Open(plan.credential, environment, plan.metrics));
  return server;
}

/// What to do about a disk that takes nothing.
Error AboutStore(const std::filesystem::path& store, const Error& error) {
  if (error.code() == Errc::kNoSpace)
    return {error.code(),
            fmt::format("the disk of {} is full: free some of it, or name "
                        "another store with --store; nothing that is kept "
                        "there is lost ({})",
                        store.native(), error.message())};
  if (error.code() == Errc::kReadOnly)
    return {error.code(),
            fmt::format("the disk of {} is read-only: make it writable, "
                        "or name another store with --store; what is kept "
                        "there waits ({})",
                        store.native(), error.message())};
  return error;
}

/// A store belongs to one host and user for life.
Result<void> Identify(Store& store, const MountPlan& plan) {
  WSFS_TRY(const auto known, store.Identity());
  const StoreIdentity mine = {
      .host = plan.host,
      .credential_hash = CredentialHash(plan.credential),
      .user_name = plan.user,
      .workspace_id = ""};
  if (known.has_value() &&
      (known->host != mine.host || known->user_name != mine.user_name))
    return Error(
        Errc::kInvalidArgument,
        fmt::format("the store {} belongs to {} at {}, and this is {} at {}; "
                    "name another with --store",
                    plan.store.native(), known->user_name, known->host,
                    mine.user_name, mine.host));
  return store.SetIdentity(mine);
}

/// A background engine has no terminal to complain to.
void SetUpEngineLog(const MountPlan& plan, const MountArguments& arguments) {
  std::string file = arguments.log_file;
  if (file.empty() && !arguments.foreground) {
    file = plan.store / "wsfs.log";
    struct stat status = {};
    if (::stat(file.c_str(), &status) == 0 &&
        static_cast<std::uint64_t>(status.st_size) > kLongestLog &&
        ::truncate(file.c_str(), 0) != 0)
      Log(LogLevel::kWarn, "cannot empty the log {}", file);
  }
  const auto set = SetUpLog(arguments.log_level, file);
  if (!set.ok()) Log(LogLevel::kWarn, "{}", set.error().message());
}

/// Keeps the engine's process going: signals, mounts that go, the last drain.
class Main {
 public:
  Main(EngineHost& host, const MountPlan& plan, const Io& io)
      : host_(host),
        own_(plan.wish.directory),
        drain_(plan.wish.drain),
        io_(io) {}

  int Run() {
    while (true) {
      std::array<pollfd, 2> entries = {
          pollfd{.fd = host_.changed_fd(), .events = POLLIN, .revents = 0},
          pollfd{.fd = io_.signals, .events = POLLIN, .revents = 0}};
      if (::poll(entries.data(), entries.size(), -1) < 0) continue;
      if (entries[1].revents != 0 && !TakeSignal()) return kLeftAtOnce;
      if (entries[0].revents != 0 && Finished()) return code_;
    }
  }

 private:
  /// False: it was the second, everything was left at once.
  bool TakeSignal() {
    std::array<char, 128> signal{};
    [[maybe_unused]] const auto got =
        ::read(io_.signals, signal.data(), signal.size());
    if (busy_) {
      LeaveAtOnce();
      return false;
    }
    Work([this] { Leave(); });
    return true;
  }

  void LeaveAtOnce() {
    for (const MountInfo& info : host_.mounts().All())
      static_cast<void>(UnmountAt(info.directory, UnmountHow::kDetach));
    io_.leave(kLeftAtOnce);
    cancel_->Cancel();
  }

  /// On a thread of its own, so that signals are still seen.
  void Work(std::function<void()> work) {
    worker_.Join();
    busy_ = true;
    worker_ = Thread("wsfs-leave", [this, run = std::move(work)] {
      run();
      busy_ = false;
      host_.SetChanged();
    });
  }

  /// A signal ends our own mount; if that has gone, all of them.
  void Leave() {
    const auto all = host_.mounts().All();
    const bool own_here = std::ranges::any_of(
        all, [&](const MountInfo& info) { return info.directory == own_; });
    for (const MountInfo& info : all)
      if (!own_here || info.directory == own_)
        Print(host_.Leave(info.directory, info.drain, cancel_));
    for (const MountInfo& info : host_.mounts().All())
      io_.err(fmt::format("wsfs: still serving {}; ends with it\n",
                          info.directory.native()));
  }

  void Print(const ControlReply& reply) {
    if (!reply.out.empty()) io_.out(reply.out);
    if (!reply.err.empty()) io_.err(reply.err);
    code_ = reply.exit_code;
  }

  bool Finished() {
    host_.ClearChanged();
    if (busy_ || !host_.mounts().All().empty()) return false;
    // Unmounted from outside: nobody has drained yet.
    if (host_.TakeUndrained()) {
      Work([this] { host_.Drain(drain_, cancel_); });
      return false;
    }
    return host_.TryClose();
  }

  EngineHost& host_;
  const std::filesystem::path own_;
  const Milliseconds drain_;  ///< Of what is unmounted from outside.
  const Io& io_;
  const std::shared_ptr<CancelToken> cancel_ = std::make_shared<CancelToken>();
  std::atomic<bool> busy_ = false;
  std::atomic<int> code_ = kExitOk;
  Thread worker_;  // Last: it uses all of the above.
};

int Serve(EngineHost& host, const MountPlan& plan, const Io& io,
          const Ready& ready) {
  const ControlReply mounted = host.Mount(plan.wish);
  ready(mounted);
  if (mounted.exit_code != kExitOk && host.TryClose()) return mounted.exit_code;
  const auto notify = io.environment("NOTIFY_SOCKET");
  if (notify.has_value()) NotifySystemd(*notify, "READY=1");
  const int code = Main(host, plan, io).Run();
  if (notify.has_value()) NotifySystemd(*notify, "STOPPING=1");
  return code;
}

}  // namespace

std::optional<int> BecomeEngine(MountPlan& plan,
                                const MountArguments& arguments, const Io& io,
                                const Ready& ready) {
  const auto fail = [&](const Error& error) {
    const ControlReply reply = Failure(AboutStore(plan.store, error));
    ready(reply);
    return reply.exit_code;
  };
  const auto made = MakePrivateFolder(plan.store);
  if (!made.ok()) return fail(made.error());
  Store::Options options;
  options.directory = plan.store;
  auto store = Store::Open(options);
  if (!store.ok() && store.error().code() == Errc::kBusy) return std::nullopt;
  if (!store.ok()) return fail(store.error());
  SetUpEngineLog(plan, arguments);
  std::unique_ptr<LocalWorkspaceServer> demo;
  if (plan.demo) {
    auto started = StartDemo(plan, io.environment);
    if (!started.ok()) return fail(started.error());
    demo = *std::move(started);
  }
  const auto identified = Identify(**store, plan);
  if (!identified.ok()) return fail(identified.error());
  auto host = EngineHost::Start(*std::move(store), std::move(plan.link),
                                {.store = plan.store,
                                 .host = plan.host,
                                 .user = plan.user,
                                 .environment = io.environment,
                                 .merge = plan.merge,
                                 .polls_per_second = plan.polls_per_second,
                                 .metrics = plan.metrics,
                                 .metrics_address = plan.metrics_wish.address});
  if (!host.ok()) return fail(host.error());
  return Serve(**host, plan, io, ready);
}

}  // namespace wsfs
