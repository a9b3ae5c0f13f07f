#include "core/ahead/ahead_filesystem.h"

#include <utility>

namespace wsfs {

AheadFilesystem::AheadFilesystem(std::unique_ptr<WatchingFilesystem> files,
                                 Ledger& ledger, Syncer& syncer)
    : ForwardingFilesystem(std::move(files)),
      ledger_(ledger),
      syncer_(syncer),
      guesses_([this](const Node& folder) {
        return static_cast<WatchingFilesystem&>(this->files())
            .IsCurrent(folder);
      }) {}

template <typename Event>
void AheadFilesystem::Tell(Event event) {
  const SteadyTime now = ledger_.clock().Now();
  ReadAhead::Guess guess;
  ledger_.Read([&](const Catalogue& catalogue) {
    const MutexLock lock(mutex_);
    guess = event(guesses_, catalogue, now);
  });
  Begin(guess);
}

void AheadFilesystem::Begin(const ReadAhead::Guess& guess) {
  if (guess.ahead.folders.empty() && guess.ahead.files.empty()) return;
  // What nobody waits for is not for a service that asks for patience.
  const bool may_ask = syncer_.Service().health == Health::kOnline;
  std::size_t refused = 0;
  for (const NodeId folder : guess.ahead.folders) {
    const bool asked =
        may_ask && syncer_.ListAhead(folder, [this, reader = guess.reader] {
          Tell([=](ReadAhead& guesses, const Catalogue& catalogue,
                   SteadyTime now) {
            return guesses.Listed(catalogue, reader, now);
          });
        });
    if (!asked) ++refused;
  }
  if (refused > 0) {
    const MutexLock lock(mutex_);
    guesses_.Refused(guess.reader, refused);
  }
  if (!may_ask) return;
  // What comes of these is asked when somebody opens one.
  for (const NodeId file : guess.ahead.files)
    (void)syncer_.Hydrate(file, CallClass::kPrefetch);
}

Result<OpenedDirectory> AheadFilesystem::OpenDirectory(NodeId directory,
                                                       const Waiting& waiting) {
  auto opened = files().OpenDirectory(directory, waiting);
  if (!opened.ok()) return opened;
  Tell([=](ReadAhead& guesses, const Catalogue& catalogue, SteadyTime now) {
    return guesses.FolderOpened(catalogue, directory, now);
  });
  return opened;
}

Result<Opened> AheadFilesystem::Open(MountId mount, NodeId node,
                                     const OpenFlags& flags,
                                     const Caller& caller,
                                     const Waiting& waiting) {
  auto opened = files().Open(mount, node, flags, caller, waiting);
  if (!opened.ok() || !flags.read || flags.truncate) return opened;
  Tell([=](ReadAhead& guesses, const Catalogue& catalogue, SteadyTime now) {
    return guesses.FileOpened(catalogue, node, now);
  });
  return opened;
}

}  // namespace wsfs
