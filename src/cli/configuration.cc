#include "cli/configuration.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "cli/metrics_address.h"
#include "core/policy.h"
#include "fuse/mount_point.h"

namespace wsfs {
namespace {

namespace fs = std::filesystem;

/// Where in which file something stands.
struct Spot {
  const fs::path& file;
  const toml::source_region& region;
};

Error Wrong(const Spot& spot, std::string_view what) {
  return {Errc::kInvalidArgument, fmt::format("{}:{}: {}", spot.file.native(),
                                              spot.region.begin.line, what)};
}

/// Takes the text of a value, or tells what it may be.
using Setter = std::optional<std::string_view> (*)(MountArguments& arguments,
                                                   const std::string& text);

struct Key {
  std::string_view name;  ///< Also the option's.
  Setter set;
};

template <auto kMember>
std::optional<std::string_view> SetText(MountArguments& arguments,
                                        const std::string& text) {
  arguments.*kMember = text;
  return std::nullopt;
}

template <auto kMember>
std::optional<std::string_view> SetTime(MountArguments& arguments,
                                        const std::string& text) {
  const auto time = ParseDuration(text);
  if (!time.ok()) return "a time: 500ms, 30s or 2m";
  arguments.*kMember = *time;
  return std::nullopt;
}

template <auto kMember, auto kParse>
std::optional<std::string_view> SetWord(MountArguments& arguments,
                                        const std::string& text,
                                        std::string_view words) {
  if (!kParse(text)) return words;
  arguments.*kMember = text;
  return std::nullopt;
}

std::optional<std::string_view> SetWrites(MountArguments& arguments,
                                          const std::string& text) {
  return SetWord<&MountArguments::writes, ParseWritePolicy>(
      arguments, text, "one of auto, through, back");
}

std::optional<std::string_view> SetFsync(MountArguments& arguments,
                                         const std::string& text) {
  return SetWord<&MountArguments::fsync, ParseFsyncPolicy>(
      arguments, text, "one of local, remote");
}

std::optional<std::string_view> SetMerge(MountArguments& arguments,
                                         const std::string& text) {
  constexpr auto kKnown = [](std::string_view word) {
    return word == "auto" || word == "never";
  };
  return SetWord<&MountArguments::merge, kKnown>(arguments, text,
                                                 "one of auto, never");
}

std::optional<std::string_view> SetPollRate(MountArguments& arguments,
                                            const std::string& text) {
  double rate = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, rate);
  if (read.ec != std::errc() || read.ptr != end || !(rate >= 0) ||
      rate > kMostPollsPerSecond)
    return "a number from 0 to 100";
  arguments.poll_rate = rate;
  return std::nullopt;
}

std::optional<std::string_view> SetMetrics(MountArguments& arguments,
                                           const std::string& text) {
  constexpr auto kKnown = [](std::string_view word) {
    return !word.empty() && ParseMetricsWish(word).ok();
  };
  return SetWord<&MountArguments::metrics, kKnown>(
      arguments, text, "127.0.0.1:PORT (this machine only), or off");
}

std::optional<std::string_view> SetReadOnly(MountArguments& arguments,
                                            const std::string& text) {
  if (text != "true" && text != "false") return "true or false";
  arguments.read_only = text == "true";
  return std::nullopt;
}

std::optional<std::string_view> SetLogLevel(MountArguments& arguments,
                                            const std::string& text) {
  const auto level = ParseLogLevel(text);
  if (!level.ok()) return "one of trace, debug, info, warn, error";
  arguments.log_level = *level;
  return std::nullopt;
}

constexpr std::array kKeys = {
    Key{.name = "writes", .set = SetWrites},
    Key{.name = "fsync", .set = SetFsync},
    Key{.name = "merge", .set = SetMerge},
    Key{.name = "poll-rate", .set = SetPollRate},
    Key{.name = "deadline", .set = SetTime<&MountArguments::deadline>},
    Key{.name = "drain", .set = SetTime<&MountArguments::drain>},
    Key{.name = "read-only", .set = SetReadOnly},
    Key{.name = "profile", .set = SetText<&MountArguments::profile>},
    Key{.name = "store", .set = SetText<&MountArguments::store>},
    Key{.name = "metrics", .set = SetMetrics},
    Key{.name = "log-level", .set = SetLogLevel},
    Key{.name = "log-file", .set = SetText<&MountArguments::log_file>},
};

bool IsPath(std::string_view key) {
  return key == "store" || key == "log-file";
}

/// "~/ws" is below the home.
std::string Expand(const std::string& path, const Environment& environment) {
  const auto home = environment("HOME");
  if (!home || (path != "~" && !path.starts_with("~/"))) return path;
  return *home + path.substr(1);
}

/// Text, a truth, or a number of seconds.
std::optional<std::string> TextOf(const toml::node& value) {
  if (const auto text = value.value_exact<std::string>()) return text;
  if (const auto truth = value.value_exact<bool>())
    return *truth ? "true" : "false";
  if (const auto number = value.value<double>())
    return fmt::format("{}", *number);
  return std::nullopt;
}

std::string KnownKeys() {
  std::string names;
  for (const Key& key : kKeys)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", key.name);
  return names;
}

/// What a file says, applied to one mount.
class Configuration {
 public:
  Configuration(MountArguments& arguments, const Given& given,
                const Environment& environment, const fs::path& file)
      : arguments_(arguments),
        given_(given),
        environment_(environment),
        file_(file) {}

