#include "control/control_client.h"

#include "control/socket.h"

namespace wsfs {

Result<ControlReply> AskEngine(const std::filesystem::path& socket,
                               const ControlRequest& request,
                               SteadyTime deadline) {
  WSFS_TRY(const UniqueFd fd, ConnectTo(socket));
  WSFS_RETURN_IF_ERROR(SendLine(fd.get(), ToLine(request), deadline));
  WSFS_TRY(const std::string line, ReceiveLine(fd.get(), deadline));
  return ParseReply(line);
}

bool EngineAnswers(const std::filesystem::path& socket) {
  const SteadyTime deadline =
      std::chrono::steady_clock::now() + std::chrono::seconds(5);
  return AskEngine(socket, {.verb = "ping", .arguments = {}}, deadline).ok();
}

}  // namespace wsfs
