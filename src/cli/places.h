#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "auth/credential.h"
#include "base/environment.h"
#include "base/result.h"

namespace wsfs {

/// Where wsfs keeps things for this user (XDG base directories).

/// $XDG_STATE_HOME/wsfs, else ~/.local/state/wsfs. kInvalidArgument without
/// either.
Result<std::filesystem::path> StateFolder(const Environment& environment);
/// $XDG_DATA_HOME/wsfs, else ~/.local/share/wsfs.
Result<std::filesystem::path> DataFolder(const Environment& environment);

/// The default store of a workspace and user: STATE/HOST-USER.
std::filesystem::path StoreOf(const std::filesystem::path& state,
                              const std::string& host, const std::string& user);

/// The control socket of a store.
std::filesystem::path SocketOf(const std::filesystem::path& store);

/// Hex SHA-256 of the token: tells one credential from another, and nothing
/// else.
std::string CredentialHash(const Credential& credential);

/// Who a credential was when it was last checked, so that a start while
/// offline needs no call (design.md §2): STATE/users/HASH, 0600.
class KnownUsers {
 public:
  explicit KnownUsers(std::filesystem::path state) : state_(std::move(state)) {}
  std::optional<std::string> Find(const Credential& credential) const;
  /// Best effort: without it the next start asks the service.
  void Remember(const Credential& credential, const std::string& user) const;

 private:
  std::filesystem::path FileOf(const Credential& credential) const;
  std::filesystem::path state_;
};

/// Makes a folder and what is above it, 0700.
Result<void> MakePrivateFolder(const std::filesystem::path& folder);

}  // namespace wsfs
