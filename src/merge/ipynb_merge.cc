#include "merge/ipynb_merge.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <nlohmann/json.hpp>

#include "merge/cell_merge.h"
#include "merge/cell_plan.h"
#include "merge/ipynb_file.h"
#include "merge/json_merge.h"
#include "merge/json_text.h"
#include "model/ipynb_json.h"

namespace wsfs {
namespace {

using Json = nlohmann::json;

struct Notebook {
  Json top;
  CellNames names;
  const Json& cell(std::size_t place) const { return top["cells"][place]; }
};

std::optional<Notebook> Read(std::string_view text) {
  auto top = ReadIpynb(text);
  if (!top.has_value()) return std::nullopt;
  CellNames names = NamesOf(*top);
  return Notebook{.top = *std::move(top), .names = std::move(names)};
}

/// Line by line as of a file: the last line of a source has no end.
MarkedText MarkSource(const Versions& versions) {
  const auto ended = [](std::string_view text) {
    return text.empty() ? std::string() : std::string(text) + '\n';
  };
  const std::string base = ended(versions.base);
  const std::string ours = ended(versions.ours);
  const std::string theirs = ended(versions.theirs);
  MarkedText marked =
      MergeMarked({.base = base, .ours = ours, .theirs = theirs})
          .value_or(MarkBoth(ours, theirs));
  if (marked.text.ends_with('\n')) marked.text.pop_back();
  return marked;
}

Json MarkCell(std::string_view mark) {
  return {{"cell_type", "markdown"},
          {"metadata", Json::object()},
          {"source", {std::string(mark)}}};
}

class Merger {
 public:
  Merger(const Notebook& base, const Notebook& ours, const Notebook& theirs)
      : base_(base), ours_(ours), theirs_(theirs) {}

  Json Merge(const std::vector<CellStep>& steps) {
    JsonMerge fields(JsonMerge::Prefers::kTheirs);
    const JsonVersions tops{
        .base = &base_.top, .ours = &ours_.top, .theirs = &theirs_.top};
    Json top = Json::object();
    for (const std::string& key : KeysOf(tops))
      if (key != "cells") fields.TakeMember(top, tops, key);
    left_out_ = fields.left_out();
    // Cells of the newer form may be in it.
    const std::int64_t minor =
        std::max(IntegerAt(ours_.top, "nbformat_minor"),
                 IntegerAt(theirs_.top, "nbformat_minor"));
    if (top.contains("nbformat_minor")) top["nbformat_minor"] = minor;
    for (const CellStep& step : steps) Add(step);
    if (minor >= kMinorWithIds) CompleteIds(cells_);
    top["cells"] = std::move(cells_);
    return top;
  }

  std::size_t meets() const { return meets_; }
  bool left_out() const { return left_out_; }

 private:
  static const Json* CellAt(const Notebook& notebook,
                            const std::vector<std::size_t>& places) {
    return places.empty() ? nullptr : &notebook.cell(places.front());
  }
  JsonVersions CellsOf(const CellStep& step) const {
    return {.base = CellAt(base_, step.base),
            .ours = CellAt(ours_, step.ours),
            .theirs = CellAt(theirs_, step.theirs)};
  }

  void Add(const CellStep& step) {
    switch (step.fate) {
      case CellFate::kStays: return AddCell(CellsOf(step));
      case CellFate::kDeleted: return NoteDeleted(CellsOf(step));
      case CellFate::kMeets: return AddMarked(step);
    }
  }

  void AddCell(const JsonVersions& cell) {
    if (cell.ours != nullptr && cell.theirs != nullptr) return AddOfBoth(cell);
    for (const Json* side : {cell.ours, cell.theirs})
      if (side != nullptr) cells_.push_back(*side);
  }

  void AddOfBoth(const JsonVersions& cell) {
    CellMerge merge(cell);
    cells_.push_back(merge.Merge());
    left_out_ = left_out_ || merge.left_out();
  }

  void NoteDeleted(const JsonVersions& cell) {
    if (cell.ours == nullptr) return;
    left_out_ = left_out_ || SeenOutputs(*cell.ours) != SeenOutputs(*cell.base);
  }

  /// One cell on each side, at most, and of one type: it has the marks.
  static bool IsOneCell(const CellStep& step, const JsonVersions& cell) {
    if (step.ours.size() > 1 || step.theirs.size() > 1) return false;
    return cell.ours == nullptr || cell.theirs == nullptr ||
           StringAt(*cell.ours, "cell_type") ==
               StringAt(*cell.theirs, "cell_type");
  }

  void AddMarked(const CellStep& step) {
    const JsonVersions cell = CellsOf(step);
    if (!IsOneCell(step, cell)) return AddBetweenMarks(step);
    const auto source = [](const Json* side) {
      return side == nullptr ? std::string() : SourceOf(*side);
    };
    const MarkedText marked = MarkSource({.base = source(cell.base),
                                          .ours = source(cell.ours),
                                          .theirs = source(cell.theirs)});
    Json merged = cell.ours != nullptr ? *cell.ours : *cell.theirs;
    merged["source"] = SourceAs(merged["source"], marked.text);
    cells_.push_back(std::move(merged));
    meets_ += marked.meets;
  }

  void AddBetweenMarks(const CellStep& step) {
    ++meets_;
    cells_.push_back(MarkCell(kMineMark));
    for (const std::size_t place : step.ours)
      cells_.push_back(ours_.cell(place));
    cells_.push_back(MarkCell(kBetweenMark));
    for (const std::size_t place : step.theirs)
      cells_.push_back(theirs_.cell(place));
    cells_.push_back(MarkCell(kTheirsMark));
  }

  const Notebook& base_;
  const Notebook& ours_;
  const Notebook& theirs_;
  Json cells_ = Json::array();
  std::size_t meets_ = 0;
  bool left_out_ = false;
};

enum class Meeting : std::uint8_t { kIsNoMerge, kIsMarked };

std::optional<MergedIpynb> MergeBy(const Versions& versions, Meeting meeting) {
  const auto base = Read(versions.base);
  const auto ours = Read(versions.ours);
  const auto theirs = Read(versions.theirs);
  if (!base || !ours || !theirs) return std::nullopt;
  if (theirs->top == base->top || theirs->top == ours->top)
    return MergedIpynb{.text = std::string(versions.ours)};
  if (ours->top == base->top)
    return MergedIpynb{.text = std::string(versions.theirs)};
  const auto steps = PlanCells(base->names, ours->names, theirs->names);
  if (!steps.has_value()) return std::nullopt;
  const bool meets = std::ranges::any_of(*steps, [](const CellStep& step) {
    return step.fate == CellFate::kMeets;
  });
  if (meets && meeting == Meeting::kIsNoMerge) return std::nullopt;
  Merger merger(*base, *ours, *theirs);
  const Json merged = merger.Merge(*steps);
  return MergedIpynb{.text = WriteOver(versions.ours, ours->top, merged),
                     .meets = merger.meets(),
                     .left_out = merger.left_out()};
}

}  // namespace

std::optional<MergedIpynb> MergeIpynb(const Versions& versions) {
  return MergeBy(versions, Meeting::kIsNoMerge);
}

std::optional<MergedIpynb> MergeIpynbMarked(const Versions& versions) {
  return MergeBy(versions, Meeting::kIsMarked);
}

}  // namespace wsfs
