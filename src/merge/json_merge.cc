#include "merge/json_merge.h"

#include <nlohmann/json.hpp>

namespace wsfs {
namespace {

using Json = nlohmann::json;

bool IsObject(const Json* value) {
  return value != nullptr && value->is_object();
}

bool IsChangedByBoth(const JsonVersions& values) {
  return !IsSame(values.ours, values.theirs) &&
         !IsSame(values.ours, values.base) &&
         !IsSame(values.theirs, values.base);
}

}  // namespace

const Json* MemberOf(const Json* object, const std::string& key) {
  if (!IsObject(object)) return nullptr;
  const auto found = object->find(key);
  return found == object->end() ? nullptr : &*found;
}

std::set<std::string> KeysOf(const JsonVersions& objects) {
  std::set<std::string> keys;
  for (const Json* side : {objects.ours, objects.theirs})
    for (const auto& [key, value] : side->items()) keys.insert(key);
  return keys;
}

bool IsSame(const Json* one, const Json* other) {
  if (one == nullptr || other == nullptr) return one == other;
  return *one == *other;
}

void JsonMerge::TakeMember(Json& merged, const JsonVersions& objects,
                           const std::string& key) {
  const JsonVersions values{.base = MemberOf(objects.base, key),
                            .ours = MemberOf(objects.ours, key),
                            .theirs = MemberOf(objects.theirs, key)};
  if (IsChangedByBoth(values) && IsObject(values.ours) &&
      IsObject(values.theirs)) {
    Json object = Json::object();
    for (const std::string& inner : KeysOf(values))
      TakeMember(object, values, inner);
    merged[key] = std::move(object);
    return;
  }
  if (const Json* chosen = Choose(values)) merged[key] = *chosen;
}

const Json* JsonMerge::Choose(const JsonVersions& values) {
  if (IsChangedByBoth(values)) {
    if (prefers_ == Prefers::kOurs) return values.ours;
    left_out_ = true;
    return values.theirs;
  }
  return IsSame(values.ours, values.base) ? values.theirs : values.ours;
}

}  // namespace wsfs
