#include "fuse/session.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#define FUSE_USE_VERSION 312
#include <fcntl.h>
#include <fmt/format.h>
#include <fuse3/fuse_lowlevel.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/log.h"
#include "core/watch/watch_set.h"
#include "fuse/mount_point.h"
#include "fuse/operations.h"

namespace wsfs {
namespace {

constexpr unsigned int kMaxWriteBytes = 1U << 20U;
constexpr unsigned int kMaxBackground = 512;
constexpr int kReadAheadKiB = 1'024;

/// Names and attributes stay in the kernel until it is told, as long as their
/// folder is watched: each request is a use. Without the notification that
/// expires all of them, it must ask again by itself.
constexpr double kLifetimeSeconds =
    std::chrono::duration<double>(kWatchTime).count();
constexpr double kLifetimeSecondsWithoutExpiry = 5;

/// Wakes a receiver out of read(2); does nothing else.
constexpr int kWakeSignal = SIGURG;

void Want(fuse_conn_info* connection, unsigned int flag) {
  connection->want |= connection->capable & flag;
}

/// fuse.md §4.
void Init(void* userdata, fuse_conn_info* connection) noexcept {
  connection->want &= ~static_cast<unsigned int>(
      FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_WRITEBACK_CACHE |
      FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE |
      FUSE_CAP_EXPORT_SUPPORT);
  Want(connection, FUSE_CAP_ASYNC_READ);
  Want(connection, FUSE_CAP_ASYNC_DIO);
  Want(connection, FUSE_CAP_PARALLEL_DIROPS);
  Want(connection, FUSE_CAP_EXPLICIT_INVAL_DATA);
  Want(connection, FUSE_CAP_CACHE_SYMLINKS);
  Want(connection, FUSE_CAP_ATOMIC_O_TRUNC);
  Want(connection, FUSE_CAP_READDIRPLUS);
  Want(connection, FUSE_CAP_READDIRPLUS_AUTO);
  connection->max_write = kMaxWriteBytes;
  connection->max_background = kMaxBackground;
  connection->congestion_threshold = kMaxBackground;
  connection->time_gran = 1;
  auto& mount = *static_cast<Adapter*>(userdata);
  mount.set_lifetime_seconds(mount.channel().can_expire_all()
                                 ? kLifetimeSeconds
                                 : kLifetimeSecondsWithoutExpiry);
}

/// libfuse splits options at commas.
std::string EscapeOption(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == ',' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

std::string MountOptions(const Session::Options& options) {
  return fmt::format(
      "default_permissions,nosuid,nodev,subtype=wsfs,fsname={}{}",
      EscapeOption(options.source), options.read_only ? ",ro" : "");
}

/// INIT can only lower the kernel's readahead of 128 KiB; root may raise it.
void RaiseReadAhead(const std::filesystem::path& directory) {
  struct stat status = {};
  if (::geteuid() != 0 || ::stat(directory.c_str(), &status) != 0) return;
  std::ofstream file(fmt::format("/sys/class/bdi/{}:{}/read_ahead_kb",
                                 major(status.st_dev), minor(status.st_dev)));
  file << kReadAheadKiB;
}

void PrepareWakeSignal() {
  struct sigaction action = {};
  action.sa_handler = [](int /*signal*/) {};
  // Without SA_RESTART: read(2) must return.
  ::sigaction(kWakeSignal, &action, nullptr);
}

/// Closes the connection but keeps its descriptor's number, as one that polls
/// as severed.
void Disconnect(int fd) {
  std::array<int, 2> ends = {-1, -1};
  if (fd < 0 || ::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  ::close(ends[0]);
  ::dup3(ends[1], fd, O_CLOEXEC);
  ::close(ends[1]);
}

int ThreadId() {
  return static_cast<int>(::syscall(SYS_gettid));
}

}  // namespace

Result<std::unique_ptr<Session>> Session::Start(Adapter& adapter,
                                                const Options& options) {
  std::unique_ptr<Session> session(new Session(options));
  WSFS_RETURN_IF_ERROR(session->Mount(adapter));
  session->StartReceivers();
  RaiseReadAhead(options.directory);
  return session;
}

Result<void> Session::Mount(Adapter& adapter) {
  if (::access("/dev/fuse", R_OK | W_OK) != 0)
    return Error(Errc::kUnsupported,
                 "/dev/fuse is missing or not open to you; install fuse3 (and "
                 "in a container, pass the device in)");
  std::string program = "wsfs";
  std::string flag = "-o";
  std::string text = MountOptions(options_);
  std::array<char*, 3> arguments = {program.data(), flag.data(), text.data()};
  fuse_args args =
      FUSE_ARGS_INIT(static_cast<int>(arguments.size()), arguments.data());
  fuse_lowlevel_ops ops = Operations();
  ops.init = Init;
  session_ = ::fuse_session_new(&args, &ops, sizeof(ops), &adapter);
  ::fuse_opt_free_args(&args);
  if (session_ == nullptr)
    return Error(Errc::kIo, "libfuse refused its options");
  if (::fuse_session_mount(session_, options_.directory.c_str()) != 0)
    return Error(Errc::kPermissionDenied,
                 fmt::format("cannot mount at {}; is fusermount3 installed "
                             "and the folder yours?",
                             options_.directory.native()));
  mounted_ = true;
  if (!adapter.channel().Attach(session_))
    return Error(Errc::kIo, "libfuse refused its channel");
  return {};
}

void Session::StartReceivers() {
  PrepareWakeSignal();
  const unsigned int count =
      std::max(4U, 2 * std::thread::hardware_concurrency());
  receiving_ = static_cast<int>(count);
  for (unsigned int i = 0; i < count; ++i) {
    auto& receiver = *receivers_.emplace_back(std::make_unique<Receiver>());
    receiver.thread =
        Thread("wsfs-receive", [this, &receiver] { Receive(receiver); });
  }
}

void Session::Receive(Receiver& self) {
  self.thread_id = ThreadId();
  sigset_t wake;
  ::sigemptyset(&wake);
  ::sigaddset(&wake, kWakeSignal);
  ::pthread_sigmask(SIG_UNBLOCK, &wake, nullptr);
  fuse_buf buffer = {};
  while (::fuse_session_exited(session_) == 0) {
    const int size = ::fuse_session_receive_buf(session_, &buffer);
    if (size == -EINTR) continue;
    if (size <= 0) break;
    ::fuse_session_process_buf(session_, &buffer);
  }
  // libfuse allocates it with malloc and leaves it to us.
  std::free(buffer.mem);  // NOLINT(*-no-malloc)
  self.thread_id = 0;
  if (--receiving_ == 0 && options_.on_end) options_.on_end();
}

void Session::WakeReceivers() {
  // A signal that comes just before read(2) is lost: sent again until all
  // have left.
  while (receiving_ > 0) {
    for (const auto& receiver : receivers_) {
      const int id = receiver->thread_id;
      if (id != 0) ::syscall(SYS_tgkill, ::getpid(), id, kWakeSignal);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void Session::Stop() {
  if (!mounted_) return;
  mounted_ = false;
  if (receiving_ > 0)
    static_cast<void>(UnmountAt(options_.directory, UnmountHow::kDetach));
  ::fuse_session_exit(session_);
  WakeReceivers();
  receivers_.clear();
}

void Session::Close() {
  if (session_ == nullptr) return;
  Disconnect(::fuse_session_fd(session_));
  // Frees what the mount took; it does not unmount what it finds severed, so
  // a mount that has been made at the same place since is safe.
  ::fuse_session_unmount(session_);
  ::fuse_session_destroy(std::exchange(session_, nullptr));
}

Session::~Session() {
  Stop();
  Close();
}

}  // namespace wsfs
