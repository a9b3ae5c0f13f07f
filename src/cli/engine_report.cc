#include "cli/engine_report.h"

#include <ctime>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/io.h"
#include "cli/json_text.h"

namespace wsfs {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kShown = 20;

std::string_view Name(PendingItem::State state) {
  switch (state) {
    case PendingItem::State::kWaiting: return "waiting";
    case PendingItem::State::kSending: return "sending";
    case PendingItem::State::kRefused: return "refused";
  }
  std::unreachable();
}

/// File names are any bytes; a terminal gets none that steer it.
std::string Printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(byte < 0x20 || byte == 0x7f ? '?' : c);
  }
  return out;
}

std::string Age(PlanMillis since, PlanMillis now) {
  const auto seconds = static_cast<double>(now - since) / 1000.0;
  return seconds < 120 ? fmt::format("{:.1f} s", seconds)
                       : fmt::format("{:.0f} min", seconds / 60);
}

std::string Line(const PendingItem& item) {
  std::string line = fmt::format("{} {}: {}", item.operation,
                                 Printable(item.path), Name(item.state));
  if (item.next_try_ms > 0)
    line += fmt::format(", next try in {:.1f} s",
                        static_cast<double>(item.next_try_ms) / 1000.0);
  if (!item.error.empty()) line += " (" + Printable(item.error) + ")";
  return line;
}

/// "23:05:01": when it began, on this machine's clock.
std::string TimeOfDay(WallNanos when) {
  const std::time_t seconds = when / 1'000'000'000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  return fmt::format("{:02}:{:02}:{:02}", local.tm_hour, local.tm_min,
                     local.tm_sec);
}

void AppendService(std::string& text, const EngineReport& report) {
  const HealthState& service = report.sync.service;
  auto to = std::back_inserter(text);
  if (service.health == Health::kOnline) {
    fmt::format_to(to, "  service    online, as {}\n", report.user);
    return;
  }
  fmt::format_to(to, "  service    {} since {}: {}\n", ToString(service.health),
                 TimeOfDay(service.since), Printable(service.why));
}

void AppendPending(std::string& text, const EngineReport& report) {
  const SyncStatus& sync = report.sync;
  auto to = std::back_inserter(text);
  if (sync.pending_count == 0) {
    fmt::format_to(to, "  uploads    everything is sent\n");
    return;
  }
  fmt::format_to(to, "  uploads    {} pending, {} refused · oldest {}\n",
                 sync.pending_count, sync.refused_count,
                 Age(sync.oldest_pending, report.now));
  for (std::size_t i = 0; i < sync.pending.size() && i < kShown; ++i)
    fmt::format_to(to, "             {}\n", Line(sync.pending[i]));
  if (sync.pending_count > kShown)
    fmt::format_to(to, "             and {} more\n",
                   sync.pending_count - kShown);
  if (sync.refused_count > 0)
    fmt::format_to(
        to,
        "             what is refused is kept here: save it anew, or "
        "decide with wsfs resolve PATH --mine or --theirs\n");
}

Json ToObject(const PendingItem& item, PlanMillis now) {
  return {{"path", item.path},          {"operation", item.operation},
          {"state", Name(item.state)},  {"error", item.error},
          {"age_ms", now - item.since}, {"next_try_ms", item.next_try_ms}};
}

Json ToObject(const MountInfo& mount) {
  return {{"directory", mount.directory.native()},
          {"remote", mount.remote},
          {"read_only", mount.read_only},
          {"writes", ToString(mount.policy.writes)},
          {"fsync", ToString(mount.policy.fsync)}};
}

}  // namespace

std::string ToText(const EngineReport& report) {
  std::string text;
  auto to = std::back_inserter(text);
  for (const MountInfo& mount : report.mounts)
    fmt::format_to(to, "{}:{}  →  {}{}\n", report.host, mount.remote,
                   mount.directory.native(),
                   mount.read_only ? "  (read only)" : "");
  AppendService(text, report);
  AppendPending(text, report);
  if (report.sync.conflict_count > 0)
    fmt::format_to(to,
                   "  conflicts  {} · yours is kept beside theirs: wsfs "
                   "conflicts\n",
                   report.sync.conflict_count);
  for (const Notice& notice : report.notices)
    fmt::format_to(to, "  note       {}: {}\n", Printable(notice.path),
                   Printable(notice.text));
  fmt::format_to(to, "  store      {}\n", report.store);
  return text;
}

std::string ToJson(const EngineReport& report) {
  Json json = {{"version", 1},
               {"host", report.host},
               {"user", report.user},
               {"store", report.store},
               {"process", report.process},
               {"reachable", report.sync.reachable()},
               {"service", ToString(report.sync.service.health)},
               {"service_since_ms", report.sync.service.since / 1'000'000},
               {"last_error", report.sync.last_error},
               {"pending_count", report.sync.pending_count},
               {"refused_count", report.sync.refused_count},
               {"conflict_count", report.sync.conflict_count},
               {"mounts", Json::array()},
               {"pending", Json::array()},
               {"notices", Json::array()},
               {"windows", Json::array()}};
  for (const MountInfo& mount : report.mounts)
    json["mounts"].push_back(ToObject(mount));
  for (const PendingItem& item : report.sync.pending)
    json["pending"].push_back(ToObject(item, report.now));
  for (const Notice& notice : report.notices)
    json["notices"].push_back({{"path", notice.path}, {"text", notice.text}});
  for (const WindowCount& count : report.sync.windows)
    json["windows"].push_back({{"kind", ToString(count.window)},
                               {"opened", count.opened},
                               {"longest_ms", count.longest.count()},
                               {"met", count.met}});
  return JsonText(json);
}

std::string DescribeRemains(const SyncStatus& status) {
  if (status.pending_count == 0) return "";
  std::string text = fmt::format("{} not sent yet:\n", status.pending_count);
  for (std::size_t i = 0; i < status.pending.size() && i < kShown; ++i)
    text += "  " + Line(status.pending[i]) + "\n";
  if (status.pending_count > kShown)
    text += fmt::format("  and {} more\n", status.pending_count - kShown);
  return text;
}

int SyncExitCode(const SyncStatus& status) {
  if (status.conflict_count > 0) return kExitConflicts;
  if (status.refused_count > 0) return kExitFailed;
  if (status.pending_count > 0) return kExitNotSent;
  return status.reachable() ? kExitOk : kExitUnreachable;
}

}  // namespace wsfs
