#pragma once

#include <sys/stat.h>

#include "core/fs/filesystem.h"
#include "fuse/adapter.h"

struct fuse_entry_param;

namespace wsfs {

/// What stat(2) shows, in the kernel's form.
struct stat ToKernelStat(const Stat& stat);

/// An entry that adds a lookup count; `AddLookup` has not been called yet.
struct fuse_entry_param ToEntry(const Adapter& adapter, const Stat& stat);

/// Answers LOOKUP, MKDIR, …: the kernel's count and ours go up together, and
/// back down when the reply could not be delivered.
void ReplyEntry(FuseRequest request, Adapter& adapter, const Stat& stat);

/// "Not there", to be remembered by the kernel (fuse.md §4).
void ReplyMissing(FuseRequest request, const Adapter& adapter);

void ReplyAttributes(FuseRequest request, const Adapter& adapter,
                     const Stat& stat);

}  // namespace wsfs
