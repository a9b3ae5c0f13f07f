#pragma once

#include <cstdint>
#include <set>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace wsfs {

/// One value in three versions; null where it is not there. Points into the
/// versions.
struct JsonVersions {
  const nlohmann::json* base = nullptr;
  const nlohmann::json* ours = nullptr;
  const nlohmann::json* theirs = nullptr;
};

/// `object[key]`; null when there is no such member, or no object.
const nlohmann::json* MemberOf(const nlohmann::json* object,
                               const std::string& key);
/// The keys of both sides, which are objects.
std::set<std::string> KeysOf(const JsonVersions& objects);
/// Both are there and equal, or neither is there.
bool IsSame(const nlohmann::json* one, const nlohmann::json* other);

/// Merges values, objects key by key. Where both sides changed one value the
/// preferred side's is taken. One thread at a time.
class JsonMerge {
 public:
  enum class Prefers : std::uint8_t { kOurs, kTheirs };
  explicit JsonMerge(Prefers side) : prefers_(side) {}

  /// Puts what becomes of a member of three objects into `merged`, if it is
  /// still there.
  void TakeMember(nlohmann::json& merged, const JsonVersions& objects,
                  const std::string& key);

  /// A value of ours gave way to one of theirs.
  bool left_out() const { return left_out_; }

 private:
  const nlohmann::json* Choose(const JsonVersions& values);

  Prefers prefers_;
  bool left_out_ = false;
};

}  // namespace wsfs
