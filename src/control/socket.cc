#include "control/socket.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "control/message.h"

namespace wsfs {
namespace {

constexpr int kBacklog = 64;

Error Failed(int error, std::string_view did,
             const std::filesystem::path& path) {
  const bool nobody = error == ENOENT || error == ECONNREFUSED;
  return {nobody ? Errc::kNotFound : Errc::kIo,
          fmt::format("cannot {} the control socket {}: {}", did, path.native(),
                      std::generic_category().message(error))};
}

/// An address for `path`; `folder` keeps it valid when it is a long one.
Result<sockaddr_un> AddressOf(const std::filesystem::path& path,
                              UniqueFd& folder) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::string text = path.native();
  if (text.size() >= sizeof(address.sun_path)) {
    folder = UniqueFd(::open(path.parent_path().c_str(), O_PATH | O_CLOEXEC));
    if (!folder.valid()) return Failed(errno, "reach", path);
    text = fmt::format("/proc/self/fd/{}/{}", folder.get(),
                       path.filename().native());
  }
  if (text.size() >= sizeof(address.sun_path))
    return Failed(ENAMETOOLONG, "reach", path);
  std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
  return address;
}

Result<UniqueFd> NewSocket(const std::filesystem::path& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return Failed(errno, "make", path);
  return fd;
}

const sockaddr* Plain(const sockaddr_un& address) {
  // NOLINTNEXTLINE(*-reinterpret-cast)
  return reinterpret_cast<const sockaddr*>(&address);
}

/// Waits until `fd` is ready for `events`.
Result<void> Await(int fd, short events, SteadyTime deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0)
      return Error(Errc::kTimeout, "wsfs did not answer in time");
    pollfd entry = {.fd = fd, .events = events, .revents = 0};
    const int ready =
        ::poll(&entry, 1,
               static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR)
      return Error(Errc::kIo, "cannot wait for the control socket");
  }
}

Error Gone() {
  return {Errc::kIo, "the other end of the control socket has gone"};
}

}  // namespace

Result<UniqueFd> ListenAt(const std::filesystem::path& path) {
  UniqueFd folder;
  WSFS_TRY(const sockaddr_un address, AddressOf(path, folder));
  WSFS_TRY(UniqueFd fd, NewSocket(path));
  // The caller holds the store's lock: whoever made this one is dead.
  ::unlink(path.c_str());
  ::fchmod(fd.get(), 0600);
  if (::bind(fd.get(), Plain(address), sizeof(address)) != 0)
    return Failed(errno, "make", path);
  ::chmod(path.c_str(), 0600);
  if (::listen(fd.get(), kBacklog) != 0) return Failed(errno, "open", path);
  return fd;
}

Result<UniqueFd> ConnectTo(const std::filesystem::path& path) {
  UniqueFd folder;
  WSFS_TRY(const sockaddr_un address, AddressOf(path, folder));
  WSFS_TRY(UniqueFd fd, NewSocket(path));
  if (::connect(fd.get(), Plain(address), sizeof(address)) != 0)
    return Failed(errno, "reach", path);
  return fd;
}

Result<unsigned int> PeerUser(int fd) {
  ucred peer = {};
  socklen_t size = sizeof(peer);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return Error(Errc::kIo, "cannot tell who is at the control socket");
  return peer.uid;
}

Result<void> SendLine(int fd, std::string_view line, SteadyTime deadline) {
  std::string text(line);
  text.push_back('\n');
  for (std::size_t sent = 0; sent < text.size();) {
    WSFS_RETURN_IF_ERROR(Await(fd, POLLOUT, deadline));
    const ssize_t count = ::send(fd, text.data() + sent, text.size() - sent,
                                 MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EINTR && errno != EAGAIN) return Gone();
    if (count > 0) sent += static_cast<std::size_t>(count);
  }
  return {};
}

Result<std::string> ReceiveLine(int fd, SteadyTime deadline) {
  std::string line;
  std::array<char, 4096> buffer{};
  while (line.size() <= kMaxControlLine) {
    WSFS_RETURN_IF_ERROR(Await(fd, POLLIN, deadline));
    const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Gone();
    const std::string_view got(buffer.data(), static_cast<std::size_t>(count));
    const std::size_t end = got.find('\n');
    line.append(got.substr(0, end));
    if (end != std::string_view::npos) return line;
  }
  return Error(Errc::kTooLarge, "a message on the control socket is too long");
}

}  // namespace wsfs
