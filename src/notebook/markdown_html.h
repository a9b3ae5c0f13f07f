#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wsfs {

/// Markdown, with tables, as HTML that runs nothing and asks no other for
/// anything: HTML in it is left out, a picture from elsewhere is a link. None
/// where it is so long or so wide that this would take long. Any bytes will do.
std::optional<std::string> MarkdownHtml(std::string_view markdown);

}  // namespace wsfs
