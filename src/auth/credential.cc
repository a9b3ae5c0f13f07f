#include "auth/credential.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "auth/profile.h"
#include "base/ascii.h"
#include "http/url.h"

namespace wsfs {
namespace {

Error Missing(std::string message) {
  return {Errc::kUnauthenticated, std::move(message)};
}

/// A place that may hold a host, a token, or both.
struct Layer {
  std::string host;
  std::string token;
  std::string name;
};

std::string Get(const Environment& environment, std::string_view name) {
  return environment(name).value_or("");
}

Result<void> CheckToken(const Layer& layer) {
  const bool plain = std::ranges::all_of(
      layer.token, [](char c) { return c > ' ' && c < '\x7F'; });
  if (plain) return {};
  return Missing(fmt::format(
      "the token from {} holds a blank or a character that no token has: copy "
      "it again",
      layer.name));
}

/// The layers in the order in which they count.
Result<std::vector<Layer>> Layers(const CredentialFlags& flags,
                                  const Environment& environment,
                                  const FileReader& read) {
  const Layer from_flags{flags.host, flags.token, "the command line"};
  const Layer from_environment{Get(environment, "DATABRICKS_HOST"),
                               Get(environment, "DATABRICKS_TOKEN"),
                               "the environment"};
  const std::string named = flags.profile.empty()
                                ? Get(environment, "DATABRICKS_CONFIG_PROFILE")
                                : flags.profile;
  std::vector<Layer> layers = {from_flags, from_environment};
  const bool known = std::ranges::any_of(layers, [](const Layer& layer) {
    return !layer.host.empty() || !layer.token.empty();
  });
  if (known && named.empty()) return layers;
  WSFS_TRY(const Profile profile, FindProfile(named, environment, read));
  const Layer from_profile{profile.host, profile.token, profile.name};
  const bool first = !flags.profile.empty();
  layers.insert(first ? layers.begin() + 1 : layers.end(), from_profile);
  if (!profile.other_method.empty() && profile.token.empty() &&
      std::ranges::none_of(
          layers, [](const Layer& layer) { return !layer.token.empty(); }))
    return Missing(fmt::format(
        "{} signs in by {}, which wsfs cannot do: set DATABRICKS_HOST and "
        "DATABRICKS_TOKEN, or add a token to the profile",
        profile.name, profile.other_method));
  return layers;
}

/// The host that counts: the first.
Result<Layer> ChooseHost(const std::vector<Layer>& layers) {
  for (const Layer& layer : layers)
    if (!layer.host.empty()) return layer;
  for (const Layer& layer : layers)
    if (!layer.token.empty())
      return Missing(fmt::format(
          "there is a token from {} but no workspace: set DATABRICKS_HOST to "
          "its address",
          layer.name));
  return Missing(
      "no Databricks workspace is known: set DATABRICKS_HOST and "
      "DATABRICKS_TOKEN, or name a profile of ~/.databrickscfg with "
      "--profile");
}

}  // namespace

Result<std::string> ReadSmallFile(const std::string& path) {
  constexpr std::size_t kMaxBytes = std::size_t{1} << 20U;
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error(Errc::kNotFound, fmt::format("cannot read {}", path));
  std::string text(kMaxBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxBytes)
    return Error(Errc::kTooLarge, fmt::format("{} is larger than 1 MiB", path));
  return text;
}

Result<std::string> NormalizeHost(const std::string& text,
                                  bool allow_plain_http) {
  std::string_view rest = text;
  std::string scheme = "https";
  if (const std::size_t at = rest.find("://"); at != rest.npos) {
    scheme = rest.substr(0, at);
    rest.remove_prefix(at + 3);
  }
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const std::size_t at = rest.rfind('@'); at != rest.npos)
    rest.remove_prefix(at + 1);
  std::string url = fmt::format("{}://{}", scheme, rest);
  url = LowerCased(url);
  const bool plain =
      std::ranges::all_of(url, [](char c) { return c > ' ' && c < '\x7F'; });
  if (!plain)
    return Missing(
        "the workspace's host holds a blank or a character that no "
        "address has: write https://NAME");
  if (auto fine = CheckUrl(url, allow_plain_http); !fine.ok())
    return Missing(fine.error().message());
  return url;
}

Result<Credential> ResolveCredential(const CredentialFlags& flags,
                                     const Environment& environment,
                                     const FileReader& read) {
  WSFS_TRY(const std::vector<Layer> layers, Layers(flags, environment, read));
  WSFS_TRY(const Layer chosen, ChooseHost(layers));
  WSFS_TRY(std::string host,
           NormalizeHost(chosen.host, flags.allow_plain_http));
  for (const Layer& layer : layers) {
    if (layer.token.empty()) continue;
    WSFS_RETURN_IF_ERROR(CheckToken(layer));
    if (layer.host.empty())
      return Credential{std::move(host), layer.token, layer.name};
    WSFS_TRY(const std::string own,
             NormalizeHost(layer.host, flags.allow_plain_http));
    if (own != host)
      return Missing(fmt::format(
          "the workspace from {} is {}, but the token from {} is for {}: set "
          "both in one place",
          chosen.name, host, layer.name, own));
    return Credential{std::move(host), layer.token, layer.name};
  }
  return Missing(fmt::format(
      "there is no token for {}: set DATABRICKS_TOKEN, or add `token` to {}",
      host, "its profile in ~/.databrickscfg"));
}

}  // namespace wsfs
