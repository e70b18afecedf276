"""The server at the end of a pipe, asked for SQL."""

import json
import os
import subprocess


class Pipe:
    def __init__(self, binary, environment):
        base = {key: os.environ[key] for key in ("HOME", "PATH")}
        self.process = subprocess.Popen([binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, env={**base, **environment})
        self.ids = 0
        self.request("initialize", protocolVersion="2025-11-25", capabilities={},
                     clientInfo={"name": "bench", "version": "1"})
        self.receive(1)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.stdin.close()
        self.process.wait(20)

    @property
    def pid(self):
        return self.process.pid

    def request(self, method, **params):
        self.ids += 1
        line = json.dumps({"jsonrpc": "2.0", "id": self.ids, "method": method, "params": params}) + "\n"
        self.process.stdin.write(line.encode())
        self.process.stdin.flush()

    def receive(self, count):
        """So many answers, as bytes: reading them is the client's own work."""
        lines = [self.process.stdout.readline() for _ in range(count)]
        for line in lines:
            if b'"isError":true' in line or not line:
                raise SystemExit("the server answered: %s" % line[:2000].decode())
        return lines

    def sql(self, sql, **arguments):
        self.request("tools/call", name="execute-sql", arguments={"sql": sql, "wait_seconds": 200, **arguments})
        return self.receive(1)

    def all(self, statements):
        for sql in statements:
            self.request("tools/call", name="execute-sql", arguments={"sql": sql, "wait_seconds": 200})
        return self.receive(len(statements))
