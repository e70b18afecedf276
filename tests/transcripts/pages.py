"""A web server as the programs here want it, and a conversation with the server under test."""

import http.server
import json
import subprocess
import threading

NOTHING = "http://127.0.0.1:9"
BEGIN = {"jsonrpc": "2.0", "id": "begin", "method": "initialize", "params": {"protocolVersion": "2025-11-25"}}


class Pages(http.server.ThreadingHTTPServer):
    """answer: is given the request (its command and path), gives what becomes JSON, or the bytes of a page; None closes the
    connection."""

    request_queue_size = 64

    def __init__(self, answer, type="application/json"):
        super().__init__(("127.0.0.1", 0), Handler)
        self.daemon_threads = True
        self.answer, self.type = answer, type
        self.url = "http://127.0.0.1:%d" % self.server_port
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        body = self.server.answer(self)
        if body is None:
            self.close_connection = True
            return
        is_page = isinstance(body, bytes)
        text = body if is_page else json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", self.server.type if is_page else "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_GET


def call(id, tool, **arguments):
    return {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


def converse(server, calls, **environment):
    """Its exit code, and the results of the calls by their ids."""
    lines = "".join(json.dumps(request) + "\n" for request in (BEGIN, *calls)).encode()
    came = subprocess.run([server], input=lines, stdout=subprocess.PIPE, env=environment, timeout=60)
    answers = [json.loads(line) for line in came.stdout.splitlines()]
    return came.returncode, {answer["id"]: answer["result"] for answer in answers if answer["id"] != "begin"}


def text_of(result):
    return result["content"][0]["text"]
