#include "merge/ipynb_file.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "merge/json_merge.h"
#include "merge/text_merge.h"
#include "model/ipynb_json.h"

namespace wsfs {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kIdChars = 8;

/// An integer that 64 bits do not hold is a float here: written again it would
/// be another.
bool IsNotExact(const Json& value) {
  constexpr double kLargest = 9.0e18;
  return value.is_number_float() && std::abs(value.get<double>()) >= kLargest;
}

Json Parse(std::string_view text) {
  // The parser takes a NUL for the end of the text.
  bool good = !text.contains('\0');
  Json json = Json::parse(
      text,
      [&good](int depth, Json::parse_event_t event, const Json& value) {
        if (depth > kDeepestIpynb) good = false;
        if (event == Json::parse_event_t::value && IsNotExact(value))
          good = false;
        return good;
      },
      /*allow_exceptions=*/false);
  return good ? std::move(json) : Json(Json::value_t::discarded);
}

bool IsCell(const Json& cell) {
  return cell.is_object() && cell.contains("source") &&
         !StringAt(cell, "cell_type").empty() &&
         IpynbText(cell["source"]).has_value();
}

bool IsNotebook(const Json& top) {
  return top.is_object() && top.contains("cells") && top["cells"].is_array() &&
         top.contains("metadata") && top["metadata"].is_object() &&
         IntegerAt(top, "nbformat") == 4 &&
         std::ranges::all_of(top["cells"], IsCell);
}

std::string NewId(const Json& cell, std::size_t place) {
  return HashOf(std::to_string(place) + SourceOf(cell))
      .Hex()
      .substr(0, kIdChars);
}

}  // namespace

std::string StringAt(const Json& object, const char* key) {
  const Json* value = MemberOf(&object, key);
  return value != nullptr && value->is_string() ? value->get<std::string>()
                                                : std::string();
}

std::int64_t IntegerAt(const Json& object, const char* key) {
  const Json* value = MemberOf(&object, key);
  return value != nullptr && value->is_number_integer()
             ? value->get<std::int64_t>()
             : 0;
}

std::string SourceOf(const Json& cell) {
  return IpynbText(cell["source"]).value_or("");
}

std::optional<Json> ReadIpynb(std::string_view text) {
  Json top = Parse(text);
  if (!IsNotebook(top)) return std::nullopt;
  return top;
}

CellNames NamesOf(const Json& notebook) {
  CellNames names;
  for (const Json& cell : notebook["cells"])
    names.push_back(
        {.says = StringAt(cell, "cell_type") + '\n' + SourceOf(cell),
         .id = StringAt(cell, "id")});
  return names;
}

/// A JSON string holds no line end: the first one tells how lines begin.
IpynbStyle StyleOf(std::string_view text) {
  constexpr std::size_t kWidest = 8;
  IpynbStyle style;
  const std::size_t close = text.rfind('}');
  style.tail = text.substr(close + 1);
  const std::size_t line = text.find('\n', text.find('{'));
  if (line >= close) return style;
  const std::string_view rest = text.substr(line + 1);
  const std::size_t width = rest.find_first_not_of(" \t");
  style.indent = static_cast<int>(std::min(width, kWidest));
  if (rest.starts_with('\t')) style.with = '\t';
  return style;
}

std::string WriteIpynb(const Json& notebook, const IpynbStyle& style) {
  std::string text = notebook.dump(style.indent, style.with, false,
                                   Json::error_handler_t::replace);
  return text.append(style.tail);
}

Json SourceAs(const Json& before, const std::string& text) {
  if (before.is_string()) return text;
  Json lines = Json::array();
  for (const Piece line : LinesOf(text)) lines.push_back(std::string(line));
  return lines;
}

void CompleteIds(Json& cells) {
  std::set<std::string> known;
  std::size_t place = 0;
  for (Json& cell : cells) {
    std::string id = StringAt(cell, "id");
    while (id.empty() || !known.insert(id).second) id = NewId(cell, ++place);
    cell["id"] = id;
  }
}

}  // namespace wsfs
