"""What the programs of this folder share: the version, the pins, files that are the same whenever they are written."""
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import time
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ARCHITECTURES = ("x86_64", "aarch64")


def owner_and_name():
    """Where the project lies on GitHub: its workflow knows; elsewhere a name that says that it is none."""
    return os.environ.get("GITHUB_REPOSITORY", "example/mcp-spark-server")


def repository():
    return "https://github.com/" + owner_and_name()


def download():
    return "%s/releases/download/v%s" % (repository(), version())


def registry_name():
    """In the MCP registry; the text of the PyPI package must hold it, too."""
    return "io.github.%s/mcp-spark-server" % owner_and_name().split("/")[0]


def add_arguments(parser):
    parser.add_argument("--arch", action="append", choices=ARCHITECTURES)
    parser.add_argument("--work", type=os.path.abspath, default=os.path.join(ROOT, "build", "static"))
    parser.add_argument("--out", type=os.path.abspath, default=os.path.join(ROOT, "build", "release-files"))


def program(work, arch):
    """The static binary that build.py has left there."""
    return os.path.join(work, arch, "server", "mcp-spark-server")


def version():
    """CMake's, which the program tells, too."""
    return re.search(r"project\(mcp-spark-server VERSION ([0-9.]+)", read(os.path.join(ROOT, "CMakeLists.txt"))).group(1)


def pins():
    return json.loads(read(os.path.join(ROOT, "packaging", "sources.json")))


def epoch():
    """The time that files of a release bear: SOURCE_DATE_EPOCH, or that of the commit."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return int(given or subprocess.check_output(["git", "-C", ROOT, "log", "-1", "--format=%ct"], text=True))


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, content):
    """Text or bytes; complete, or not there."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".part", "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
    os.replace(path + ".part", path)


def fresh_for(folder, source):
    """The folder, emptied when another source was built in it, as after a change of version."""
    note = os.path.join(folder, "built-from")
    if os.path.exists(folder) and not (os.path.exists(note) and read(note) == source):
        shutil.rmtree(folder)
    write(note, source)
    return folder


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def sha256_file(path):
    return sha256(read_bytes(path))


def write_archive(path, folder, files):
    """A .tar.gz of {name in the folder: path}; what can be run stays so."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, source in sorted(files.items()):
            content = read_bytes(source)
            entry = tarfile.TarInfo("%s/%s" % (folder, name))
            entry.size, entry.mtime = len(content), epoch()
            entry.mode = 0o755 if os.access(source, os.X_OK) else 0o644
            archive.addfile(entry, io.BytesIO(content))
    write(path, gzip.compress(written.getvalue(), mtime=0))
    return path


def zip_of(files, executable=()):
    """The bytes of a .zip of {name: content}."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, time.gmtime(epoch())[:6])
            entry.external_attr = (0o100755 if name in executable else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return written.getvalue()
