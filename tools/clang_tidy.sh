#!/usr/bin/env bash
# clang_tidy.sh FILE: clang-tidy on one source, with the compiler's own warnings
# of the clang preset (-Wthread-safety among them). What was clean is not
# looked at again while the file, the headers and the rules are the same.
set -euo pipefail
marks=build/clang/tidy-clean
mkdir -p "$marks"
key=$({
  echo "$1"
  git ls-files --cached --others --exclude-standard -- 'src/*.h' | xargs cat
  cat "$1" .clang-tidy CMakeLists.txt tools/clang_tidy.sh
} | sha256sum | cut -c1-32)
[[ ! -e $marks/$key ]] || exit 0
clang-tidy-19 --quiet -p build/clang --checks='clang-diagnostic-*' "$1" \
  2> >(grep -vE 'warnings? generated|^Suppressed|^Use -' >&2)
touch "$marks/$key"
