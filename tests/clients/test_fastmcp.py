"""FastMCP's Client, as most who write Python use it: `.data` is the answer, and all of it."""

import asyncio

import common
from fastmcp import Client
from fastmcp.client.transports import StdioTransport
from fastmcp.exceptions import ToolError


async def main():
    with common.spark() as (fake, environment):
        async with Client(StdioTransport(common.BINARY, [], env=environment)) as client:
            common.check_names(tool.name for tool in await client.list_tools())

            async def call(name, arguments):
                try:
                    result = await client.call_tool(name, arguments)
                except ToolError as error:
                    return error
                assert result.data == result.structured_content, ("%s: .data is %s of %s" % (
                    name, result.data, result.structured_content))
                return common.content_text(result)

            await common.converse(call, fake)


asyncio.run(main())
