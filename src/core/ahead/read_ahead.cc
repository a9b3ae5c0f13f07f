#include "core/ahead/read_ahead.h"

#include <algorithm>
#include <utility>

namespace wsfs {
namespace {

constexpr Milliseconds kGone{3'000};
constexpr std::size_t kMostReaders = 8;
constexpr std::size_t kFirst = 8;
/// A look reaches further than these.
constexpr int kQuietSteps = 128;
constexpr std::size_t kMostFolders = 128;
constexpr std::size_t kMostFiles = 64;
constexpr std::size_t kMostTried = 65'536;

std::size_t Bolder(std::size_t now, std::size_t most) {
  return std::clamp(2 * now, kFirst, most);
}

bool IsDue(int& quiet_steps) {
  if (quiet_steps == 0) return true;
  --quiet_steps;
  return false;
}

}  // namespace

bool ReadAhead::Contains(const Catalogue& catalogue, NodeId root, NodeId node) {
  while (node != kNoNode && node != root) {
    const Node* const found = catalogue.FindNode(node);
    node = found == nullptr ? kNoNode : found->parent;
  }
  return node == root;
}

/// The one who walks the smallest tree with this folder in it, or a new one.
ReadAhead::Reader ReadAhead::ReaderOf(const Catalogue& catalogue, NodeId folder,
                                      SteadyTime now) {
  std::erase_if(readers_, [&](const auto& entry) {
    return now - entry.second.used > kGone;
  });
  auto best = readers_.end();
  for (auto each = readers_.begin(); each != readers_.end(); ++each) {
    if (!Contains(catalogue, each->second.root, folder)) continue;
    if (best == readers_.end() ||
        Contains(catalogue, best->second.root, each->second.root))
      best = each;
  }
  if (best == readers_.end()) {
    if (readers_.size() >= kMostReaders)
      readers_.erase(std::ranges::min_element(
          readers_, {}, [](const auto& entry) { return entry.second.used; }));
    best = readers_.try_emplace(++last_).first;
    best->second.root = folder;
  }
  best->second.used = now;
  return best->first;
}

ReadAhead::Guess ReadAhead::FolderOpened(const Catalogue& catalogue,
                                         NodeId folder, SteadyTime now) {
  const Reader reader = ReaderOf(catalogue, folder, now);
  State& state = readers_[reader];
  state.at = folder;
  if (folder != state.root) state.folders = Bolder(state.folders, kMostFolders);
  return GuessFor(catalogue, reader, state);
}

ReadAhead::Guess ReadAhead::FileOpened(const Catalogue& catalogue, NodeId file,
                                       SteadyTime now) {
  const Node* const node = catalogue.FindNode(file);
  if (node == nullptr || node->detached()) return {};
  const Reader reader = ReaderOf(catalogue, node->parent, now);
  State& state = readers_[reader];
  state.at = file;
  const bool another = state.last_file != kNoNode && state.last_file != file;
  if (state.files_folder != node->parent) {
    state.reads_on = another;
    state.quiet_files = 0;
  }
  state.last_file = file;
  state.files_folder = node->parent;
  if (another) state.files = Bolder(state.files, kMostFiles);
  return GuessFor(catalogue, reader, state);
}

ReadAhead::Guess ReadAhead::Listed(const Catalogue& catalogue, Reader reader,
                                   SteadyTime now) {
  const auto found = readers_.find(reader);
  if (found == readers_.end()) return {};
  State& state = found->second;
  state.under_way -= std::min<std::size_t>(state.under_way, 1);
  state.quiet_folders = state.quiet_files = 0;
  if (now - state.used > kGone) return {};
  return GuessFor(catalogue, reader, state);
}

void ReadAhead::Refused(Reader reader, std::size_t folders) {
  const auto found = readers_.find(reader);
  if (found != readers_.end())
    found->second.under_way -= std::min(found->second.under_way, folders);
}

// Looked for again only when half of the last guess has come true, or after
// some steps where there was nothing: a look costs more than an open.
ReadAhead::Guess ReadAhead::GuessFor(const Catalogue& catalogue, Reader reader,
                                     State& state) {
  Guess guess{.reader = reader, .ahead = {}};
  std::erase_if(state.fetched, [&](NodeId id) {
    const Node* const node = catalogue.FindNode(id);
    return node == nullptr || node->content;
  });
  const bool folders =
      IsDue(state.quiet_folders) && state.under_way * 2 < state.folders;
  const bool files = state.at == state.last_file && IsDue(state.quiet_files) &&
                     state.fetched.size() * 2 < state.files;
  if (!folders && !files) return guess;
  if (folders)
    guess.ahead.folders = BehindInTree(catalogue, state.root, state.at,
                                       {.folders = state.folders}, is_current_)
                              .folders;
  if (files)
    guess.ahead.files =
        BehindInTree(catalogue,
                     state.reads_on ? state.root : state.files_folder, state.at,
                     {.files = state.files}, is_current_)
            .files;
  if (state.tried.size() > kMostTried) state.tried.clear();
  std::erase_if(guess.ahead.folders,
                [&](NodeId id) { return !state.tried.insert(id).second; });
  std::erase_if(guess.ahead.files,
                [&](NodeId id) { return !state.fetched.insert(id).second; });
  state.under_way += guess.ahead.folders.size();
  if (folders && state.under_way == 0) state.quiet_folders = kQuietSteps;
  if (files && guess.ahead.files.empty()) state.quiet_files = kQuietSteps;
  return guess;
}

}  // namespace wsfs
