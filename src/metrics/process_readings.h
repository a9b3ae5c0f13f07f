#pragma once

#include "metrics/metrics.h"

namespace wsfs {

/// What the kernel says of this process, by the names every Prometheus client
/// uses. What cannot be read is left out.
void AppendProcess(Readings& readings);

}  // namespace wsfs
