#include "control/systemd.h"

#include <cstddef>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>

#include "base/unique_fd.h"

namespace wsfs {

bool NotifySystemd(const std::string& socket, std::string_view state) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (socket.size() < 2 || socket.size() >= sizeof(address.sun_path))
    return false;
  std::memcpy(address.sun_path, socket.data(), socket.size());
  if (socket.front() == '@') address.sun_path[0] = '\0';
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return false;
  const auto size =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket.size());
  // NOLINTNEXTLINE(*-reinterpret-cast)
  const auto* plain = reinterpret_cast<const sockaddr*>(&address);
  return ::sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL, plain,
                  size) == static_cast<ssize_t>(state.size());
}

}  // namespace wsfs
