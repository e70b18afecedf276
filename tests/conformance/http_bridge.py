#!/usr/bin/env python3
"""Put a stdio MCP server behind Streamable HTTP, for test suites that speak HTTP only.

usage: http_bridge.py [--port PORT] -- COMMAND [ARGUMENTS...]

It prints its URL; port 0 takes a free one. Messages pass unchanged, but ids and progress
tokens are replaced by unique ones and put back, since many HTTP clients share one pipe.
Requests of 2026-07-28 share one server process; each legacy `initialize` starts a process
of its own, which is the session. What HTTP demands and stdio does not (Host and Origin,
mirrored headers, status codes, sessions) is done here.
"""
import argparse
import base64
import itertools
import json
import queue
import subprocess
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAMESPACE = "io.modelcontextprotocol/"
PROTOCOL_VERSION = NAMESPACE + "protocolVersion"
CLIENT_CAPABILITIES = NAMESPACE + "clientCapabilities"
SUBSCRIPTION_ID = NAMESPACE + "subscriptionId"

HEADER_MISMATCH = -32020
SERVER_ERROR = -32000
STATUS_OF_ERROR = {
    -32700: 400,
    -32600: 400,
    -32602: 400,
    HEADER_MISMATCH: 400,
    -32021: 400,
    -32022: 400,
    -32601: 404,
}
NAMING_PARAM = {
    "tools/call": "name",
    "prompts/get": "name",
    "resources/read": "uri",
    "tasks/get": "taskId",
    "tasks/update": "taskId",
    "tasks/cancel": "taskId",
}
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")


def object_in(container, key):
    value = container.get(key)
    return value if isinstance(value, dict) else {}


class Exchange:
    """One request under way: its names outside, and the messages that belong to it."""

    def __init__(self, outer_id, outer_token):
        self.outer_id = outer_id
        self.outer_token = outer_token
        self.messages = queue.Queue()


