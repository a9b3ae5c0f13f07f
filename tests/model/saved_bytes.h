#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"

namespace wsfs {

/// The last word of a body: what a person typed, without what kinds add.
std::string TokenOf(std::string_view bytes);

/// What a person was told is saved, and what of it a power cut may take back
/// (design.md §1, promise 1). Bytes are known by their token, which no other
/// bytes have.
///
/// The disk keeps the order of what was done: after a power cut the tree is as
/// it was after one of the operations since all was last on the disk, and each
/// is remembered for that. A body that has a file of its own may besides be
/// what it replaced, until it was on the disk. One thread.
class SavedBytes {
 public:
  using Tokens = std::set<std::string>;

  /// A person types these bytes. `has_file`: too many for a row.
  void Typed(const std::string& token, std::string_view bytes, bool has_file);

  // -- What operations do
  /// The save of `token` over `old` ("" for none) returned.
  void Saved(const std::string& token, const std::string& old);
  /// The file with `token` takes the name of the one with `old`.
  void TookName(const std::string& token, const std::string& old);
  /// Replaced or removed here, as the person wanted.
  void Ended(const std::string& token) { now_.erase(token); }
  void EndedByHash(const Hash& hash);
  /// By somebody else, at the service: no power cut brings it back.
  void EndedThere(const std::string& token);
  /// An operation is over, whatever came of it.
  void Remember();
  /// An fsync returned: all that was done is on the disk.
  void Synced();

  /// What must be somewhere.
  const Tokens& now() const { return now_; }

  // -- After a start. The sentence of what is lost, "" for nothing.
  std::string LostByKill(const Tokens& found) const;
  /// `confirmed` are at the service, which nothing reaches before all that was
  /// done before is on the disk.
  std::string LostByPowerCut(const Tokens& found,
                             const Tokens& confirmed) const;
  /// The tree holds these now: what a person typed of it must be somewhere
  /// from here on.
  void StartFrom(const Tokens& held);

  /// No byte of these is of another save than the others, none is missing.
  bool IsWhole(std::string_view bytes) const;

 private:
  bool Accounted(const std::string& token, const Tokens& found,
                 const Tokens& on_disk) const;
  std::size_t HardSince(const Tokens& confirmed) const;

  struct Body {
    std::size_t lines = 1;
    bool has_file = false;
    Tokens before;  ///< What its file may be instead.
    bool had_self = false;
  };
  std::map<std::string, Body> bodies_;
  std::map<std::string, std::string> by_hash_;
  Tokens now_;
  Tokens ended_there_;
  std::vector<Tokens> states_ = {{}};  ///< The first is on the disk.
};

}  // namespace wsfs