  Result<void> Apply(const toml::table& root) {
    for (const auto& [key, value] : root) {
      const toml::table* table = value.as_table();
      if (key != "mount" || table == nullptr)
        return Wrong({file_, key.source()},
                     fmt::format("{}: the sections are [mount] and "
                                 "[mount.\"FOLDER\"]",
                                 std::string_view(key)));
      WSFS_RETURN_IF_ERROR(ApplyAll(*table));
      WSFS_RETURN_IF_ERROR(ApplyHere(*table));
    }
    return {};
  }

 private:
  Result<void> ApplyAll(const toml::table& mount) {
    for (const auto& [key, value] : mount) {
      if (value.is_table()) continue;
      WSFS_RETURN_IF_ERROR(Set(key, value, true));
    }
    return {};
  }

  /// The sections of single mounts; those of others are only looked through.
  Result<void> ApplyHere(const toml::table& mount) {
    const auto here = ResolveMountPoint(arguments_.directory);
    for (const auto& [folder, section] : mount) {
      if (!section.is_table()) continue;
      const auto there = ResolveMountPoint(
          Expand(std::string(std::string_view(folder)), environment_));
      const bool ours = here.ok() && there.ok() && *here == *there;
      for (const auto& [key, value] : *section.as_table()) {
        WSFS_RETURN_IF_ERROR(Set(key, value, ours));
      }
    }
    return {};
  }

  Result<void> Set(const toml::key& name, const toml::node& value, bool ours) {
    const std::string_view text_name = name;
    const Key* const key = std::ranges::find(kKeys, text_name, &Key::name);
    if (key == kKeys.end())
      return Wrong(
          {file_, name.source()},
          fmt::format("{} is not known: there are {}", text_name, KnownKeys()));
    const auto text = TextOf(value);
    if (!text)
      return Wrong({file_, value.source()},
                   fmt::format("{} is one text, number or truth", text_name));
    MountArguments ignored;
    const bool counts = ours && !given_(text_name);
    const std::string meant =
        IsPath(text_name) ? Expand(*text, environment_) : *text;
    const auto wrong = key->set(counts ? arguments_ : ignored, meant);
    if (wrong)
      return Wrong(
          {file_, value.source()},
          fmt::format("{} = {:?}: it is {}", text_name, *text, *wrong));
    return {};
  }

  MountArguments& arguments_;
  const Given& given_;
  const Environment& environment_;
  const fs::path& file_;
};

/// nullopt: there is none.
Result<std::optional<fs::path>> FileOf(const Environment& environment) {
  std::error_code error;
  if (const auto named = environment("WSFS_CONFIG")) {
    if (fs::exists(*named, error)) return std::optional<fs::path>(*named);
    return Error(
        Errc::kInvalidArgument,
        fmt::format("{}, which WSFS_CONFIG names, is not there", *named));
  }
  const auto folder = environment("XDG_CONFIG_HOME");
  const auto home = environment("HOME");
  if (!folder && !home) return std::optional<fs::path>();
  const fs::path file =
      (folder ? fs::path(*folder) : fs::path(*home) / ".config") / "wsfs" /
      "config.toml";
  if (!fs::exists(file, error)) return std::optional<fs::path>();
  return std::optional(file);
}

Result<toml::table> Parse(const fs::path& file) {
  try {
    return toml::parse_file(file.native());
  } catch (const toml::parse_error& error) {
    return Wrong({file, error.source()}, error.description());
  }
}

}  // namespace

Result<void> Configure(MountArguments& arguments, const Given& given,
                       const Environment& environment) {
  WSFS_TRY(const std::optional<fs::path> file, FileOf(environment));
  if (!file) return {};
  WSFS_TRY(const toml::table root, Parse(*file));
  return Configuration(arguments, given, environment, *file).Apply(root);
}

}  // namespace wsfs
