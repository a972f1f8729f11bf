#!/bin/sh
# The kernels and whole passes under AddressSanitizer and UndefinedBehaviorSanitizer, and under ThreadSanitizer.
#
#   sh csrc/sanitize.sh                                  some random shapes of the portable code, in about a minute
#   sh csrc/sanitize.sh 300 portable avx2 wide avx512    more shapes, and all of what this CPU can run
set -eu
here=$(cd "$(dirname "$0")" && pwd)
shapes=${1:-8}
[ $# -gt 0 ] && shift
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

build() { # program, sanitizers, target, flags
    program=$1 sanitizers=$2 target=$3
    shift 3
    "${CXX:-g++}" -std=c++20 -O1 -g -pthread -fsanitize="$sanitizers" -fno-sanitize-recover=all -Wno-psabi "$@" \
        -DSANITIZED="$target" "$here/sanitize.cpp" "$here/target_$target.cpp" "$here/passes.cpp" "$here/memory.cpp" \
        "$here/schedule.cpp" "$here/threads.cpp" -ldl -o "$program"
}

check() { # target, what /proc/cpuinfo must name, flags
    target=$1
    if ! grep -q "$2" /proc/cpuinfo 2>/dev/null && [ "$target" != portable ]; then
        echo "$target: this CPU lacks it"
        return
    fi
    shift 2
    build "$out/addresses" address,undefined "$target" "$@" &
    build "$out/threads" thread "$target" "$@"
    wait $!
    for program in addresses threads; do
        echo "$target, $program"
        "$out/$program" "$shapes"
    done
}

for target in "${@:-portable}"; do
    case $target in
    portable) check portable "" ;;
    avx2 | wide) check "$target" avx2 -DELMAN_X86 -mavx2 -mfma ;;
    avx512) check avx512 avx512dq -DELMAN_X86 -mavx512f -mavx512vl -mavx512bw -mavx512dq -mfma ;;
    *)
        echo "unknown instruction set $target" >&2
        exit 2
        ;;
    esac
done
