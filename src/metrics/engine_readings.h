#pragma once

#include "core/engine.h"
#include "http/curl_transport.h"
#include "metrics/metrics.h"

namespace wsfs {

/// The engine's queue, the service's health, the plans made and the cache.
/// Takes the locks that `wsfs status` takes.
void AppendEngine(Readings& readings, Engine& engine);

/// Calls on their way and those that wait for their turn.
void AppendLoad(Readings& readings, const CallLoad& load);

}  // namespace wsfs
