#!/usr/bin/env bash
# check_fuse.sh [machine]: says in one sentence why a FUSE mount cannot work
# here, and fails; silent if it can. `machine`: looks only at what no package
# could mend, for the time before packages are installed.
set -euo pipefail
no() { printf '%s\n' "$*" >&2; exit 1; }

[[ -e /dev/fuse ]] ||
  no "Cannot mount here: there is no /dev/fuse. Load the module (modprobe fuse)," \
    "or start the container with --device /dev/fuse --cap-add SYS_ADMIN."
{ : <>/dev/fuse; } 2>/dev/null ||
  no "Cannot mount here: /dev/fuse cannot be opened by $(id -un). Give it mode" \
    "0666, or allow the device in this container."
read -r _ _ count </proc/self/uid_map
((count == 4294967295)) ||
  no "Cannot mount here: this is a user namespace, where fusermount3 has no" \
    "rights over the machine's mounts. Run it outside, or as root of the machine."
[[ ${1:-} != machine ]] || exit 0
command -v fusermount3 >/dev/null ||
  no "Cannot mount here: fusermount3 is missing. Install the package fuse3."
if (($(id -u))) && [[ ! -u $(readlink -f "$(command -v fusermount3)") ]]; then
  no "Cannot mount here: fusermount3 is not set-uid root, so only root can" \
    "mount. Reinstall the package fuse3."
fi
