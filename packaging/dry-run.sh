#!/usr/bin/env bash
# Makes everything of a release that can be made on this machine, into build/release-files: what .github/workflows/release.yml runs,
# without signing or publishing anything.
#
#     packaging/dry-run.sh            needs Python 3.11, CMake 3.22, Ninja, pkg-config; npm for the bundle, rpmbuild for the .rpm
#     WORK=FOLDER                     keeps there what later builds need, not in build/static
#
# A package whose tool is missing is left out, and said so at the end; with REQUIRE_ALL=true that fails.
set -euo pipefail
cd "$(dirname "$0")/.."
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)} PYTHONDONTWRITEBYTECODE=1
work=${WORK:-$PWD/build/static}
out=$PWD/build/release-files
mcpb=2.1.2
left_out=""

has() {
    command -v "$1" > /dev/null 2>&1
}

# cpack ARCHITECTURE KIND: from CMake's folder of the static binary.
package() {
    (cd "$work/$1/server" && cpack -G "$2" -B "$work/$1/packages" > "$work/$1/cpack.log" 2>&1) ||
        { cat "$work/$1/cpack.log"; return 1; }
    cp "$work/$1/packages/"*."$(echo "$2" | tr '[:upper:]' '[:lower:]')" "$out"
}

rm -rf "$out"
packaging/build.py --work "$work"
packaging/wheel.py --work "$work"
packaging/mcpb.py --work "$work"
version=$("$work/x86_64/server/mcp-spark-server" --version | sed 's/.* //')
if has npx; then
    npx --yes "@anthropic-ai/mcpb@$mcpb" validate "$work/mcpb/manifest.json"
    npx --yes "@anthropic-ai/mcpb@$mcpb" pack "$work/mcpb" "$out/mcp-spark-server-$version.mcpb"
else
    left_out+=" .mcpb (npm)"
fi
for arch in x86_64 aarch64; do
    if has dpkg-deb; then package $arch DEB; else left_out+=" $arch.deb (dpkg)"; fi
    if has rpmbuild; then package $arch RPM; else left_out+=" $arch.rpm (rpm)"; fi
done
mkdir -p "$work/docker/amd64" "$work/docker/arm64"
cp "$work/x86_64/server/mcp-spark-server" "$work/docker/amd64"
cp "$work/aarch64/server/mcp-spark-server" "$work/docker/arm64"
cp LICENSE "$work/THIRD-PARTY-LICENSES" /etc/ssl/certs/ca-certificates.crt "$work/docker"
if [ -e "$out/mcp-spark-server-$version.mcpb" ]; then packaging/listings.py; fi

echo
if [ -n "$left_out" ]; then
    echo "left out, for want of a tool:$left_out"
    [ "${REQUIRE_ALL:-}" != true ]
fi
