#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace wsfs {

/// When a change counts as done, so that its call returns (design.md §3,
/// docs/durability.md). Whatever the policy, it is in the catalogue before.
enum class WritePolicy : std::uint8_t {
  /// A person's save of an existing object waits up to 2 s for what the
  /// service says; bulk and new files do not.
  kAuto,
  /// Every change waits until the service has taken it, up to 30 s.
  kThrough,
  /// None waits.
  kBack,
};

/// What fsync(2) makes a content safe against: a power cut of this machine, or
/// its loss.
enum class FsyncPolicy : std::uint8_t { kLocal, kRemote };

/// Of a mount; a path may have another by `user.wsfs.writes` and
/// `user.wsfs.fsync`. Value type.
struct MountPolicy {
  WritePolicy writes = WritePolicy::kAuto;
  FsyncPolicy fsync = FsyncPolicy::kLocal;
  friend bool operator==(const MountPolicy&, const MountPolicy&) = default;
};

/// "auto", "through", "back"; "local", "remote". nullopt: another word.
std::optional<WritePolicy> ParseWritePolicy(std::string_view word);
std::optional<FsyncPolicy> ParseFsyncPolicy(std::string_view word);
std::string_view ToString(WritePolicy policy);
std::string_view ToString(FsyncPolicy policy);

}  // namespace wsfs
