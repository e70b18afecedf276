"""The Vercel AI SDK: @ai-sdk/mcp, through vercel_ai.mjs.

usage: test_vercel_ai.py FOLDER-OF-node_modules"""

import asyncio
import json
import subprocess
import sys

import common


def main():
    with common.spark() as (fake, environment):
        node = subprocess.Popen(
            ["node", common.ROOT / "tests" / "clients" / "vercel_ai.mjs", sys.argv[1], common.BINARY],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        with node:
            sent = json.loads(node.stdout.readline())
            common.check_names(tool["name"] for tool in sent["openai"])
            for tool in sent["openai"]:
                common.check_conversion(tool["name"], tool["parameters"])
            declared = [one for tool in sent["google"] for one in tool["functionDeclarations"]]
            common.check_names(tool["name"] for tool in declared)
            for tool in declared:  # as OpenAPI before version 7
                common.check_conversion(tool["name"], tool.get("parametersJsonSchema") or tool["parameters"])

            async def call(name, arguments):
                node.stdin.write(json.dumps({"name": name, "arguments": arguments}) + "\n")
                node.stdin.flush()
                return json.loads(node.stdout.readline())["text"]

            asyncio.run(common.converse(call, fake))
            node.stdin.close()
        assert node.returncode == 0, node.returncode


main()
