#include "control/control_server.h"

#include <utility>
#include <vector>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "control/socket.h"

namespace wsfs {
namespace {

constexpr std::chrono::seconds kRequestTime{10};

SteadyTime Soon() {
  return std::chrono::steady_clock::now() + kRequestTime;
}

}  // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::Start(
    const std::filesystem::path& socket, Handler handler) {
  WSFS_TRY(UniqueFd listener, ListenAt(socket));
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.valid()) return Error(Errc::kIo, "cannot make an eventfd");
  return std::unique_ptr<ControlServer>(new ControlServer(
      socket, std::move(listener), std::move(wake), std::move(handler)));
}

ControlServer::ControlServer(std::filesystem::path socket, UniqueFd listener,
                             UniqueFd wake, Handler handler)
    : socket_(std::move(socket)),
      listener_(std::move(listener)),
      wake_(std::move(wake)),
      handler_(std::move(handler)),
      acceptor_("wsfs-control", [this] { Accept(); }) {}

ControlServer::~ControlServer() {
  std::vector<std::shared_ptr<CancelToken>> cancels;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    for (const Connection& one : connections_) cancels.push_back(one.cancel);
  }
  ::unlink(socket_.c_str());
  for (const auto& cancel : cancels) cancel->Cancel();
  Wake();
  acceptor_.Join();
  // With the acceptor gone nobody but us touches the list.
  std::list<Connection> rest;
  {
    const MutexLock lock(mutex_);
    rest.splice(rest.end(), connections_);
  }
  for (const Connection& one : rest) ::shutdown(one.fd.get(), SHUT_RD);
  rest.clear();
}

void ControlServer::Wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof(one));
}

bool ControlServer::stopping() {
  const MutexLock lock(mutex_);
  return stopping_;
}

void ControlServer::Accept() {
  while (!stopping()) {
    WaitForEvents();
    Reap();
  }
}

void ControlServer::WaitForEvents() {
  std::vector<pollfd> entries = {
      {.fd = listener_.get(), .events = POLLIN, .revents = 0},
      {.fd = wake_.get(), .events = POLLIN, .revents = 0}};
  std::vector<std::shared_ptr<CancelToken>> tokens(entries.size());
  {
    const MutexLock lock(mutex_);
    for (const Connection& one : connections_) {
      if (one.done || one.receiving || one.cancel->cancelled()) continue;
      entries.push_back(
          {.fd = one.fd.get(), .events = POLLRDHUP, .revents = 0});
      tokens.push_back(one.cancel);
    }
  }
  if (::poll(entries.data(), entries.size(), -1) <= 0) return;
  std::uint64_t count = 0;
  if (entries[1].revents != 0) [[maybe_unused]]
    const auto got = ::read(wake_.get(), &count, sizeof(count));
  for (std::size_t i = 2; i < entries.size(); ++i)
    if (entries[i].revents != 0) tokens[i]->Cancel();
  if (entries[0].revents != 0) TakeConnection();
}

void ControlServer::TakeConnection() {
  UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd.valid()) return;
  const auto peer = PeerUser(fd.get());
  if (!peer.ok() || (*peer != ::geteuid() && *peer != 0)) return;
  const MutexLock lock(mutex_);
  if (stopping_) return;
  if (connections_.size() >= kMaxConnections) {
    Log(LogLevel::kWarn, "the control socket has {} clients; one is refused",
        connections_.size());
    return;
  }
  Connection& connection = connections_.emplace_back();
  connection.fd = std::move(fd);
  connection.thread =
      Thread("wsfs-client", [this, &connection] { Serve(connection); });
}

void ControlServer::Serve(Connection& connection) {
  const auto line = ReceiveLine(connection.fd.get(), Soon());
  {
    const MutexLock lock(mutex_);
    connection.receiving = false;
  }
  // From now on the acceptor watches whether the client is still there.
  Wake();
  if (line.ok()) {
    const auto request = ParseRequest(*line);
    const ControlReply reply =
        request.ok() ? handler_(*request, connection.cancel)
                     : ControlReply{.exit_code = 1,
                                    .out = "",
                                    .err = request.error().message(),
                                    .body = ""};
    static_cast<void>(SendLine(connection.fd.get(), ToLine(reply), Soon()));
  }
  {
    const MutexLock lock(mutex_);
    connection.done = true;
  }
  Wake();
}

void ControlServer::Reap() {
  std::list<Connection> done;
  const MutexLock lock(mutex_);
  for (auto it = connections_.begin(); it != connections_.end();) {
    const auto next = std::next(it);
    if (it->done) done.splice(done.end(), connections_, it);
    it = next;
  }
}

}  // namespace wsfs
