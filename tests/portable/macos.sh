#!/usr/bin/env bash
# Compiles every C file of the server for macOS, with the libc headers that zig brings (PyPI: ziglang). Nothing is linked and
# nothing runs: there is no Mac here. Not part of tests/run.sh, for what it installs.
#
#     tests/portable/macos.sh [FILE...]      after a build in build/dev, whose generated headers it reads
set -uo pipefail
cd "$(dirname "$0")/../.."

work=$PWD/build/portable
if [ ! -e "$work/ready" ]; then
    python3 -m venv "$work" && "$work/bin/pip" install -q ziglang || exit 1
    touch "$work/ready"
fi
# Only these of the system's headers: the others are of Linux.
mkdir -p "$work/include"
cp /usr/include/jansson*.h "$work/include"
cp -r "$(dirname "$(find /usr/include -path '*curl/curl.h' | head -1)")" "$work/include"

files=("$@")
[ $# -gt 0 ] || mapfile -t files < <(find src -name '*.c' | sort)
failed=0
for file in "${files[@]}"; do
    for target in aarch64-macos x86_64-macos; do
        "$work/bin/python" -m ziglang cc -target $target -std=c11 -D_GNU_SOURCE -D_DARWIN_C_SOURCE \
            -DMCP_SPARK_VERSION='"0"' -Wall -Wextra -Werror -Wno-unused-parameter -Iinclude -Isrc -Ibuild/dev/generated \
            -isystem "$work/include" -c -o "$work/object.o" "$file" || { echo "FAILED $target $file"; failed=$((failed + 1)); }
    done
done
echo "$((2 * ${#files[@]} - failed)) passed, $failed failed"
[ $failed = 0 ]
