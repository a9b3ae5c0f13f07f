#pragma once

#include <filesystem>

#include "base/clock.h"
#include "control/message.h"

namespace wsfs {

/// Asks the engine that listens at `socket`. kNotFound: none does. kTimeout,
/// kIo when it does not answer or goes away while it is asked. One call, one
/// connection; blocks until `deadline`.
Result<ControlReply> AskEngine(const std::filesystem::path& socket,
                               const ControlRequest& request,
                               SteadyTime deadline);

/// An engine answers there now.
bool EngineAnswers(const std::filesystem::path& socket);

}  // namespace wsfs
