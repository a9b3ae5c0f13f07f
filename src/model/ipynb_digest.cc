#include "model/ipynb_digest.h"

#include <string>

#include <nlohmann/json.hpp>

#include "model/ipynb_json.h"

namespace wsfs {
namespace {

using Json = nlohmann::json;

class CellReader {
 public:
  /// Called by the parser; false throws the value away.
  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kDeepestIpynb) {
      too_deep_ = true;
      return false;
    }
    if (depth == 1 && event == Json::parse_event_t::key) {
      key_ = parsed.get<std::string>();
    } else if (depth == 2 && event == Json::parse_event_t::object_end &&
               key_ == "cells") {
      TakeCell(parsed);
      return false;
    }
    return true;
  }

  bool too_deep() const { return too_deep_; }
  Hash Finish() { return hasher_.Finish(); }

 private:
  void TakeCell(const Json& cell) {
    const Json seen = {SeenPart(cell, "cell_type"), SeenPart(cell, "source"),
                       SeenOutputs(cell)};
    hasher_.Update(seen.dump(-1, ' ', false, Json::error_handler_t::replace) +
                   "\n");
  }

  std::string key_;
  bool too_deep_ = false;
  Hasher hasher_;
};

bool IsNotebook(const Json& top) {
  if (!top.is_object() || !top.contains("metadata")) return false;
  const auto cells = top.find("cells");
  const auto format = top.find("nbformat");
  return cells != top.end() && cells->is_array() && format != top.end() &&
         format->is_number_integer() && format->get<std::int64_t>() >= 4;
}

}  // namespace

bool MayBeIpynb(std::string_view start) {
  const std::size_t first = start.find_first_not_of(" \t\r\n");
  return first != start.npos && start[first] == '{';
}

std::optional<Hash> CellsDigest(std::string_view text) {
  if (text.size() > kMaxDigestedIpynbBytes || !MayBeIpynb(text) ||
      text.find("\"nbformat\"") == text.npos || text.contains('\0')) {
    return std::nullopt;
  }
  CellReader reader;
  const Json top = Json::parse(
      text,
      [&reader](int depth, Json::parse_event_t event, Json& parsed) {
        return reader(depth, event, parsed);
      },
      /*allow_exceptions=*/false);
  if (top.is_discarded() || reader.too_deep() || !IsNotebook(top))
    return std::nullopt;
  return reader.Finish();
}

}  // namespace wsfs
