#include "cli/background.h"

#include <array>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/unique_fd.h"
#include "control/socket.h"

namespace wsfs {
namespace {

/// Longer than anything a mount waits for.
constexpr std::chrono::seconds kReadyTime{180};

SteadyTime Until() {
  return std::chrono::steady_clock::now() + kReadyTime;
}

void LeaveTerminal() {
  ::setsid();
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (null.valid())
    for (int fd = 0; fd <= 2; ++fd) ::dup2(null.get(), fd);
  // A folder that somebody may want to unmount or remove.
  [[maybe_unused]] const int moved = ::chdir("/");
}

/// The terminal's Ctrl-C ends the one who waits, as always.
void TakeSignalsAgain() {
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_UNBLOCK, &all, nullptr);
}

[[noreturn]] void RunChild(UniqueFd fd,
                           const std::function<int(const Ready&)>& body) {
  LeaveTerminal();
  const int code = body([&fd](const ControlReply& reply) {
    if (!fd.valid()) return;
    static_cast<void>(SendLine(fd.get(), ToLine(reply), Until()));
    fd.Reset();
  });
  std::exit(code);
}

}  // namespace

ControlReply RunInBackground(const Io& /*io*/,
                             const std::function<int(const Ready&)>& body) {
  std::array<int, 2> ends = {-1, -1};
  ControlReply failed = {
      .exit_code = kExitFailed,
      .out = "",
      .err =
          "wsfs: the background process ended before the mount was "
          "ready; try --foreground to see why\n",
      .body = ""};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return failed;
  UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return failed;
  if (child == 0) {
    ours.Reset();
    RunChild(std::move(theirs), body);
  }
  theirs.Reset();
  TakeSignalsAgain();
  const auto line = ReceiveLine(ours.get(), Until());
  if (!line.ok()) return failed;
  const auto reply = ParseReply(*line);
  return reply.ok() ? *reply : failed;
}

}  // namespace wsfs
