#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace wsfs {

/// The text of `now`, written over the text of another JSON value: what is
/// equal stands in the bytes it had, members keep their order, and what is new
/// is laid out like the rest.
///
/// `text` is the text of `was`, with whatever blanks around it, and both were
/// parsed before. Pure.
std::string WriteOver(std::string_view text, const nlohmann::json& was,
                      const nlohmann::json& now);

}  // namespace wsfs
