#pragma once

#include <functional>
#include <string>

#include "base/environment.h"
#include "base/result.h"

namespace wsfs {

/// What it takes to speak to a workspace. Value type; never logged.
struct Credential {
  std::string host;    ///< "https://adb-1.azuredatabricks.net", no slash.
  std::string token;   ///< For "Authorization: Bearer".
  std::string source;  ///< Where it is from: "profile dev of ~/.databrickscfg".
};

/// What the command line gave; "" where it gave nothing.
struct CredentialFlags {
  std::string host;
  std::string token;
  std::string profile;
  /// http:// hosts other than this machine.
  bool allow_plain_http = false;
};

/// Reads a whole file; kNotFound when there is none.
using FileReader = std::function<Result<std::string>(const std::string& path)>;

/// From this machine's disk, up to 1 MiB.
Result<std::string> ReadSmallFile(const std::string& path);

/// Finds host and token: flags, then DATABRICKS_HOST and DATABRICKS_TOKEN,
/// then a profile of DATABRICKS_CONFIG_FILE (default ~/.databrickscfg): the
/// one named by --profile or DATABRICKS_CONFIG_PROFILE, else
/// [__settings__] default_profile, else DEFAULT. A profile that the command
/// line names goes before the environment. The file is not read when no
/// profile is named and host or token are known (databricks-api.md §4).
///
/// A token is never paired with a host other than the one it came with.
///
/// Fails with kUnauthenticated and one sentence that says what to set.
Result<Credential> ResolveCredential(const CredentialFlags& flags,
                                     const Environment& environment,
                                     const FileReader& read = ReadSmallFile);

/// A host as people write it, as a URL: scheme added, path, query and the
/// trailing slash gone. kUnauthenticated when it can be none.
Result<std::string> NormalizeHost(const std::string& text,
                                  bool allow_plain_http);

}  // namespace wsfs
