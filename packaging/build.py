#!/usr/bin/env python3
"""Builds the static binaries of a release: packaging/build.py [--arch x86_64] [--arch aarch64]

Each links musl, mbedTLS, curl and jansson in, so that it runs on any Linux of its architecture. The compiler is zig from PyPI; it
and the sources are pinned in sources.json by their sha256, and two builds give the same bytes, wherever they are made. Needs
Python, CMake 3.22, Ninja and pkg-config.

In --out (build/release-files): mcp-spark-server-VERSION-linux-ARCH.tar.gz with the program, its man page, completions and
licences, and its list of parts (SPDX) beside it. In --work: what is kept between builds; ARCH/server is CMake's folder.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import urllib.request

import release
import spdx

# Beside the program.
PACKED = {"mcp-spark-server.1": "docs/mcp-spark-server.1", "completion/mcp-spark-server.bash": "docs/completion/mcp-spark-server.bash",
          "completion/_mcp-spark-server": "docs/completion/_mcp-spark-server", "LICENSE": "LICENSE"}
JANSSON = ["-DJANSSON_EXAMPLES=OFF", "-DJANSSON_BUILD_DOCS=OFF", "-DJANSSON_WITHOUT_TESTS=ON"]
MBEDTLS = ["-DENABLE_PROGRAMS=OFF", "-DENABLE_TESTING=OFF", "-DGEN_FILES=OFF", "-DMBEDTLS_FATAL_WARNINGS=OFF"]
# Only what src/http.c asks of it. It knows no file of authorities: src/http/library.c looks for one where it runs.
CURL = ["-DBUILD_CURL_EXE=OFF", "-DBUILD_SHARED_LIBS=OFF", "-DBUILD_STATIC_LIBS=ON", "-DBUILD_TESTING=OFF", "-DBUILD_EXAMPLES=OFF",
        "-DBUILD_LIBCURL_DOCS=OFF", "-DBUILD_MISC_DOCS=OFF", "-DENABLE_CURL_MANUAL=OFF", "-DHTTP_ONLY=ON",
        "-DCURL_USE_MBEDTLS=ON", "-DCURL_USE_OPENSSL=OFF", "-DCURL_CA_BUNDLE=none", "-DCURL_CA_PATH=none", "-DCURL_ZLIB=OFF",
        "-DCURL_BROTLI=OFF", "-DCURL_ZSTD=OFF", "-DUSE_NGHTTP2=OFF", "-DUSE_LIBIDN2=OFF", "-DCURL_USE_LIBPSL=OFF",
        "-DCURL_USE_LIBSSH2=OFF", "-DCURL_DISABLE_ALTSVC=ON", "-DCURL_DISABLE_AWS=ON", "-DCURL_DISABLE_COOKIES=ON",
        "-DCURL_DISABLE_DIGEST_AUTH=ON", "-DCURL_DISABLE_DOH=ON", "-DCURL_DISABLE_FORM_API=ON", "-DCURL_DISABLE_HSTS=ON",
        "-DCURL_DISABLE_KERBEROS_AUTH=ON", "-DCURL_DISABLE_NEGOTIATE_AUTH=ON", "-DCURL_DISABLE_MIME=ON",
        "-DCURL_DISABLE_NETRC=ON", "-DCURL_DISABLE_WEBSOCKETS=ON"]


def run(command, environment=None):
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit("%s\nfailed: %s" % (done.stdout, " ".join(command)))


class Build:
    def __init__(self, arch, work):
        self.arch = arch
        self.work = work
        self.own = os.path.join(work, arch)
        self.prefix = os.path.join(self.own, "prefix")
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": self.own, "LC_ALL": "C", "TZ": "UTC", "SOURCE_DATE_EPOCH": str(release.epoch()),
            "ZIG_GLOBAL_CACHE_DIR": os.path.join(work, "zig-cache"), "ZIG_LOCAL_CACHE_DIR": os.path.join(work, "zig-cache"),
            "PKG_CONFIG_LIBDIR": os.path.join(self.prefix, "lib", "pkgconfig")}

    def write_toolchain(self, zig):
        """Programs that are one word each, as CMake wants them, and the file that names them."""
        os.makedirs(self.own, exist_ok=True)
        for name, words in (("cc", "cc -target %s-linux-musl" % self.arch), ("ar", "ar"), ("ranlib", "ranlib")):
            path = os.path.join(self.own, name)
            release.write(path, '#!/bin/sh\nexec "%s" %s "$@"\n' % (zig, words))
            os.chmod(path, 0o755)
        flags = "-fPIE -fstack-protector-strong -ffunction-sections -fdata-sections -fno-sanitize=undefined -g0 " + " ".join(
            '\\"-ffile-prefix-map=%s=%s\\"' % pair for pair in ((self.work, "work"), (release.ROOT, "source")))
        lines = ["set(CMAKE_SYSTEM_NAME Linux)", "set(CMAKE_SYSTEM_PROCESSOR %s)" % self.arch,
                 'set(CMAKE_C_COMPILER "%s/cc")' % self.own, 'set(CMAKE_AR "%s/ar")' % self.own,
                 'set(CMAKE_RANLIB "%s/ranlib")' % self.own, 'set(CMAKE_FIND_ROOT_PATH "%s")' % self.prefix,
                 "set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)"]
        lines += ["set(CMAKE_FIND_ROOT_PATH_MODE_%s ONLY)" % kind for kind in ("LIBRARY", "INCLUDE", "PACKAGE")]
        lines += ['set(CMAKE_C_FLAGS_INIT "%s")' % flags, 'set(CMAKE_C_FLAGS_RELEASE "-Os -DNDEBUG")',
                  'set(CMAKE_EXE_LINKER_FLAGS_INIT "-static-pie -s -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,relro,-z,now")']
        release.write(os.path.join(self.own, "toolchain.cmake"), "\n".join(lines) + "\n")

    def cmake(self, name, source, options, target):
        folder = release.fresh_for(os.path.join(self.own, name), source)
        run(["cmake", "-S", source, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_PREFIX_PATH=" + self.prefix,
             "-DCMAKE_TOOLCHAIN_FILE=" + os.path.join(self.own, "toolchain.cmake")] + options, self.environment)
        run(["cmake", "--build", folder, "-j", str(os.cpu_count()), "--target", target], self.environment)

    def build(self, zig, folders):
        self.write_toolchain(zig)
        into = ["-DCMAKE_INSTALL_PREFIX=" + self.prefix, "-DCMAKE_INSTALL_LIBDIR=lib"]
        self.cmake("jansson", folders["jansson"], JANSSON + into, "install")
        self.cmake("mbedtls", folders["mbedtls"], MBEDTLS + into, "install")
        self.cmake("curl", folders["curl"], CURL + into, "install")
        self.cmake("server", release.ROOT, ["-DBUILD_TESTING=OFF", "-DPKG_CONFIG_ARGN=--static", "-DCMAKE_INSTALL_PREFIX=/usr",
                                            "-DSTATIC_PACKAGE=" + os.path.join(self.work, "THIRD-PARTY-LICENSES")], "mcp-spark-server")
        return release.program(self.work, self.arch)


def install_zig(work, pins):
    """The compiler's path; pip compares the checksums."""
    venv = os.path.join(work, "zig-" + pins["version"])
    if not os.path.exists(os.path.join(venv, "ready")):
        run([sys.executable, "-m", "venv", "--clear", venv])
        wanted = os.path.join(venv, "wanted.txt")
        release.write(wanted, "ziglang==%s %s\n" % (pins["version"], " ".join("--hash=sha256:" + each for each in pins["wheels"])))
        run([os.path.join(venv, "bin", "pip"), "install", "-q", "--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", wanted])
        release.write(os.path.join(venv, "ready"), "")
    asked = [os.path.join(venv, "bin", "python"), "-c", "import os, ziglang; print(os.path.dirname(ziglang.__file__))"]
    return os.path.join(subprocess.check_output(asked, text=True).strip(), "zig")


