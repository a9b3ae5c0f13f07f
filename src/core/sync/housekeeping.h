#pragma once

#include "core/ledger.h"

namespace wsfs {

/// Work that keeps the catalogue small and its bytes where they belong. None
/// of it is urgent; each is safe to be left out.

/// Forgets echoes and recent removals whose time is over.
Result<void> PurgeSides(Ledger& ledger);

/// The service's side of things that are clean moves to the cache; bytes that
/// nobody but us has leave it. Run once after a start: a kill may have come
/// between a confirmation and this.
class Protocols;
Result<void> TidyContents(Ledger& ledger, Protocols& protocols);

}  // namespace wsfs
