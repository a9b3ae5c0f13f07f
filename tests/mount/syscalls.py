"""System calls that Python has no function for, or only with a fallback."""

import ctypes
import os
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
AT_FDCWD = -100
RENAME_NOREPLACE = 1
RENAME_EXCHANGE = 2
RENAME_WHITEOUT = 4
# What vim sets: user rw, group r, other r (linux/posix_acl_xattr.h).
MINIMAL_ACL = struct.pack("<I", 2) + b"".join(
    struct.pack("<HHI", tag, permission, 0xFFFFFFFF)
    for tag, permission in ((0x01, 6), (0x04, 4), (0x20, 4)))
FALLOC_FL_KEEP_SIZE = 1
FALLOC_FL_PUNCH_HOLE = 2
FALLOC_FL_COLLAPSE_RANGE = 8
FALLOC_FL_ZERO_RANGE = 16


def checked(result, path=None):
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), path)
    return result


def renameat2(old, new, flags):
    """rename(2) with flags: os.rename has none."""
    checked(LIBC.renameat2(AT_FDCWD, os.fsencode(old), AT_FDCWD,
                           os.fsencode(new), ctypes.c_uint(flags)), str(new))


def fallocate(handle, mode, offset, length):
    """posix_fallocate would write zeros where the call is refused."""
    checked(LIBC.fallocate(handle, mode, ctypes.c_int64(offset),
                           ctypes.c_int64(length)))
