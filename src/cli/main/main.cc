// The program: the process's own streams, signals and memory around
// RunCommandLine.

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/environment.h"
#include "cli/command_line.h"

namespace {

void Write(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

/// SIGINT and SIGTERM are read from a descriptor, by every command that
/// stays; the others keep them as they are.
int TakeSignals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return ::signalfd(-1, &signals, SFD_CLOEXEC);
}

bool Stays(const std::vector<std::string>& arguments) {
  return !arguments.empty() &&
         (arguments[0] == "mount" || arguments[0] == "serve");
}

/// The token out of /proc/PID/environ, which outlives the variable.
wsfs::Environment WithoutToken() {
  constexpr const char* kToken = "DATABRICKS_TOKEN";
  char* const value = ::getenv(kToken);  // NOLINT(concurrency-mt-unsafe)
  if (value == nullptr) return wsfs::ProcessEnvironment();
  const std::string token = value;
  std::memset(value, 'x', token.size());
  ::unsetenv(kToken);  // NOLINT(concurrency-mt-unsafe)
  return [token, process = wsfs::ProcessEnvironment()](std::string_view name) {
    return name == kToken ? token : process(name);
  };
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  // No core dump and no look into memory that holds a token.
  ::prctl(PR_SET_DUMPABLE, 0);
  wsfs::Io io;
  io.out = [](std::string_view text) { Write(STDOUT_FILENO, text); };
  io.err = [](std::string_view text) { Write(STDERR_FILENO, text); };
  io.environment = WithoutToken();
  io.leave = [](int code) { ::_exit(code); };
  if (Stays(arguments)) io.signals = TakeSignals();
  return wsfs::RunCommandLine(arguments, io);
}
