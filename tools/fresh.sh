#!/usr/bin/env bash
# fresh.sh [demo] [test]: makes a bare Debian 12 with debootstrap and runs the
# named commands (both if none) there, each as the first command on a fresh
# clone of HEAD. Needs root. Takes the package source, proxy and name server
# from this machine at run time; nothing else of it is seen inside.
set -euo pipefail
(($(id -u) == 0)) || { echo "./dev fresh needs root (chroot, mounts)" >&2; exit 1; }
tools/check_fuse.sh machine
(($#)) || set -- demo test
[[ -z $(git status --porcelain) ]] ||
  echo "note: what is not committed is not in the clone"
mkdir -p build
root=$(mktemp -d "$PWD/build/fresh-XXXXXX")
chmod 755 "$root"  # other users of the new root are in it, too

# Processes and mounts of the new root end with it.
# shellcheck disable=SC2317  # called by the trap
leave() {
  local link target
  for link in /proc/[0-9]*/root; do
    target=$(readlink "$link" 2>/dev/null) || continue
    [[ $target != "$root"* ]] || kill -9 "$(cut -d/ -f3 <<<"$link")" || true
  done
  awk -v root="$root/" 'index($2 "/", root) == 1 { print $2 }' /proc/self/mounts |
    sort -r | while read -r target; do umount -l "$target" || true; done
  [[ -n ${FRESH_KEEP:-} ]] || rm -rf --one-file-system "$root"
}
trap leave EXIT
trap 'exit 130' INT TERM

targets() {
  apt-get indextargets \
    --format "\$(REPO_URI) \$(RELEASE) \$(COMPONENT) \$(ORIGIN)" \
    'Created-By: Packages' | awk '$4 == "Debian" && $2 ~ /^bookworm/'
}
mirror=$(targets | awk '$2 == "bookworm" { print $1; exit }')
[[ -n $mirror ]] || { echo "no apt source for Debian 12 here" >&2; exit 1; }

echo "== a bare Debian 12"
timeout -k 30 900 debootstrap --variant=minbase bookworm "$root" "$mirror" \
  >"$root.log" 2>&1 || { tail -n 20 "$root.log"; rm -f "$root.log"; exit 1; }
rm -f "$root.log"
targets | awk '{ print "deb", $1, $2, $3 }' | sort -u >"$root/etc/apt/sources.list"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
apt-config dump | grep -E '^Acquire::(http|https)::' \
  >"$root/etc/apt/apt.conf.d/90fresh" || true
[[ ! -e /etc/pip.conf ]] || cp -L /etc/pip.conf "$root/etc/"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mkdir -p "$root/dev/pts" "$root/dev/shm"
mount -t devpts devpts "$root/dev/pts"
[[ -e $root/dev/fuse ]] || mknod -m 0666 "$root/dev/fuse" c 10 229
chmod 0666 "$root/dev/fuse"
ln -sfn /proc/self/mounts "$root/etc/mtab"

# Only what a bare machine would have in its environment, and the way out.
inside=(HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
  TERM="${TERM:-dumb}" CI="${CI:-}")
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
  [[ -z ${!name:-} ]] || inside+=("$name=${!name}")
done

if [[ -e ${PIP_CERT:-/none} ]]; then
  cp -L "$PIP_CERT" "$root/etc/pip-ca.crt"
  inside+=(PIP_CERT=/etc/pip-ca.crt)
fi

bad=0
for step in "$@"; do
  git clone -q --no-hardlinks . "$root/srv/$step"
  case $step in
    demo) line='./dev demo --self-test' ;;
    test) line='./dev test' ;;
    *) line="./dev $step" ;;
  esac
  echo "== $line"
  start=$SECONDS
  timeout -k 60 4500 chroot "$root" /usr/bin/env -i "${inside[@]}" \
    bash -c "cd /srv/$step && $line" </dev/null || bad=1
  echo "== $line took $((SECONDS - start)) s"
done
exit "$bad"
