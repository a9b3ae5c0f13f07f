#pragma once

#include <string>

#include "auth/credential.h"
#include "base/environment.h"
#include "base/result.h"

namespace wsfs {

/// What a profile of `.databrickscfg` says. Value type.
struct Profile {
  std::string host;
  std::string token;
  /// The way of signing in it asks for when that is not a token: its
  /// auth_type, or what its keys tell; "" otherwise.
  std::string other_method;
  std::string name;  ///< For people: "profile dev of ~/.databrickscfg".
};

/// The profile called `named`, or the default one when that is "". A missing
/// default (or a missing file, when nothing was named) is an empty Profile; a
/// missing named one fails with kUnauthenticated and says which there are.
Result<Profile> FindProfile(const std::string& named,
                            const Environment& environment,
                            const FileReader& read);

}  // namespace wsfs