def fetch(name, pins, work):
    """The archive's path, and which of them it was: upstream's, else Debian's."""
    for archive in pins["archives"]:
        path = os.path.join(work, "archives", archive["sha256"])
        if not os.path.exists(path):
            try:
                with urllib.request.urlopen(archive["url"], timeout=60) as answer:
                    content = answer.read()
            except OSError as error:
                print("%s: %s: %s" % (name, archive["url"], error))
                continue
            if release.sha256(content) != archive["sha256"]:
                sys.exit("%s: %s does not have the pinned checksum" % (name, archive["url"]))
            release.write(path, content)
        return path, archive
    sys.exit("%s %s: no address answered" % (name, pins["version"]))


def unpack(name, path, work):
    """The folder that all of an archive lies in; `name` has the version, or an old one would be kept."""
    into = os.path.join(work, "sources", name)
    if not os.path.exists(os.path.join(into, "ready")):
        shutil.rmtree(into, ignore_errors=True)
        with tarfile.open(path) as archive:
            archive.extractall(into, filter="data")
        release.write(os.path.join(into, "ready"), "")
    return os.path.join(into, next(entry for entry in sorted(os.listdir(into)) if entry != "ready"))


def notices(folders, pins, zig):
    """The licences of what is linked in, which ask to travel with it."""
    texts = []
    for name, folder in sorted(folders.items()):
        for file in pins[name]["notices"]:
            texts.append(("%s %s" % (name, pins[name]["version"]), os.path.join(folder, file)))
    texts.append(("musl " + pins["zig"]["musl"], os.path.join(os.path.dirname(zig), "lib", "libc", "musl", "COPYRIGHT")))
    texts.append(("zig " + pins["zig"]["version"], os.path.join(os.path.dirname(zig), "LICENSE")))
    return "\n".join("%s\n%s\n\n%s" % (title, "=" * len(title), release.read(path)) for title, path in texts)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    release.add_arguments(arguments)
    given = arguments.parse_args()
    work, out = given.work, given.out
    pins = release.pins()
    zig = install_zig(work, pins["zig"])
    folders, used = {}, {}
    for name in ("jansson", "mbedtls", "curl"):
        path, used[name] = fetch(name, pins[name], work)
        folders[name] = unpack("%s-%s" % (name, pins[name]["version"]), path, work)
    licences = notices(folders, pins, zig)
    release.write(os.path.join(work, "THIRD-PARTY-LICENSES"), licences)
    for arch in given.arch or release.ARCHITECTURES:
        program = Build(arch, work).build(zig, folders)
        stem = "mcp-spark-server-%s-linux-%s" % (release.version(), arch)
        files = {name: os.path.join(release.ROOT, path) for name, path in PACKED.items()}
        files.update({"mcp-spark-server": program, "THIRD-PARTY-LICENSES": os.path.join(work, "THIRD-PARTY-LICENSES")})
        archive = release.write_archive(os.path.join(out, stem + ".tar.gz"), stem, files)
        spdx.write(os.path.join(out, stem + ".spdx.json"), arch, program, used)
        print("%s  %d bytes, sha256 of the program %s" % (archive, os.path.getsize(archive), release.sha256_file(program)))


if __name__ == "__main__":
    main()
