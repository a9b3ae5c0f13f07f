#pragma once

#include <cstddef>
#include <string>

#include "cli/mount_table.h"
#include "cli/service_link.h"
#include "core/engine.h"
#include "metrics/metered_filesystem.h"
#include "metrics/metrics.h"

namespace wsfs {

/// What an engine counts: it stands where the kernels ask, hears what they are
/// told, and reads the rest when somebody wants the text.
///
/// Resource type, at most one an engine; all references outlive it.
/// Thread-safe.
class EngineMetrics {
 public:
  EngineMetrics(Metrics& metrics, Engine& engine, const ServiceLink& link)
      : metrics_(metrics),
        engine_(engine),
        link_(link),
        files_(engine.filesystem(), metrics) {}

  /// Makes the mounts of a table be counted. It outlives the table.
  void Attach(MountTable::Options& table);
  std::string Text(std::size_t mounts) const;

 private:
  Metrics& metrics_;
  Engine& engine_;
  const ServiceLink& link_;
  MeteredFilesystem files_;
};

}  // namespace wsfs
