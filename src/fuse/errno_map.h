#pragma once

#include "base/error.h"

namespace wsfs {

/// The errno a program sees for an Errc: the one place that knows
/// (style.md §3.5, design.md §3). Never EAGAIN: git spins on it.
int ToErrno(Errc code);

/// An extended attribute does not fit the buffer: no Errc, the program's own
/// arithmetic.
extern const int kErrnoRange;
/// "This operation is not implemented, do not ask again."
extern const int kErrnoNotImplemented;

/// An errno of this process's own system calls, as an Errc.
Errc FromErrno(int error);

}  // namespace wsfs
