#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace wsfs {

/// Unix sockets with paths of any length (the kernel's limit is 107 bytes):
/// a long one is reached through /proc/self/fd of its folder.

/// Listens at `path` (0600), in place of a socket a dead process left there.
Result<UniqueFd> ListenAt(const std::filesystem::path& path);
/// kNotFound when nobody listens there.
Result<UniqueFd> ConnectTo(const std::filesystem::path& path);

/// The user at the other end.
Result<unsigned int> PeerUser(int fd);

/// Sends all of `line` and a newline. kTimeout, kIo when the peer has gone.
Result<void> SendLine(int fd, std::string_view line, SteadyTime deadline);
/// Up to the newline, which is not in the result. kTooLarge beyond 1 MiB.
Result<std::string> ReceiveLine(int fd, SteadyTime deadline);

}  // namespace wsfs
