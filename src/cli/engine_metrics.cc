#include "cli/engine_metrics.h"

#include <array>

#include "cli/version.h"
#include "metrics/engine_readings.h"
#include "metrics/process_readings.h"

namespace wsfs {
namespace {

constexpr MetricName kBuild = {.name = "wsfs_build_info",
                               .help = "1; the label tells the version"};
constexpr MetricName kMounts = {.name = "wsfs_mounts",
                                .help = "Mounts of this engine"};
constexpr MetricName kTold = {
    .name = "wsfs_kernel_invalidation_seconds",
    .help = "Time the kernels took to forget what had changed"};

constexpr std::array kBounds = {1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0};

}  // namespace

void EngineMetrics::Attach(MountTable::Options& table) {
  table.files = &files_;
  table.on_told = [this](std::string_view what, std::chrono::nanoseconds took) {
    metrics_.AddHistogram(kTold, {{"what", std::string(what)}}, kBounds)
        .Observe(took);
  };
}

std::string EngineMetrics::Text(std::size_t mounts) const {
  Readings readings;
  readings.Gauge(kBuild, 1, {{"version", std::string(kVersion)}});
  readings.Gauge(kMounts, static_cast<double>(mounts));
  AppendEngine(readings, engine_);
  AppendLoad(readings, link_.Load());
  AppendProcess(readings);
  return metrics_.Text(readings);
}

}  // namespace wsfs
