#include "api/auto_format.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "base/ascii.h"
#include "model/notebook_header.h"

namespace wsfs {
namespace {

constexpr std::size_t kHeadBytes = 4096;

bool EndsWithAny(std::string_view name,
                 std::span<const std::string_view> endings) {
  return std::ranges::any_of(
      endings, [&](std::string_view end) { return name.ends_with(end); });
}

/// May AUTO find the header of a notebook in the first line? It is not known
/// how exactly the service looks, so a line that holds the words is enough,
/// and so is one whose end is too far away to look for.
Result<bool> MayHoldHeader(ByteSource& content) {
  std::string head(std::min<std::uint64_t>(kHeadBytes, content.size_bytes()),
                   '\0');
  WSFS_TRY(const std::size_t got,
           content.ReadAt(0, std::as_writable_bytes(std::span(head))));
  head.resize(got);
  const std::size_t end = head.find('\n');
  if (end == head.npos && content.size_bytes() > got) return true;
  // Whatever stands before the words.
  return std::string_view(head).substr(0, end).contains(kHeaderText.substr(1));
}

}  // namespace

Result<bool> AutoMakesAFile(std::string_view name, ByteSource& content) {
  static constexpr std::array<std::string_view, 7> kConverted = {
      ".ipynb", ".dbc", ".html", ".rmd", ".zip", ".jar", ".lvdash.json"};
  static constexpr std::array<std::string_view, 4> kLanguages = {
      ".py", ".sql", ".scala", ".r"};
  const std::string lower = LowerCased(name);
  if (EndsWithAny(lower, kConverted)) return false;
  if (!EndsWithAny(lower, kLanguages)) return true;
  WSFS_TRY(const bool header, MayHoldHeader(content));
  return !header;
}

}  // namespace wsfs
