#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "merge/ipynb_merge.h"
#include "merge/text_merge.h"
#include "model/ipynb_digest.h"

namespace wsfs {
namespace {

using Json = nlohmann::json;

/// Between the three versions of an input.
constexpr char kNext = '\x1d';

void Demand(bool holds) {
  if (!holds) __builtin_trap();
}

Versions Split(std::string_view input) {
  std::array<std::string_view, 3> parts;
  for (std::string_view& part : parts) {
    const std::size_t end = std::min(input.find(kNext), input.size());
    part = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
  }
  return {.base = parts[0], .ours = parts[1], .theirs = parts[2]};
}

Versions Turned(const Versions& versions) {
  return {
      .base = versions.base, .ours = versions.theirs, .theirs = versions.ours};
}

/// One side alone is that side, whichever it is. None: too far from the base.
template <typename Merge>
void DemandOneSideIsKept(const Versions& versions, Merge merge) {
  const auto is = [](const auto& merged, std::string_view text) {
    return !merged.has_value() || *merged == text;
  };
  const auto [base, ours, theirs] = versions;
  Demand(is(merge({.base = base, .ours = ours, .theirs = base}), ours));
  Demand(is(merge({.base = base, .ours = base, .theirs = theirs}), theirs));
  Demand(is(merge({.base = base, .ours = ours, .theirs = ours}), ours));
}

void TryLines(const Versions& versions) {
  DemandOneSideIsKept(versions, MergeLines);
  const auto merged = MergeLines(versions);
  Demand(merged == MergeLines(Turned(versions)));
  const auto marked = MergeMarked(versions);
  Demand(merged.has_value() == (marked.has_value() && marked->meets == 0));
  Demand(!merged.has_value() || *merged == marked->text);
}

void TryCells(const Versions& versions, Language language) {
  const auto merge = [language](const Versions& these) {
    return MergeCells(these, language);
  };
  DemandOneSideIsKept(versions, merge);
  // Line ends behind the last cell are ours where both changed them.
  const auto body = [](std::optional<std::string> text) {
    if (text.has_value()) text->erase(text->find_last_not_of("\r\n") + 1);
    return text;
  };
  Demand(body(merge(versions)) == body(merge(Turned(versions))));
}

std::vector<std::string> SourcesOf(const std::string& notebook) {
  std::vector<std::string> sources;
  const Json json = Json::parse(notebook);
  for (const Json& cell : json["cells"]) {
    std::string source = cell["cell_type"].get<std::string>() + '\n';
    if (cell["source"].is_string()) source += cell["source"];
    if (cell["source"].is_array())
      for (const Json& line : cell["source"]) source += line;
    sources.push_back(source);
  }
  return sources;
}

std::optional<std::string> IpynbText(const Versions& versions) {
  auto merged = MergeIpynb(versions);
  if (!merged.has_value()) return std::nullopt;
  return std::move(merged->text);
}

/// The merge, if there is one.
std::optional<std::string> TryIpynb(const Versions& versions) {
  DemandOneSideIsKept(versions, IpynbText);
  auto merged = IpynbText(versions);
  const auto turned = IpynbText(Turned(versions));
  Demand(merged.has_value() == turned.has_value());
  const auto marked = MergeIpynbMarked(versions);
  Demand(!merged.has_value() || marked.has_value());
  if (marked.has_value()) Demand(CellsDigest(marked->text).has_value());
  if (merged.has_value()) {
    Demand(SourcesOf(*merged) == SourcesOf(*turned));
    Demand(marked->meets == 0 && marked->text == *merged);
  }
  return merged;
}

/// A notebook whose cells are the bytes of `script`: so an edit of a byte is
/// one of a cell.
std::string Notebook(std::string_view script) {
  Json notebook = {{"cells", Json::array()},
                   {"metadata", Json::object()},
                   {"nbformat", 4},
                   {"nbformat_minor", 4}};
  for (const char byte : script) {
    const auto bits = static_cast<std::uint8_t>(byte);
    Json cell = {{"cell_type", (bits & 0x80U) != 0 ? "raw" : "code"},
                 {"metadata", Json::object()},
                 {"source", {std::string(1, "abcdefgh"[bits % 8])}}};
    if ((bits & 8U) != 0) cell["outputs"] = {{{"text", {"ran"}}}};
    if ((bits & 16U) != 0) cell["metadata"]["nuid"] = bits % 4;
    if ((bits & 96U) != 0) cell["id"] = std::to_string(bits / 32 % 4);
    notebook["cells"].push_back(std::move(cell));
  }
  return notebook.dump();
}

/// Each source that is new on one side is in the merge.
void DemandNoneIsLost(const std::string& base, const std::string& side,
                      const std::string& merged) {
  const auto old = SourcesOf(base);
  const auto all = SourcesOf(merged);
  for (const std::string& source : SourcesOf(side)) {
    if (std::ranges::find(old, source) == old.end())
      Demand(std::ranges::find(all, source) != all.end());
  }
}

void TryScripts(const Versions& scripts) {
  constexpr std::size_t kCells = 8;
  const std::string base = Notebook(scripts.base.substr(0, kCells));
  const std::string ours = Notebook(scripts.ours.substr(0, kCells));
  const std::string theirs = Notebook(scripts.theirs.substr(0, kCells));
  const Versions versions{.base = base, .ours = ours, .theirs = theirs};
  const auto merged = TryIpynb(versions);
  if (!merged.has_value()) return;
  DemandNoneIsLost(base, ours, *merged);
  DemandNoneIsLost(base, theirs, *merged);
}

}  // namespace
}  // namespace wsfs

/// Three versions of a text: as lines, as cells of a source notebook, as
/// ipynb, and as scripts of one. One side alone is that side; what merges, and
/// what its cells are, does not depend on who is called ours; no source is
/// lost.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto* text = static_cast<const char*>(static_cast<const void*>(data));
  const wsfs::Versions versions = wsfs::Split(std::string_view(text, size));
  wsfs::TryLines(versions);
  wsfs::TryCells(versions, wsfs::Language::kPython);
  wsfs::TryCells(versions, wsfs::Language::kNone);
  static_cast<void>(wsfs::TryIpynb(versions));
  wsfs::TryScripts(versions);
  return 0;
}
