"""A real S3-compatible server: moto's, from PyPI, in a virtual environment of its own.

It checks signatures, as S3 does, of Hadoop's newer clients (it reckons those of the older ones otherwise than they do). Before it
stands a door that knows the right key and can answer in its place.
"""

import contextlib
import http.client
import json
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode

import maven
from cluster import free_port
from hdfs import is_open, wait_until

MOTO = "moto[s3,iam,server]==5.2.5"
ALL = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
ERROR = "<Error><Code>%s</Code><Message>%s</Message><RequestId>1</RequestId></Error>"
UNKNOWN_KEY = ERROR % ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
SLOW_DOWN = 503, ERROR % ("SlowDown", "Please reduce your request rate.")
OTHER_REGION = 400, ERROR % (
    "AuthorizationHeaderMalformed",
    "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-central-1'")


def program():
    folder = maven.KEPT / "moto"
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(folder / "bin" / "pip"), "install", "-q", MOTO], check=True)
        (folder / "ready").touch()
    return str(folder / "bin" / "moto_server")


class S3:
    """What is behind s3a://: endpoint is what Spark is told; key and secret are of a user who may do all."""

    def __init__(self, folder, hadoop):
        self.folder, self.port, self.process, self.door = folder, free_port(), None, None
        self.checks_signatures = not hadoop.startswith("3.3.")

    def start(self, *buckets):
        with open(self.folder / "moto.log", "ab") as log:
            self.process = subprocess.Popen([program(), "-H", "127.0.0.1", "-p", str(self.port)], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, start_new_session=True)
        wait_until(lambda: is_open("127.0.0.1", self.port), "moto")
        for bucket in buckets:
            self._ask("PUT", "/" + bucket)
        self._iam("CreateUser")
        told = self._iam("CreateAccessKey")
        self._iam("PutUserPolicy", PolicyName="all", PolicyDocument=json.dumps(ALL))
        self.key, self.secret = (re.search("<%s>(.*?)</" % name, told).group(1) for name in ("AccessKeyId", "SecretAccessKey"))
        self._check_keys(True)
        self.door = Door(self.port, self.key)
        self.endpoint = "http://127.0.0.1:%d" % self.door.server_port

    def stop(self):
        if self.door is not None:
            self.door.shutdown()
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)

    def names(self, bucket, prefix=""):
        """The keys of its objects."""
        return re.findall("<Key>(.*?)</Key>", self.as_administrator("GET", "/%s?list-type=2&prefix=%s" % (bucket, prefix)))

    def uploads(self, bucket):
        """The keys of uploads that were begun and neither completed nor ended."""
        return re.findall("<Key>(.*?)</Key>", self.as_administrator("GET", "/%s?uploads" % bucket))

    def put(self, bucket, key, body):
        self.as_administrator("PUT", "/%s/%s" % (bucket, key), body)

    def as_administrator(self, method, path, body=None):
        self._check_keys(False)
        try:
            return self._ask(method, path, body)
        finally:
            self._check_keys(True)

    def _check_keys(self, is_wanted):
        count = "0" if is_wanted and self.checks_signatures else "inf"  # of requests that are let through
        self._ask("POST", "/moto-api/reset-auth", count, {"Content-Type": "text/plain"})

    def _iam(self, action, **parameters):
        form = urlencode({"Action": action, "Version": "2010-05-08", "UserName": "spark", **parameters})
        return self._ask("POST", "/", form, {"Content-Type": "application/x-www-form-urlencoded", "Authorization": (
            "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=x")})

    def _ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status >= 300:
            raise RuntimeError("%s %s: %d %s" % (method, path, answer.status, text))
        return text


class Door(ThreadingHTTPServer):
    """Passes requests on to moto. answering(...) lets it say something itself."""

    def __init__(self, port, key):
        super().__init__(("127.0.0.1", 0), Passer)
        self.behind, self.key, self.own, self.count = port, key, None, 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @contextlib.contextmanager
    def answering(self, status, body, first=10**9):
        """To this many requests; the others pass."""
        self.own, self.left, self.count = (status, body), first, 0
        yield
        self.own = None


class Passer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def pass_on(self):
        door = self.server
        door.count += 1
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if door.own and door.left > 0:
            door.left -= 1
            return self.reply(door.own[0], [("Content-Type", "application/xml")], door.own[1].encode())
        if "Credential=%s/" % door.key not in self.headers.get("Authorization", ""):
            return self.reply(403, [("Content-Type", "application/xml")], UNKNOWN_KEY.encode())
        connection = http.client.HTTPConnection("127.0.0.1", door.behind, timeout=60)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        self.reply(answer.status, answer.getheaders(), answer.read())
        connection.close()

    def reply(self, status, headers, body):
        self.send_response_only(status)
        given = {name.lower(): value for name, value in headers}
        length = given.get("content-length", "0") if self.command == "HEAD" else str(len(body))
        for name, value in headers:
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = pass_on
