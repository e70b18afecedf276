"""Who is measured: the floor, our server, and bare servers of the official SDKs."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "bench"
BINARY = ROOT / "build" / "release" / "mcp-spark-server"
FLOOR = BUILD / "floor"

PYTHON_SDK = "mcp==1.30.0"
TYPESCRIPT_SDK = "@modelcontextprotocol/sdk@1.32.2"

# Nothing listens there, and nothing is asked: start-up has no side effects.
NO_SPARK = {"SPARK_MASTER": "spark://127.0.0.1:9"}


@dataclass
class Contender:
    name: str
    command: list
    is_slow: bool = False  # starts so slowly that fewer rounds must do


def run(*command, folder=BUILD):
    print("$", *command, flush=True)
    subprocess.run([str(word) for word in command], cwd=folder, check=True)


def build_floor():
    source = HERE / "floor.c"
    if FLOOR.exists() and FLOOR.stat().st_mtime > source.stat().st_mtime:
        return
    BUILD.mkdir(parents=True, exist_ok=True)
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libcurl", "jansson"],
                           check=True, capture_output=True, text=True).stdout.split()
    run("cc", "-std=c11", "-O2", "-g", source, "-o", FLOOR, *flags)


def set_up():
    """Builds and installs everything under build/bench; what has no tool here is left out."""
    build_floor()
    run(sys.executable, "-m", "venv", BUILD / "python")
    run(BUILD / "python" / "bin" / "pip", "install", "--quiet", PYTHON_SDK)
    if shutil.which("npm"):
        folder = BUILD / "typescript"
        folder.mkdir(exist_ok=True)
        (folder / "package.json").write_text('{"private": true}\n')
        shutil.copy(HERE / "sdk_server.mjs", folder)  # it finds its packages beside itself
        run("npm", "install", "--silent", "--no-audit", "--no-fund", TYPESCRIPT_SDK, folder=folder)
    if shutil.which("cargo"):
        folder = BUILD / "rust"
        folder.mkdir(exist_ok=True)
        shutil.copy(HERE / "sdk_server.rs", folder)
        shutil.copy(HERE / "sdk_server.toml", folder / "Cargo.toml")
        run("cargo", "build", "--quiet", "--release", folder=folder)


def sdk_servers():
    """Those that are installed. They list the tools that we list."""
    tools = sorted(str(path) for path in (ROOT / "src" / "tools").glob("*.json"))
    found = []
    if (BUILD / "rust" / "target" / "release" / "rust-sdk-server").exists():
        found.append(Contender("Rust SDK", [
            str(BUILD / "rust" / "target" / "release" / "rust-sdk-server"), *tools]))
    if (BUILD / "typescript" / "node_modules").exists() and shutil.which("node"):
        found.append(Contender("TypeScript SDK", [
            "node", str(BUILD / "typescript" / "sdk_server.mjs"), *tools], is_slow=True))
    if (BUILD / "python" / "bin" / "python").exists():
        found.append(Contender("Python SDK", [
            str(BUILD / "python" / "bin" / "python"), str(HERE / "sdk_server.py"), *tools],
            is_slow=True))
    return found
