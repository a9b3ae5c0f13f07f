#pragma once

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace wsfs {

/// Deeper JSON is no notebook to us: its writing would recurse too far.
inline constexpr int kDeepestIpynb = 64;

/// A text of an ipynb, which is one string or a list of lines; none: no text.
std::optional<std::string> IpynbText(const nlohmann::json& value);

/// `cell[key]` as a person sees it: each text as one string, without metadata
/// and execution counts, which the service writes anew. Null when it is not
/// there.
nlohmann::json SeenPart(const nlohmann::json& cell, const char* key);

/// The outputs of a cell as a person sees them; an empty list for none.
nlohmann::json SeenOutputs(const nlohmann::json& cell);

}  // namespace wsfs
