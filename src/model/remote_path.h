#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace wsfs {

/// Where an object lives in the workspace, spelled the way the Workspace API
/// spells it: "/Users/ada@example.com/etl/load".
///
/// Invariants, true of every RemotePath:
///   - it starts with '/', and only the root ends with one;
///   - no component is empty, "." or "..", holds a NUL, or is longer than
///     kMaxNameBytes; the whole is at most kMaxBytes long. (Names over 255
///     bytes exist at the service; that limit belongs to MountPath.)
///
/// A RemotePath is not a path in the mount: notebooks gain a suffix there.
/// Only notebook/names turns a RemotePath into a MountPath or back; no
/// other code may pass from one to the other.
///
/// Value type: immutable but for assignment, safe to share between threads.
class RemotePath {
 public:
  static constexpr std::size_t kMaxNameBytes = 1024;
  static constexpr std::size_t kMaxBytes = 4096;

  /// The workspace root, "/".
  RemotePath() = default;

  /// Reads text that came from outside: an API reply, the command line, the
  /// journal. Fails with kInvalidArgument, naming the rule that was broken.
  static Result<RemotePath> Parse(std::string_view text);

  /// This directory's child called `name`. Fails like Parse.
  Result<RemotePath> Child(std::string_view name) const;

  /// The directory that holds this object; the root is its own parent.
  RemotePath Parent() const;

  /// The last component; "" for the root.
  std::string_view Name() const;

  bool IsRoot() const { return text_.size() == 1; }

  /// True for `ancestor` itself and for all below it: "/ab" is not in "/a".
  bool IsWithin(const RemotePath& ancestor) const;

  const std::string& text() const { return text_; }

  friend auto operator<=>(const RemotePath&, const RemotePath&) = default;

 private:
  explicit RemotePath(std::string text) : text_(std::move(text)) {}

  std::string text_ = "/";
};

}  // namespace wsfs

template <>
struct std::hash<wsfs::RemotePath> {
  std::size_t operator()(const wsfs::RemotePath& path) const noexcept {
    return std::hash<std::string>()(path.text());
  }
};
