#include "cli/serve_command.h"

#include <array>

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/thread.h"
#include "base/unique_fd.h"
#include "cli/places.h"
#include "server/switches.h"

namespace wsfs {
namespace {

/// Cancels `stop` at the first signal, until `done` becomes readable.
void WatchSignals(int signals, int done, CancelToken& stop) {
  std::array<pollfd, 2> entries = {
      pollfd{.fd = signals, .events = POLLIN, .revents = 0},
      pollfd{.fd = done, .events = POLLIN, .revents = 0}};
  while (::poll(entries.data(), entries.size(), -1) < 0) {
  }
  if (entries[0].revents != 0) stop.Cancel();
}

}  // namespace

int ServeCommand(const ServeArguments& arguments, const Io& io) {
  if (arguments.list_switches) {
    io.out(DescribeSwitches());
    return kExitOk;
  }
  ServeOptions options = arguments.options;
  if (options.data.empty()) {
    const auto data = DataFolder(io.environment);
    if (!data.ok()) {
      io.err(fmt::format("wsfs: {}\n", data.error().message()));
      return kExitFailed;
    }
    options.data = *data / "serve";
  }
  CancelToken stop;
  const UniqueFd done(::eventfd(0, EFD_CLOEXEC));
  const Thread watcher("wsfs-signals",
                       [&] { WatchSignals(io.signals, done.get(), stop); });
  const int code = ServeMain(options, stop, io.out);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(done.get(), &one, sizeof(one));
  return code;
}

}  // namespace wsfs
