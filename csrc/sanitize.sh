#!/bin/sh
# The kernels under AddressSanitizer and UndefinedBehaviorSanitizer, then under ThreadSanitizer:
# sh csrc/sanitize.sh [shapes, default 300]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
run() {
    target=$1
    shift
    for sanitizers in address,undefined thread; do
        "${CXX:-g++}" -std=c++20 -O1 -g -pthread -fsanitize="$sanitizers" -fno-sanitize-recover=all -Wno-psabi \
            -DSANITIZED="$target" "$@" "$here/sanitize.cpp" "$here/target_$target.cpp" "$here/schedule.cpp" "$here/threads.cpp" \
            -o "$out/$target"
        echo "$sanitizers"
        "$out/$target" "$shapes"
    done
}
shapes=${1:-300}
run portable
if grep -q avx2 /proc/cpuinfo 2>/dev/null; then
    run avx2 -DELMAN_X86 -mavx2 -mfma
    run wide -DELMAN_X86 -mavx2 -mfma
fi
if grep -q avx512dq /proc/cpuinfo 2>/dev/null; then
    run avx512 -DELMAN_X86 -mavx512f -mavx512vl -mavx512bw -mavx512dq -mfma
fi
