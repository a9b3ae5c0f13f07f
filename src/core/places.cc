#include "core/places.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

namespace wsfs {

namespace {

template <std::size_t N>
bool IsOneOf(std::string_view name,
             const std::array<std::string_view, N>& names) {
  return std::ranges::find(names, name) != names.end();
}

bool AllDigits(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// vim asks whether it may write a folder with 4913, then 5036 and so on, 123
/// apart. "2024" is somebody's.
bool IsVimProbe(std::string_view name) {
  constexpr int kFirst = 4913;
  constexpr int kStep = 123;
  if (!AllDigits(name) || name.size() > 6 || name.front() == '0') return false;
  const int number = std::stoi(std::string(name));
  return number >= kFirst && (number - kFirst) % kStep == 0;
}

/// ".NAME.swp" and its successors: vim counts down from p when one is taken,
/// and tries ".swx" first.
bool IsVimSwap(std::string_view name) {
  if (name.size() < 5 || name.front() != '.') return false;
  const std::string_view end = name.substr(name.size() - 4);
  if (!end.starts_with(".sw")) return false;
  return (end[3] >= 'a' && end[3] <= 'p') || end[3] == 'x';
}

bool IsTrashFolder(std::string_view name) {
  constexpr std::string_view kStart = ".Trash-";
  return name.starts_with(kStart) && AllDigits(name.substr(kStart.size()));
}

constexpr std::array<std::string_view, 6> kEphemeralStarts = {
    ".#", ".~", "~$", ".goutputstream-", ".fuse_hidden", ".nfs"};
constexpr std::array<std::string_view, 8> kEphemeralEnds = {
    "~",       "___jb_tmp___", "___jb_old___", ".kate-swp",
    ".vsctmp", ".crdownload",  ".filepart",    ".part"};
constexpr std::array<std::string_view, 4> kEphemeralNames = {
    ".DS_Store", "Thumbs.db", "desktop.ini", ".directory"};
constexpr std::array<std::string_view, 5> kDesktopFolders = {
    ".Spotlight-V100", ".Trashes", ".fseventsd", ".TemporaryItems", ".apdisk"};

constexpr std::array<std::string_view, 19> kLocalTrees = {
    ".git",          ".hg",
    ".svn",          ".jj",
    "node_modules",  ".venv",
    "venv",          "__pycache__",
    ".pytest_cache", ".mypy_cache",
    ".ruff_cache",   ".tox",
    ".nox",          ".ipynb_checkpoints",
    ".databricks",   ".terraform",
    ".idea",         ".gradle",
    ".cache"};
constexpr std::array<std::string_view, 3> kLocalEnds = {".pyc", ".pyo",
                                                        ".egg-info"};

bool IsDesktopFolder(std::string_view name) {
  return IsTrashFolder(name) || IsOneOf(name, kDesktopFolders);
}

}  // namespace

bool IsEphemera(std::string_view name) {
  if (IsVimProbe(name) || IsVimSwap(name)) return true;
  if (name.size() > 2 && name.starts_with("#") && name.ends_with("#")) {
    return true;
  }
  if (name.size() > 2 && name.starts_with("._")) return true;
  const auto starts = [name](std::string_view s) {
    return name.starts_with(s);
  };
  const auto ends = [name](std::string_view s) { return name.ends_with(s); };
  return std::ranges::any_of(kEphemeralStarts, starts) ||
         std::ranges::any_of(kEphemeralEnds, ends) ||
         IsOneOf(name, kEphemeralNames) || IsDesktopFolder(name);
}

bool IsLocalByName(std::string_view name, NodeKind kind) {
  if (IsLocalTree(name)) return true;
  return kind == NodeKind::kDirectory ? IsDesktopFolder(name)
                                      : IsEphemera(name);
}

bool IsLocalTree(std::string_view name) {
  if (IsOneOf(name, kLocalTrees)) return true;
  return std::ranges::any_of(kLocalEnds, [name](std::string_view end) {
    return name.size() > end.size() && name.ends_with(end);
  });
}

}  // namespace wsfs
