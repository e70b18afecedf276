"""The strongest peer's questions side by side: for each of its tools our call, and the bytes of both answers.

    python peer.py SERVER PEER HISTORY_URL APPLICATION OTHER STAGE EXECUTION

SERVER is our binary, PEER the command of mcp-apache-spark-history-server (PyPI, Python 3.12: `spark-mcp`). Both ask the same history
server about the same application; OTHER is a second one, for comparisons. Needs the packages `mcp`, `tiktoken` and, for the vocabulary
that tiktoken would fetch, `litellm` (`pip install --no-deps litellm` is enough). Prints a table in Markdown.

Counted is what reaches a model: the text of an answer, or its structured content where there is one; in bytes, and in tokens of o200k_base.
"""

import asyncio
import importlib.util
import json
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import tiktoken
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

NONE = ("none", "")
CONVERSATION = ("tools/list", "list_applications", "list_jobs", "get_stage", "list_sql_executions", "get_job_bottlenecks")


def encoding():
    package = Path(importlib.util.find_spec("litellm").origin).parent
    os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(package / "litellm_core_utils" / "tokenizers"))
    return tiktoken.get_encoding("o200k_base")


def sizes(text):
    """(bytes, tokens)"""
    return len(text.encode()), len(encoding().encode(text, disallowed_special=()))


def pairs(application, other, stage, execution):
    """(the peer's tool, its arguments, our arguments of monitor-cluster or None)"""
    own = {"app_id": application}
    two = {"app_id1": application, "app_id2": other}
    ours = {"application_id": application}
    return [
        ("list_applications", {}, {"metric_type": "applications"}),
        ("list_jobs", own, {"metric_type": "jobs", **ours}),
        ("list_stages", own, {"metric_type": "stages", **ours}),
        ("get_stage", {**own, "stage_id": stage}, {"metric_type": "stages", "stage_id": stage, **ours}),
        ("list_stage_task_failures", {**own, "stage_id": stage}, {"metric_type": "failures", **ours}),
        ("get_environment", own, {"metric_type": "environment", **ours}),
        ("list_executors", own, {"metric_type": "executors", **ours}),
        ("get_executor_summary", own, {"metric_type": "executors", **ours}),
        ("get_resource_usage_timeline", own, {"metric_type": "executors", **ours}),
        ("list_sql_executions", own, {"metric_type": "sql", **ours}),
        ("get_sql_execution", {**own, "execution_id": execution, "include_plan": True},
         {"metric_type": "sql", "execution_id": execution, **ours}),
        ("get_job_bottlenecks", own, {"metric_type": "diagnosis", **ours}),
        ("compare_job_environments", two, {"metric_type": "compare", "other_application_id": other, **ours}),
        ("compare_job_performance", two, {"metric_type": "compare", "other_application_id": other, **ours}),
        ("compare_sql_executions", two, {"metric_type": "compare", "other_application_id": other, **ours}),
        ("compare_stages", {"app_id1": application, "stage_id1": stage, "app_id2": other, "stage_id2": 0}, None),
    ]


class Side:
    def __init__(self, session):
        self.session = session

    @classmethod
    @asynccontextmanager
    async def start(cls, command, environment):
        kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        parameters = StdioServerParameters(command=command, env={**kept, **environment})
        with open(os.devnull, "w") as nowhere:
            async with stdio_client(parameters, errlog=nowhere) as streams, ClientSession(*streams) as session:
                await session.initialize()
                yield cls(session)

    async def list(self):
        tools = await self.session.list_tools()
        return sizes(json.dumps([tool.model_dump(by_alias=True, exclude_none=True, mode="json") for tool in tools.tools],
                                separators=(",", ":")))

    async def ask(self, tool, arguments):
        """The sizes of its answer, or what went wrong."""
        result = (await self.session.call_tool(tool, arguments)).model_dump(by_alias=True, exclude_none=True, mode="json")
        text = "".join(block.get("text", "") for block in result["content"])
        if result.get("isError"):
            return "error: " + text.splitlines()[0][:60], ""
        structured = result.get("structuredContent")
        return sizes(text if structured is None else json.dumps(structured, ensure_ascii=False, separators=(",", ":")))


def print_row(title, theirs, call, ours):
    print("| %s | %s | %s | %s | %s | %s |" % (title, *theirs, call, *ours))


async def main(server, peer, history, application, other, stage, execution):
    ours = Side.start(server, {"SPARK_MASTER": "spark://127.0.0.1:9", "SPARK_REST_URL": "http://127.0.0.1:9",
                               "SPARK_MASTER_UI_URL": "http://127.0.0.1:9", "SPARK_HISTORY_URL": history})
    theirs = Side.start(peer, {"SHS_SERVERS__LOCAL__URL": history, "SHS_SERVERS__LOCAL__DEFAULT": "true",
                               "SHS_MCP__TRANSPORTS": '["stdio"]'})
    async with ours as ours, theirs as theirs:
        print("| Its tool | bytes | tokens | Ours | bytes | tokens |\n|---|---|---|---|---|---|")
        rows = {"tools/list": (await theirs.list(), await ours.list())}
        print_row("tools/list", rows["tools/list"][0], "tools/list", rows["tools/list"][1])
        for tool, arguments, call in pairs(application, other, int(stage), int(execution)):
            rows[tool] = (await theirs.ask(tool, arguments), NONE if call is None else await ours.ask("monitor-cluster", call))
            print_row("`%s`" % tool, rows[tool][0], "none" if call is None else "`%s`" % ", ".join(
                value if key == "metric_type" else key for key, value in call.items() if key != "application_id"), rows[tool][1])
        of_both = [[sum(rows[name][side][unit] for name in CONVERSATION) for unit in range(2)] for side in range(2)]
        print_row("a conversation: the list, %s" % ", ".join("`%s`" % name for name in CONVERSATION[1:]), of_both[0], "the same", of_both[1])


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
