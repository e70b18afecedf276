"""The official SDK: a session over stdio."""

import asyncio

import common
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main():
    with common.spark() as (fake, environment):
        async with Client(stdio_client(StdioServerParameters(command=common.BINARY, env=environment))) as client:
            listed = (await client.list_tools()).tools
            common.check_names(tool.name for tool in listed)
            for tool in listed:
                common.check_conversion(tool.name, tool.input_schema)

            async def call(name, arguments):
                return common.content_text(await client.call_tool(name, arguments))

            await common.converse(call, fake)
            result = await client.call_tool("submit-spark-job", common.JOB)
            assert result.structured_content["worker"], result.structured_content


asyncio.run(main())
