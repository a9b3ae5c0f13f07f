#!/usr/bin/env bash
# demo.sh WSFS [--self-test]: mounts the demo workspace and opens a shell in it;
# --self-test does what a visitor would do, shows it, and leaves nothing.
set -euo pipefail
wsfs=$(readlink -f "$1")
self_test=${2:-}
repository=$PWD
work=$(mktemp -d "$repository/build/demo-XXXXXX")
mount=$work/workspace

leave() {
  cd /
  if mountpoint -q "$mount"; then
    timeout 60 "$wsfs" unmount "$mount" >"$work/unmount.log" 2>&1 ||
      cat "$work/unmount.log"
    ! mountpoint -q "$mount" || fusermount3 -uz "$mount" 2>/dev/null ||
      umount -l "$mount"
  fi
  rm -rf --one-file-system "$work"
}
trap leave EXIT
trap 'exit 130' INT TERM

show() {
  printf '$ %s\n' "$*"
  timeout -k 5 60 bash -c "$*"
}

mount_demo() { timeout -k 5 60 "$wsfs" mount --demo "$mount"; }

visit() {
  export XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache
  export XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/config
  export XDG_RUNTIME_DIR=$work/run PATH=${wsfs%/*}:$PATH
  mkdir -m 0700 "$XDG_RUNTIME_DIR"
  echo "\$ wsfs mount --demo workspace"
  mount_demo
  cd "$mount"
  show 'ls -la'
  show 'mkdir -p Shared/first-look'
  cd Shared/first-look
  show 'printf "def greet(name):\n    return f\"hello {name}\"\n" > greeting.py'
  show 'python3 -c "import greeting; print(greeting.greet(\"workspace\"))"'
  show 'printf "# Databricks notebook source\nprint(1)\n" > report.py'
  show 'sed -i "s/print(1)/print(2)/" report.py; cat report.py'
  show 'ls -l; find . -name "*.py" | sort'
  show "wsfs sync '$mount'; wsfs status '$mount'"
  cd "$work"
  show "wsfs unmount '$mount'"
  echo "\$ wsfs mount --demo workspace"
  mount_demo
  show "cat '$mount/Shared/first-look/report.py'"
  [[ $(cat "$mount/Shared/first-look/report.py") == *"print(2)" ]]
  show "rm -rf '$mount/Shared/first-look'; wsfs sync '$mount'"
  echo "the demo works"
}

if [[ $self_test == --self-test ]]; then
  visit
else
  mount_demo
  cat <<HELLO

A workspace served on this machine is now the folder
  $mount
Edit it with any tool; 'wsfs status .' tells what was sent, 'exit' ends the
demo. What you save is there again in the next demo.

HELLO
  cd "$mount"
  PATH=${wsfs%/*}:$PATH "${SHELL:-/bin/bash}" || true
fi
