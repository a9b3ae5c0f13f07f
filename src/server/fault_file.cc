#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "server/faults.h"

namespace wsfs {
namespace {

using Json = nlohmann::json;

Error Wrong(std::string_view key, std::string_view wanted) {
  return {Errc::kInvalidArgument,
          fmt::format("faults: {:?} must be {}", key, wanted)};
}

Result<int> ToInt(std::string_view key, const Json& value) {
  if (!value.is_number_integer()) return Wrong(key, "a whole number");
  return value.get<int>();
}

Result<std::string> ToText(std::string_view key, const Json& value) {
  if (!value.is_string()) return Wrong(key, "a string");
  return value.get<std::string>();
}

/// Sets the flag-like kinds: {"stall": true}.
Result<bool> SetKind(Fault& fault, std::string_view key, const Json& value) {
  FaultKind kind{};
  if (key == "stall") {
    kind = FaultKind::kStall;
  } else if (key == "reset") {
    kind = FaultKind::kReset;
  } else if (key == "truncate") {
    kind = FaultKind::kTruncate;
    fault.side = FaultSide::kAfter;
  } else {
    return false;
  }
  if (!value.is_boolean()) return Wrong(key, "true or false");
  if (value.get<bool>()) fault.kind = kind;
  return true;
}

Result<bool> SetNumber(Fault& fault, std::string_view key, const Json& value) {
  if (key == "count") {
    WSFS_TRY(fault.count, ToInt(key, value));
  } else if (key == "skip") {
    WSFS_TRY(fault.skip, ToInt(key, value));
  } else if (key == "status") {
    WSFS_TRY(fault.status, ToInt(key, value));
    fault.kind = FaultKind::kStatus;
  } else if (key == "delay_ms") {
    WSFS_TRY(const int ms, ToInt(key, value));
    fault.delay = Milliseconds(ms);
    fault.kind = FaultKind::kDelay;
  } else if (key == "jitter_ms") {
    WSFS_TRY(const int ms, ToInt(key, value));
    fault.jitter = Milliseconds(ms);
  } else if (key == "stale_ms") {
    WSFS_TRY(const int ms, ToInt(key, value));
    fault.delay = Milliseconds(ms);
    fault.kind = FaultKind::kStale;
  } else {
    return false;
  }
  return true;
}

Result<bool> SetText(Fault& fault, std::string_view key, const Json& value) {
  if (key == "route") {
    WSFS_TRY(fault.route, ToText(key, value));
  } else if (key == "path") {
    WSFS_TRY(fault.path, ToText(key, value));
  } else if (key == "code") {
    WSFS_TRY(fault.code, ToText(key, value));
  } else if (key == "message") {
    WSFS_TRY(fault.message, ToText(key, value));
  } else if (key == "body") {
    WSFS_TRY(fault.body, ToText(key, value));
  } else if (key == "retry_after") {
    WSFS_TRY(fault.retry_after, ToText(key, value));
  } else if (key == "side") {
    WSFS_TRY(const std::string side, ToText(key, value));
    if (side != "before" && side != "after")
      return Wrong(key, "\"before\" or \"after\"");
    fault.side = side == "after" ? FaultSide::kAfter : FaultSide::kBefore;
  } else {
    return false;
  }
  return true;
}

Result<Fault> ToFault(const Json& json) {
  if (!json.is_object()) return Wrong("faults", "a list of objects");
  Fault fault;
  for (const auto& [key, value] : json.items()) {
    WSFS_TRY(const bool kind, SetKind(fault, key, value));
    if (kind) continue;
    WSFS_TRY(const bool number, SetNumber(fault, key, value));
    if (number) continue;
    WSFS_TRY(const bool text, SetText(fault, key, value));
    if (!text) return Wrong(key, "a key that faults have");
  }
  return fault;
}

Result<void> AddFaults(const Json& list, FaultFile& file) {
  if (!list.is_array()) return Wrong("faults", "a list of objects");
  for (const Json& item : list) {
    WSFS_TRY(Fault fault, ToFault(item));
    file.faults.push_back(std::move(fault));
  }
  return {};
}

Result<void> AddRates(const Json& rates, FaultFile& file) {
  if (!rates.is_object()) return Wrong("rates", "an object");
  for (const auto& [route, rate] : rates.items()) {
    if (!rate.is_number()) return Wrong(route, "a number");
    file.rates.emplace(route, rate.get<double>());
  }
  return {};
}

}  // namespace

Result<FaultFile> ParseFaults(std::string_view json) {
  const Json root = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object()) return Wrong("the file", "one JSON object");
  FaultFile file;
  for (const auto& [key, value] : root.items()) {
    if (key == "faults") {
      WSFS_RETURN_IF_ERROR(AddFaults(value, file));
    } else if (key == "rates") {
      WSFS_RETURN_IF_ERROR(AddRates(value, file));
    } else {
      return Wrong(key, "\"faults\" or \"rates\"");
    }
  }
  return file;
}

}  // namespace wsfs
