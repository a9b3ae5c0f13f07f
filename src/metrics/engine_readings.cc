#include "metrics/engine_readings.h"

#include <algorithm>
#include <string>

#include "metrics/call_class_name.h"

namespace wsfs {
namespace {

constexpr MetricName kPending = {
    .name = "wsfs_queue_changes",
    .help = "Changes that are not at the service yet, the refused among them"};
constexpr MetricName kPendingBytes = {
    .name = "wsfs_queue_bytes",
    .help = "Bytes of contents that are to be sent"};
constexpr MetricName kOldest = {
    .name = "wsfs_queue_oldest_seconds",
    .help = "Age of the oldest change that is not at the service; 0 for none"};
constexpr MetricName kRefused = {
    .name = "wsfs_queue_refused",
    .help = "Changes the service refused for good; they are kept here"};
constexpr MetricName kConflicts = {.name = "wsfs_conflicts",
                                   .help = "Conflict copies to decide about"};
constexpr MetricName kHealth = {
    .name = "wsfs_service_state",
    .help = "How the service answers: 1 for what it is now"};
constexpr MetricName kPlans = {.name = "wsfs_plans_total",
                               .help = "Plans made of what there is to do"};
constexpr MetricName kActions = {.name = "wsfs_planned_actions_total",
                                 .help = "Actions in all plans"};
constexpr MetricName kWindows = {
    .name = "wsfs_window_opened_total",
    .help = "Moments in which another person's change cannot be seen"};
constexpr MetricName kWindowsMet = {
    .name = "wsfs_window_met_total",
    .help = "Such moments in which there was one, as was seen afterwards"};
constexpr MetricName kWindowLongest = {.name = "wsfs_window_longest_seconds",
                                       .help = "The longest such moment"};
constexpr MetricName kCacheBytes = {
    .name = "wsfs_cache_bytes",
    .help = "Contents in the cache: small in a database, large as files"};
constexpr MetricName kCacheLimit = {.name = "wsfs_cache_limit_bytes",
                                    .help = "What the cache may hold"};
constexpr MetricName kCacheHits = {.name = "wsfs_cache_hits_total",
                                   .help = "Contents opened from the cache"};
constexpr MetricName kCacheMisses = {
    .name = "wsfs_cache_misses_total",
    .help = "Contents the cache had dropped when they were asked for"};
constexpr MetricName kCacheEvictions = {
    .name = "wsfs_cache_evictions_total",
    .help = "Contents dropped from the cache to make room"};
constexpr MetricName kCacheDamaged = {
    .name = "wsfs_cache_corrupt_total",
    .help = "Cached contents that failed their check and are fetched again"};
constexpr MetricName kInFlight = {.name = "wsfs_api_calls_in_flight",
                                  .help = "Calls on their way"};
constexpr MetricName kMostInFlight = {
    .name = "wsfs_api_calls_in_flight_limit",
    .help = "Calls that may be on their way at once"};
constexpr MetricName kWaiting = {
    .name = "wsfs_api_calls_waiting",
    .help = "Calls that wait for their turn, by who waits for them"};

double Number(std::uint64_t count) {
  return static_cast<double>(count);
}

double Seconds(std::int64_t milliseconds) {
  return static_cast<double>(std::max<std::int64_t>(0, milliseconds)) / 1000;
}

void AppendQueue(Readings& readings, const SyncStatus& status, PlanMillis now) {
  const bool idle = status.pending_count == 0;
  readings.Gauge(kPending, Number(status.pending_count));
  readings.Gauge(kPendingBytes, Number(status.pending_bytes));
  readings.Gauge(kOldest, idle ? 0 : Seconds(now - status.oldest_pending));
  readings.Gauge(kRefused, Number(status.refused_count));
  readings.Gauge(kConflicts, Number(status.conflict_count));
}

void AppendSync(Readings& readings, const SyncStatus& status) {
  for (const Health health :
       {Health::kOnline, Health::kDegraded, Health::kOffline})
    readings.Gauge(kHealth, status.service.health == health ? 1 : 0,
                   {{"state", std::string(ToString(health))}});
  readings.Counter(kPlans, Number(status.plans));
  readings.Counter(kActions, Number(status.planned_actions));
  for (const WindowCount& count : status.windows) {
    const Labels labels = {{"window", std::string(ToString(count.window))}};
    readings.Counter(kWindows, Number(count.opened), labels);
    readings.Counter(kWindowsMet, Number(count.met), labels);
    readings.Gauge(kWindowLongest, Seconds(count.longest.count()), labels);
  }
}

void AppendCache(Readings& readings, const CacheCounts& counts) {
  readings.Gauge(kCacheBytes, Number(counts.small_bytes), {{"size", "small"}});
  readings.Gauge(kCacheBytes, Number(counts.blob_bytes), {{"size", "large"}});
  readings.Gauge(kCacheLimit, Number(counts.cap_bytes));
  readings.Counter(kCacheHits, Number(counts.hits));
  readings.Counter(kCacheMisses, Number(counts.misses));
  readings.Counter(kCacheEvictions, Number(counts.evictions));
  readings.Counter(kCacheDamaged, Number(counts.damaged));
}

}  // namespace

void AppendEngine(Readings& readings, Engine& engine) {
  const SyncStatus status = engine.syncer().Status();
  AppendQueue(readings, status, engine.ledger().Now());
  AppendSync(readings, status);
  AppendCache(readings, engine.store().CountCache());
}

void AppendLoad(Readings& readings, const CallLoad& load) {
  readings.Gauge(kInFlight, Number(load.in_flight));
  readings.Gauge(kMostInFlight, Number(load.max_in_flight));
  for (std::size_t rank = 0; rank < load.waiting.size(); ++rank)
    readings.Gauge(
        kWaiting, Number(load.waiting.at(rank)),
        {{"class", std::string(NameOf(static_cast<CallClass>(rank)))}});
}

}  // namespace wsfs
