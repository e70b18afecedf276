"""A bare server of the official Python SDK: it lists the tools of the files it is given, and
nothing else. What it costs is what the SDK costs."""

import json
import sys
from pathlib import Path

import anyio
from mcp import types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

server = Server("python-sdk")
tools = [types.Tool.model_validate(json.loads(Path(path).read_text())) for path in sys.argv[1:]]


@server.list_tools()
async def list_tools():
    return tools


async def main():
    async with stdio_server() as (reader, writer):
        await server.run(reader, writer, server.create_initialization_options())


anyio.run(main)
