"""The packages in MCP_SPARK_FILES, each installed or read as its users' programs do."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

FILES = Path(os.environ["MCP_SPARK_FILES"])
ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "packaging"))
import release  # noqa: E402

VERSION = release.version()
# Nothing that the environment of the test names: what an MCP host passes.
BARE = {"HOME": os.environ["HOME"], "PATH": "/usr/bin:/bin"}


def run(*command, **more):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, stdin=subprocess.DEVNULL, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def only(pattern):
    found = list(FILES.glob(pattern))
    if not found:
        pytest.skip("no %s was made" % pattern)
    assert len(found) == 1, found
    return found[0]


def environment(folder, extras):
    """A virtual environment with the wheel."""
    run(sys.executable, "-m", "venv", folder)
    run(folder / "bin/pip", "install", "-q", "--find-links", FILES, "mcp-spark-server%s==%s" % (extras, VERSION))
    return folder / "bin"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return environment(tmp_path_factory.mktemp("venv"), "")


def test_the_wheel_brings_the_program(wheel):
    assert run(wheel / "mcp-spark-server", "--version", env=BARE).split() == ["mcp-spark-server", VERSION]
    assert "execute-sql" in run(wheel / "mcp-spark-server", "tools", env=BARE)


def test_the_wheel_is_complete_and_says_what_it_asks_for(wheel):
    run(wheel / "pip", "check")
    ask = "import importlib.metadata as m; print(m.requires('mcp-spark-server'), m.metadata('mcp-spark-server')['Description'])"
    told = run(wheel / "python", "-c", ask)
    assert "pyspark" in told and "mcp-name: " + release.registry_name() in told


@pytest.mark.skipif(os.environ.get("SPARK") == "false", reason="SPARK=false")
def test_the_wheel_with_its_extra_is_a_spark(tmp_path):
    """PySpark of the Python beside the program, with nothing else named."""
    wheel = environment(tmp_path / "venv", "[spark]")
    told = run(wheel / "mcp-spark-server", "sql", "SELECT 6 * 7 AS answer", env={**BARE, "HOME": str(tmp_path)}, timeout=180)
    assert "42" in told, told


def test_the_bundle_starts_what_its_manifest_names(tmp_path):
    run("unzip", "-q", only("*.mcpb"), "-d", tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    command = manifest["server"]["mcp_config"]["command"].replace("${__dirname}", str(tmp_path))
    # Some hosts lose the bits.
    assert zipfile.ZipFile(only("*.mcpb")).getinfo("server/mcp-spark-server").external_attr >> 16 & 0o100
    assert run(command, "--version", env=BARE).split()[-1] == VERSION
    assert (tmp_path / manifest["icon"]).read_bytes().startswith(b"\x89PNG")


def test_the_debian_package_holds_program_page_and_completions():
    listed = run("dpkg-deb", "-c", only("*_amd64.deb"))
    for path in ("./usr/bin/mcp-spark-server", "man1/mcp-spark-server.1", "bash-completion/completions/mcp-spark-server",
                 "site-functions/_mcp-spark-server", "doc/mcp-spark-server/copyright", "THIRD-PARTY-LICENSES"):
        assert path in listed
    assert "Depends" not in run("dpkg-deb", "-f", only("*_amd64.deb"))


def test_the_debian_package_can_be_installed(tmp_path):
    """Into a folder of its own, as root; dpkg's scripts need none of the system's."""
    if os.geteuid() != 0:
        pytest.skip("only root installs packages")
    (tmp_path / "var/lib/dpkg/updates").mkdir(parents=True)
    for name in ("status", "available"):
        (tmp_path / "var/lib/dpkg" / name).touch()
    run("dpkg", "--root=%s" % tmp_path, "--force-not-root", "--log=/dev/null", "-i", only("*_amd64.deb"))
    assert run(tmp_path / "usr/bin/mcp-spark-server", "--version", env=BARE).split()[-1] == VERSION


def test_packages_are_for_their_architecture():
    assert run("dpkg-deb", "-f", only("*_arm64.deb"), "Architecture").strip() == "arm64"
    for arch in release.ARCHITECTURES:
        package = only("*.%s.rpm" % arch)
        if shutil.which("rpm"):
            assert "/usr/bin/mcp-spark-server" in run("rpm", "-qlp", package)
            assert run("rpm", "-qp", "--qf", "%{ARCH} %{VERSION}", package) == "%s %s" % (arch, VERSION)


def test_the_listing_follows_the_schema_of_the_registry():
    """skillsaw brings the registry's published schemas."""
    import jsonschema
    import skillsaw
    listing = json.loads(only("server.json").read_text())
    folder = "v" + listing["$schema"].split("/")[-2].replace("-", "_")
    schema = Path(skillsaw.__file__).parent / "schemas/mcp_registry" / folder / "server.schema.json"
    jsonschema.validate(listing, json.loads(schema.read_text()))
    bundle = next(package for package in listing["packages"] if package["registryType"] == "mcpb")
    assert bundle["fileSha256"] == hashlib.sha256(only("*.mcpb").read_bytes()).hexdigest()


def test_the_formula_is_of_these_files():
    formula = only("*.rb").read_text()
    for arch in release.ARCHITECTURES:
        assert release.sha256_file(str(only("*-linux-%s.tar.gz" % arch))) in formula
    if shutil.which("ruby"):
        run("ruby", "-c", only("*.rb"))


def test_the_list_of_parts_names_what_is_linked_in():
    for arch in release.ARCHITECTURES:
        parts = json.loads(only("*-linux-%s.spdx.json" % arch).read_text())
        run(Path(sys.executable).with_name("pyspdxtools"), "-i", only("*-linux-%s.spdx.json" % arch))
        named = {package["name"]: package for package in parts["packages"]}
        for name in ("libcurl", "Mbed TLS", "Jansson", "musl"):
            assert named[name]["checksums"][0]["checksumValue"]


def test_checksums_are_right():
    run("sha256sum", "--strict", "-c", only("SHA256SUMS"), cwd=FILES)
