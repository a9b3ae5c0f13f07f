#include "merge/cell_merge.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "model/ipynb_json.h"

namespace wsfs {
namespace {

using Json = nlohmann::json;

/// What a cell says, what came of it, and its name: each has a rule of its own.
constexpr std::array kOwnRules = {"cell_type", "source", "id", "outputs",
                                  "execution_count"};

bool SaysTheSame(const Json& one, const Json* other) {
  return other != nullptr &&
         IsSame(MemberOf(&one, "cell_type"), MemberOf(other, "cell_type")) &&
         IpynbText(one["source"]) == IpynbText((*other)["source"]);
}

bool HasOutputsOf(const Json& one, const Json* other) {
  return other != nullptr && SeenOutputs(one) == SeenOutputs(*other);
}

bool HasRunOf(const Json& one, const Json* other) {
  return IsSame(MemberOf(&one, "outputs"), MemberOf(other, "outputs")) &&
         IsSame(MemberOf(&one, "execution_count"),
                MemberOf(other, "execution_count"));
}

void CopyMember(Json& to, const Json& from, const char* key) {
  if (const Json* value = MemberOf(&from, key)) to[key] = *value;
}

}  // namespace

CellMerge::CellMerge(const JsonVersions& cell)
    : cell_(cell),
      ours_edited_(!SaysTheSame(*cell.ours, cell.base)),
      theirs_edited_(!SaysTheSame(*cell.theirs, cell.base)) {}

Json CellMerge::Merge() {
  const bool only_ours = ours_edited_ && !theirs_edited_;
  const bool only_theirs = theirs_edited_ && !ours_edited_;
  JsonMerge fields(only_ours ? JsonMerge::Prefers::kOurs
                             : JsonMerge::Prefers::kTheirs);
  Json merged = Json::object();
  for (const std::string& key : KeysOf(cell_)) {
    if (std::ranges::find(kOwnRules, key) == kOwnRules.end())
      fields.TakeMember(merged, cell_, key);
  }
  const Json& edited = only_theirs ? *cell_.theirs : *cell_.ours;
  CopyMember(merged, edited, "cell_type");
  CopyMember(merged, edited, "source");
  CopyMember(merged, ChooseId(), "id");
  // Outputs belong to the source that they are of.
  const Json& run = only_ours || only_theirs ? edited : ChooseRun();
  CopyMember(merged, run, "outputs");
  CopyMember(merged, run, "execution_count");
  if (fields.left_out() ||
      (only_theirs && !HasOutputsOf(*cell_.ours, cell_.base)))
    left_out_ = true;
  return merged;
}

/// The service may leave ids out, or give new ones.
const Json& CellMerge::ChooseId() const {
  const Json* ours = MemberOf(cell_.ours, "id");
  const Json* theirs = MemberOf(cell_.theirs, "id");
  const bool only_theirs_new =
      theirs != nullptr && IsSame(ours, MemberOf(cell_.base, "id"));
  return ours == nullptr || only_theirs_new ? *cell_.theirs : *cell_.ours;
}

/// The side that ran it. Exactly the same comes first: the service may have
/// written anew what nobody ran.
const Json& CellMerge::ChooseRun() {
  const Json& ours = *cell_.ours;
  const Json& theirs = *cell_.theirs;
  if (HasRunOf(ours, cell_.base)) return theirs;
  if (HasRunOf(theirs, cell_.base) || HasOutputsOf(theirs, cell_.base))
    return ours;
  if (HasOutputsOf(ours, cell_.base)) return theirs;
  if (HasOutputsOf(ours, &theirs)) return ours;
  left_out_ = true;
  return theirs;
}

}  // namespace wsfs
