#include "auth/profile.h"

#include <array>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "auth/ini.h"

namespace wsfs {
namespace {

/// Reserved: not a profile (databricks-api.md §4.2).
constexpr std::string_view kSettings = "__settings__";
constexpr std::string_view kDefault = "DEFAULT";

struct ConfigFile {
  std::string path;
  std::string name;  ///< As people write it.
};

ConfigFile WhichFile(const Environment& environment) {
  std::string name = environment("DATABRICKS_CONFIG_FILE").value_or("");
  if (name.empty()) name = "~/.databrickscfg";
  std::string path = name;
  if (path.starts_with("~/"))
    path = environment("HOME").value_or("") + path.substr(1);
  return {std::move(path), std::move(name)};
}

std::string Lookup(const IniFile& file, std::string_view section,
                   const std::string& key) {
  const auto found = file.find(section);
  if (found == file.end()) return "";
  const auto value = found->second.find(key);
  return value == found->second.end() ? "" : value->second;
}

std::string OtherMethod(const IniFile& file, const std::string& section) {
  std::string type = Lookup(file, section, "auth_type");
  if (!type.empty() && type != "pat") return type;
  constexpr std::array<std::pair<const char*, std::string_view>, 4> kTells = {{
      {"client_id", "oauth-m2m"},
      {"username", "basic"},
      {"azure_client_id", "azure-client-secret"},
      {"google_service_account", "google-id"},
  }};
  for (const auto& [key, method] : kTells)
    if (!Lookup(file, section, key).empty()) return std::string(method);
  return "";
}

Error NoSuchProfile(const std::string& section, const IniFile& file,
                    const std::string& file_name) {
  std::string names;
  for (const auto& [name, values] : file)
    if (name != kSettings) names += (names.empty() ? "" : ", ") + name;
  return {Errc::kUnauthenticated,
          fmt::format("there is no profile {:?} in {}: {}", section, file_name,
                      names.empty() ? "it has none"
                                    : fmt::format("choose one of {}", names))};
}

}  // namespace

Result<Profile> FindProfile(const std::string& named,
                            const Environment& environment,
                            const FileReader& read) {
  const ConfigFile config = WhichFile(environment);
  const Result<std::string> text = read(config.path);
  if (!text.ok()) {
    if (named.empty() && text.error().code() == Errc::kNotFound)
      return Profile();
    return Error(Errc::kUnauthenticated,
                 fmt::format("cannot read {} for profile {:?}: make it, or set "
                             "DATABRICKS_HOST and DATABRICKS_TOKEN",
                             config.name, named));
  }
  const Result<IniFile> file = ParseIni(*text);
  if (!file.ok())
    return Error(
        Errc::kUnauthenticated,
        fmt::format("cannot read {}: {}", config.name, file.error().message()));
  std::string section = named;
  if (section.empty()) section = Lookup(*file, kSettings, "default_profile");
  const bool chosen = !section.empty();
  if (!chosen) section = kDefault;
  if (section == kSettings || !file->contains(section)) {
    if (!chosen) return Profile();
    return NoSuchProfile(section, *file, config.name);
  }
  return Profile{Lookup(*file, section, "host"),
                 Lookup(*file, section, "token"), OtherMethod(*file, section),
                 fmt::format("profile {} of {}", section, config.name)};
}

}  // namespace wsfs
