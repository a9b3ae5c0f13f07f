#include "fuse/errno_map.h"

#include <cerrno>
#include <utility>

namespace wsfs {

const int kErrnoRange = ERANGE;
const int kErrnoNotImplemented = ENOSYS;

int ToErrno(Errc code) {
  switch (code) {
    case Errc::kInvalidArgument: return EINVAL;
    case Errc::kNotFound: return ENOENT;
    case Errc::kAlreadyExists: return EEXIST;
    case Errc::kPermissionDenied: return EACCES;
    case Errc::kProtected: return EPERM;
    case Errc::kUnauthenticated: return EACCES;
    case Errc::kConflict: return EIO;
    case Errc::kTypeMismatch: return EEXIST;
    case Errc::kThrottled:
    case Errc::kUnavailable: return ETIMEDOUT;
    case Errc::kUnreachable: return EHOSTUNREACH;
    case Errc::kOutcomeUnknown:
    case Errc::kTimeout: return ETIMEDOUT;
    case Errc::kCancelled: return EINTR;
    // Only a waiting call is left unanswered by it; the pool never sees it.
    case Errc::kWouldBlock: return EIO;
    case Errc::kTooLarge: return EFBIG;
    case Errc::kNoSpace: return ENOSPC;
    case Errc::kNotEmpty: return ENOTEMPTY;
    case Errc::kNotADirectory: return ENOTDIR;
    case Errc::kIsADirectory: return EISDIR;
    case Errc::kNameTooLong: return ENAMETOOLONG;
    case Errc::kBusy: return EBUSY;
    case Errc::kReadOnly: return EROFS;
    case Errc::kCrossesPlaces: return EXDEV;
    case Errc::kNoAttribute: return ENODATA;
    case Errc::kStale: return ESTALE;
    case Errc::kNoSuchOffset: return ENXIO;
    case Errc::kCorrupt: return EIO;
    case Errc::kUnsupported: return EOPNOTSUPP;
    case Errc::kIo: return EIO;
  }
  std::unreachable();
}

Errc FromErrno(int error) {
  switch (error) {
    case ENOENT: return Errc::kNotFound;
    case EEXIST: return Errc::kAlreadyExists;
    case EACCES: return Errc::kPermissionDenied;
    case EPERM: return Errc::kProtected;
    case EBUSY: return Errc::kBusy;
    case EINVAL: return Errc::kInvalidArgument;
    case ENOTDIR: return Errc::kNotADirectory;
    case EISDIR: return Errc::kIsADirectory;
    case ENOTEMPTY: return Errc::kNotEmpty;
    case ENAMETOOLONG: return Errc::kNameTooLong;
    case EROFS: return Errc::kReadOnly;
    case ENOSPC: return Errc::kNoSpace;
    case ERANGE: return Errc::kTooLarge;
    default: return Errc::kIo;
  }
}

}  // namespace wsfs
