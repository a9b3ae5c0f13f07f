#pragma once

#include "fuse/adapter.h"

struct fuse_lowlevel_ops;

namespace wsfs {

/// The kernel's requests, one short function each. What is not here is left
/// to the kernel on purpose: ACCESS (`default_permissions` checks) and locks.
const fuse_lowlevel_ops& Operations();

// Operations() in parts, one file each.
void AddNameOperations(fuse_lowlevel_ops& ops);
void AddAttributeOperations(fuse_lowlevel_ops& ops);
void AddDirectoryOperations(fuse_lowlevel_ops& ops);
void AddFileOperations(fuse_lowlevel_ops& ops);
void AddRangeOperations(fuse_lowlevel_ops& ops);

/// The mount a request came through, and who asks. CallerOf leaves `process`
/// as the thread id; ProcessCallerOf looks its thread group up.
Adapter& AdapterOf(FuseRequest request);
Caller CallerOf(FuseRequest request);
Caller ProcessCallerOf(FuseRequest request);

/// Logs the exception that is being handled and answers EIO.
void AnswerException(FuseRequest request) noexcept;

/// The body of every operation: nothing thrown gets into libfuse, which is C.
template <typename Body>
void Guarded(FuseRequest request, Body body) noexcept {
  try {
    body(AdapterOf(request));
  } catch (...) {
    AnswerException(request);
  }
}

}  // namespace wsfs