class StdioServer:
    """One stdio server process."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.numbers = itertools.count(1)
        self.write_lock = threading.Lock()
        self.exchanges = {}
        self.unasked = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def is_running(self):
        return self.process.poll() is None

    def write(self, message):
        with self.write_lock:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()

    def request(self, message):
        """Returns the inner id; the answers arrive in exchanges[inner id]."""
        inner_id = f"b{next(self.numbers)}"
        params = object_in(message, "params")
        meta = object_in(params, "_meta")
        token = meta.get("progressToken")
        inner = {**message, "id": inner_id}
        if token is not None:
            inner["params"] = {**params, "_meta": {**meta, "progressToken": inner_id}}
        self.exchanges[inner_id] = Exchange(message["id"], token)
        self.write(inner)
        return inner_id

    def cancel(self, outer_id, notification):
        for inner_id, exchange in list(self.exchanges.items()):
            if exchange.outer_id == outer_id:
                params = {**notification["params"], "requestId": inner_id}
                self.write({**notification, "params": params})
                return

    def forget(self, inner_id):
        self.exchanges.pop(inner_id, None)

    def close(self):
        self.process.stdin.close()

    def read(self):
        for line in self.process.stdout:
            message = json.loads(line)
            if "method" in message:
                self.route_from_server(message)
            else:
                self.route_response(message, line)
        for exchange in list(self.exchanges.values()):
            exchange.messages.put(None)

    def route_response(self, message, line):
        exchange = self.exchanges.get(message.get("id"))
        if exchange is None:
            print("bridge: message for nobody:", line[:200], file=sys.stderr)
            return
        message["id"] = exchange.outer_id
        meta = object_in(object_in(message, "result"), "_meta")
        if SUBSCRIPTION_ID in meta:
            meta[SUBSCRIPTION_ID] = exchange.outer_id
        exchange.messages.put(message)

    def route_from_server(self, message):
        params = object_in(message, "params")
        meta = object_in(params, "_meta")
        by_subscription = self.exchanges.get(meta.get(SUBSCRIPTION_ID))
        by_token = self.exchanges.get(params.get("progressToken"))
        if by_subscription:
            meta[SUBSCRIPTION_ID] = by_subscription.outer_id
            by_subscription.messages.put(message)
        elif by_token:
            params["progressToken"] = by_token.outer_token
            by_token.messages.put(message)
        elif message["method"] == "notifications/message" or "id" in message:
            # Nothing in it names its request: give it to the oldest one under way.
            oldest = next(iter(list(self.exchanges.values())), None)
            (oldest.messages if oldest else self.unasked).put(message)
        else:
            self.unasked.put(message)


class Bridge(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port, command):
        super().__init__(("127.0.0.1", port), Handler)
        self.command = command
        self.sessions = {}
        self.shared_server = None
        self.shared_lock = threading.Lock()

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def shared(self):
        with self.shared_lock:
            if self.shared_server is None or not self.shared_server.is_running():
                self.shared_server = StdioServer(self.command)
            return self.shared_server

    def open_session(self):
        session_id = uuid.uuid4().hex
        self.sessions[session_id] = StdioServer(self.command)
        return session_id


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    # Answers

    def reply(self, status, message=None, headers=()):
        body = b"" if message is None else json.dumps(message).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if body:
            self.send_header("Content-Type", "application/json")
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def reply_error(self, status, code, text, request_id=None):
        message = {"jsonrpc": "2.0", "error": {"code": code, "message": text}}
        if request_id is not None:
            message["id"] = request_id
        self.reply(status, message)

    def stream(self, messages, message, until_response):
        """Send messages as events; raises ConnectionError when the client has gone."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        while message is not None:
            data = json.dumps(message).encode()
            self.write_through(b"event: message\ndata: " + data + b"\n\n")
            if until_response and "method" not in message:
                return
            message = self.next_message(messages)

    def next_message(self, messages):
        while True:
            try:
                return messages.get(timeout=0.5)
            except queue.Empty:
                self.write_through(b": keep-alive\n\n")

    def write_through(self, data):
        self.wfile.write(data)
        self.wfile.flush()

    def stream_exchange(self, server, inner_id, first):
        try:
            self.stream(server.exchanges[inner_id].messages, first, until_response=True)
        except ConnectionError:
            params = {"requestId": inner_id, "reason": "HTTP stream closed"}
            server.write(
                {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}
            )
        finally:
            server.forget(inner_id)

    # Checks; each replies itself where it answers no

    def is_local(self):
        hosts = [self.headers.get("Host", "")]
        if "Origin" in self.headers:
            hosts.append(self.headers["Origin"])
        if all(host_name(host) in LOCAL_HOSTS for host in hosts):
            return True
        self.reply_error(403, SERVER_ERROR, "forbidden host or origin")
        return False

    def session(self):
        session_id = self.headers.get("Mcp-Session-Id")
        if session_id in self.server.sessions:
            return self.server.sessions[session_id]
        self.reply_error(
            404 if session_id else 400, SERVER_ERROR, "unknown or missing session"
        )
        return None

    def headers_mirror(self, message, params, meta):
        version = meta.get(PROTOCOL_VERSION)
        name = params.get(NAMING_PARAM.get(message.get("method"), ""))
        wrong = None
        if version is not None and self.headers.get("MCP-Protocol-Version") != version:
            wrong = "MCP-Protocol-Version"
        elif not mirrors(self.headers.get("Mcp-Method"), message.get("method")):
            wrong = "Mcp-Method"
        elif name is not None and not mirrors(self.headers.get("Mcp-Name"), name):
            wrong = "Mcp-Name"
        if wrong:
            text = f"{wrong} does not match the body"
            self.reply_error(400, HEADER_MISMATCH, text, message["id"])
        return not wrong

    def is_modern(self, message, meta):
        return (
            PROTOCOL_VERSION in meta
            or CLIENT_CAPABILITIES in meta
            or self.headers.get("MCP-Protocol-Version", "") >= "2026"
            or message.get("method") == "server/discover"
        )

    # Requests

    def do_GET(self):
        server = self.session() if self.is_local() else None
        if server:
            try:
                self.stream(server.unasked, server.unasked.get(), until_response=False)
            except ConnectionError:
                pass

    def do_DELETE(self):
        server = self.session() if self.is_local() else None
        if server:
            del self.server.sessions[self.headers["Mcp-Session-Id"]]
            server.close()
            self.reply(200)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.is_local():
            return
        try:
            message = json.loads(body)
        except ValueError:
            self.reply_error(400, -32700, "Parse error")
            return
        if not isinstance(message, dict):
            self.reply_error(400, -32600, "Invalid Request")
            return
        params = object_in(message, "params")
        meta = object_in(params, "_meta")
        if self.is_modern(message, meta):
            self.post_modern(message, params, meta)
        else:
            self.post_legacy(message, params)

    def post_modern(self, message, params, meta):
        server = self.server.shared()
        if "id" not in message:
            # Over HTTP a request is cancelled by closing its stream.
            if message.get("method") != "notifications/cancelled":
                server.write(message)
            self.reply(202)
        elif self.headers_mirror(message, params, meta):
            if "method" in message:
                self.exchange(server, message, STATUS_OF_ERROR)
            else:
                server.write(message)
                self.reply(202)

    def post_legacy(self, message, params):
        if message.get("method") == "initialize":
            session_id = self.server.open_session()
            server = self.server.sessions[session_id]
            self.exchange(server, message, {}, [("Mcp-Session-Id", session_id)])
            return
        server = self.session()
        if server is None:
            return
        if "method" in message and "id" in message:
            self.exchange(server, message, {})
            return
        if message.get("method") == "notifications/cancelled":
            server.cancel(params.get("requestId"), message)
        else:
            server.write(message)
        self.reply(202)

    def exchange(self, server, message, status_of_error, headers=()):
        inner_id = server.request(message)
        first = server.exchanges[inner_id].messages.get()
        if first is None:
            self.reply_error(502, SERVER_ERROR, "server exited", message["id"])
        elif "error" in first or message["method"] == "initialize":
            server.forget(inner_id)
            code = object_in(first, "error").get("code")
            self.reply(status_of_error.get(code, 200), first, headers)
        else:
            self.stream_exchange(server, inner_id, first)


def host_name(text):
    """The host in `host:port` or `scheme://host:port`; IPv6 keeps its brackets."""
    authority = text.split("//")[-1]
    if "]" in authority:
        return authority.split("]")[0] + "]"
    return authority.rsplit(":", 1)[0]


def mirrors(header, value):
    """Whether a header says what the body says, plainly or as `=?base64?..?=`."""
    if header is None:
        return False
    if header.strip() == value:
        return True
    if not header.startswith("=?base64?"):
        return False
    return base64.b64decode(header[9:-2]).decode() == value


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=3901)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    bridge = Bridge(options.port, options.command)
    print(f"http://127.0.0.1:{bridge.server_port}/mcp", flush=True)
    bridge.serve_forever()


if __name__ == "__main__":
    main()
