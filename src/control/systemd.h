#pragma once

#include <string>
#include <string_view>

namespace wsfs {

/// Tells systemd something ("READY=1", "STOPPING=1") through the datagram
/// socket named in NOTIFY_SOCKET: a path, or "@name" of the abstract kind.
/// False when it could not be told; nothing depends on it.
bool NotifySystemd(const std::string& socket, std::string_view state);

}  // namespace wsfs
