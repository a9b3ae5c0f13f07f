#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>

#include "store/catalogue_state.h"

namespace wsfs {

namespace {

/// Ids, generations and times are counted on from what was loaded: beyond this
/// there may be no room for it.
constexpr std::int64_t kLargestNumber = std::int64_t{1} << 60;

Error Broken(std::string_view kind, std::uint64_t id, std::string_view what) {
  return {Errc::kCorrupt,
          fmt::format("the catalogue is damaged: {} {} {}", kind, id, what)};
}

bool IsId(std::uint64_t id) {
  return id != 0 && id <= static_cast<std::uint64_t>(kLargestNumber);
}

bool AreNumbers(std::initializer_list<std::int64_t> numbers) {
  return std::ranges::all_of(numbers, [](std::int64_t number) {
    return number >= -kLargestNumber && number <= kLargestNumber;
  });
}

bool IsSound(const std::optional<Intent>& intent) {
  return !intent || AreNumbers({intent->gen, intent->at});
}

bool IsEntryName(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && !name.contains('/') &&
         !name.contains('\0');
}

/// What can be said of a node alone.
std::optional<std::string_view> WhatIsWrong(const Node& node) {
  if (!IsId(node.id)) return "has no id that is one";
  if (!AreNumbers(
          {node.gen, node.touched, node.closed, node.again, node.listed_at}) ||
      !IsSound(node.intent))
    return "has a time or generation that is none";
  if (node.parent != kNoNode && !IsEntryName(node.name))
    return "has a name that no entry can have";
  return std::nullopt;
}

std::optional<std::string_view> WhatIsWrong(const Object& object) {
  if (!IsId(object.key)) return "has no id that is one";
  if (!AreNumbers({object.gen, object.changed, object.touched, object.asked,
                   object.again}) ||
      !IsSound(object.intent))
    return "has a time or generation that is none";
  // It is what a node is called that is made for it.
  if (object.parent != kNoObject && !IsEntryName(object.view))
    return "has a name that no entry can have";
  return std::nullopt;
}

}  // namespace

Result<void> Catalogue::CheckLoaded() const {
  if (!IsId(state_->next_id))
    return Error(Errc::kCorrupt,
                 "the catalogue is damaged: it has no ids left");
  WSFS_RETURN_IF_ERROR(CheckLoadedNodes());
  return CheckLoadedObjects();
}

Result<void> Catalogue::CheckLoadedNode(const Node& node) const {
  const State& s = *state_;
  if (const auto wrong = WhatIsWrong(node))
    return Broken("entry", node.id, *wrong);
  for (const ObjectKey key : {node.bind, node.src})
    if (key != kNoObject && !s.objects.contains(key))
      return Broken("entry", node.id, "is of an object that is not there");
  if (s.children.contains(node.id) && node.kind != NodeKind::kDirectory)
    return Broken("entry", node.id, "is no folder and has entries");
  if (node.parent != kNoNode && Child(node.parent, node.name) != &node)
    return Broken("entry", node.id, "has the name of another");
  return {};
}

Result<void> Catalogue::CheckLoadedNodes() const {
  const Node& root = node(kRootNode);
  if (root.parent != kNoNode || root.kind != NodeKind::kDirectory ||
      root.bind != kRootObject)
    return Broken("entry", kRootNode, "is not the root");
  std::size_t found = 0;
  for (const auto& [id, node] : state_->nodes) {
    WSFS_RETURN_IF_ERROR(CheckLoadedNode(node));
    if (node.parent == kNoNode) found += 1 + Below(id).size();
  }
  // Each is below one that is in no folder; what is in a circle is not.
  if (found != node_count())
    return Error(Errc::kCorrupt,
                 "the catalogue is damaged: there are entries in folders that "
                 "are not there");
  return {};
}

Result<void> Catalogue::CheckLoadedObjects() const {
  const State& s = *state_;
  for (const auto& [key, object] : s.objects) {
    if (const auto wrong = WhatIsWrong(object))
      return Broken("object", key, *wrong);
    if ((object.parent == kNoObject) != (key == kRootObject))
      return Broken("object", key, "is in no folder, or the root in one");
    if (s.object_children.contains(key) &&
        object.kind != ObjectKind::kDirectory)
      return Broken("object", key, "is no folder and has objects");
  }
  if (1 + ObjectsBelow(kRootObject).size() != s.objects.size())
    return Error(Errc::kCorrupt,
                 "the catalogue is damaged: there are objects in folders that "
                 "are not there");
  return {};
}

}  // namespace wsfs
