#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "merge/cell_plan.h"

namespace wsfs {

/// From this nbformat_minor on cells have ids.
inline constexpr std::int64_t kMinorWithIds = 5;

/// `object[key]` if it is a string; "" otherwise.
std::string StringAt(const nlohmann::json& object, const char* key);
/// `object[key]` if it is an integer; 0 otherwise.
std::int64_t IntegerAt(const nlohmann::json& object, const char* key);

/// The source of a cell of ReadIpynb().
std::string SourceOf(const nlohmann::json& cell);

/// A Jupyter notebook of nbformat 4, each cell of which has a type and a
/// source. None for all else: what is nested deeper than kDeepestIpynb, or has
/// a number that would be another when written again.
std::optional<nlohmann::json> ReadIpynb(std::string_view text);

/// By what each cell of such a notebook is known again.
CellNames NamesOf(const nlohmann::json& notebook);

/// How the text of a notebook is laid out.
struct IpynbStyle {
  int indent = -1;  ///< None: all in one line.
  char with = ' ';
  std::string_view tail;  ///< Behind the last brace. Borrowed.
};
IpynbStyle StyleOf(std::string_view text);

/// A new one, with sorted keys, as Jupyter, VS Code and the service write it.
/// What is no UTF-8 is replaced. An edited one is WriteOver()'s (json_text.h).
std::string WriteIpynb(const nlohmann::json& notebook, const IpynbStyle& style);

/// A source, as a list of lines or one string as `before` is.
nlohmann::json SourceAs(const nlohmann::json& before, const std::string& text);

/// Gives an id to each of `cells` that has none or another's.
void CompleteIds(nlohmann::json& cells);

}  // namespace wsfs
