#include "cli/places.h"

#include <array>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/host_fs.h"
#include "base/unique_fd.h"

namespace wsfs {
namespace {

namespace fs = std::filesystem;

Result<fs::path> XdgFolder(const Environment& environment,
                           std::string_view variable,
                           std::string_view below_home) {
  const auto own = environment(variable);
  // A relative one is to be ignored, says the XDG specification.
  if (own.has_value() && fs::path(*own).is_absolute())
    return fs::path(*own) / "wsfs";
  const auto home = environment("HOME");
  if (home.has_value() && fs::path(*home).is_absolute())
    return fs::path(*home) / below_home / "wsfs";
  return Error(Errc::kInvalidArgument,
               fmt::format("neither {} nor HOME is set; set one, or name a "
                           "folder with --store",
                           variable));
}

/// A host or user as part of a file name.
std::string FileName(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       (c >= '0' && c <= '9') || c == '.' || c == '@' ||
                       c == '_' || c == '-';
    name.push_back(plain ? c : '_');
  }
  constexpr std::size_t kLongest = 100;
  if (name.size() <= kLongest) return name;
  return name.substr(0, kLongest) + HashOf(text).Hex().substr(0, 8);
}

std::string_view WithoutScheme(std::string_view host) {
  const std::size_t at = host.find("://");
  return at == std::string_view::npos ? host : host.substr(at + 3);
}

}  // namespace

Result<fs::path> StateFolder(const Environment& environment) {
  return XdgFolder(environment, "XDG_STATE_HOME", ".local/state");
}

Result<fs::path> DataFolder(const Environment& environment) {
  return XdgFolder(environment, "XDG_DATA_HOME", ".local/share");
}

fs::path StoreOf(const fs::path& state, const std::string& host,
                 const std::string& user) {
  return state /
         fmt::format("{}-{}", FileName(WithoutScheme(host)), FileName(user));
}

fs::path SocketOf(const fs::path& store) {
  return store / "control.sock";
}

std::string CredentialHash(const Credential& credential) {
  return HashOf(credential.token).Hex();
}

fs::path KnownUsers::FileOf(const Credential& credential) const {
  const std::string key = credential.host + '\n' + credential.token;
  return state_ / "users" / HashOf(key).Hex();
}

std::optional<std::string> KnownUsers::Find(
    const Credential& credential) const {
  auto text = ReadSmallFile(FileOf(credential).native());
  if (!text.ok() || text->empty()) return std::nullopt;
  return std::move(*text);
}

void KnownUsers::Remember(const Credential& credential,
                          const std::string& user) const {
  const fs::path file = FileOf(credential);
  if (!MakePrivateFolder(file.parent_path()).ok()) return;
  const std::string temp = file.native() + fmt::format(".{}", ::getpid());
  {
    const UniqueFd fd(
        ::open(temp.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    const auto size = static_cast<ssize_t>(user.size());
    if (!fd.valid() || ::write(fd.get(), user.data(), user.size()) != size)
      return;
  }
  ::rename(temp.c_str(), file.c_str());
}

Result<void> MakePrivateFolder(const fs::path& folder) {
  auto made = RealHostFs().MakeDirectories(folder);
  if (!made.ok()) return std::move(made).error();
  // One that was there already may be wider than ours should be.
  struct stat status = {};
  if (::stat(folder.c_str(), &status) == 0 && (status.st_mode & 077U) != 0 &&
      status.st_uid == ::geteuid())
    ::chmod(folder.c_str(), 0700);
  return {};
}

}  // namespace wsfs
