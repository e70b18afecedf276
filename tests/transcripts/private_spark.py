"""A private Spark whose daemons or supervisor are killed. Its daemons here are a few lines of Python that answer what the
server asks while it starts, so that deaths cost no JVM; tests/spark/test_local_end.py has real ones.

usage: private_spark.py SERVER_BINARY
"""

import http.server
import json
import os
import queue
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

STATE = {"status": "ALIVE", "aliveworkers": 1, "workers": [], "activeapps": [], "completedapps": [],
         "activedrivers": [], "completeddrivers": []}
REMOTE = "hdfs://n/job.py"  # is fetched by a process of its own
LONG = 20  # seconds that nothing here should take


# ---- bin/spark-class

class Page(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def do_GET(self):
        body = json.dumps({"spark": "4.3.0"} if self.path.startswith("/api/") else STATE).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def be_daemon(arguments):
    if arguments[0].endswith(".Master"):
        port = arguments[arguments.index("--webui-port") + 1]
    elif arguments[0].endswith(".HistoryServer"):
        settings = dict(line.split() for line in Path(arguments[arguments.index("--properties-file") + 1]).open())
        port = settings["spark.history.ui.port"]
        if Path(os.environ["SPARK_HOME"], "slow").exists():
            signal.signal(signal.SIGTERM, lambda *_: (time.sleep(4), os._exit(0)))
    else:
        port = 0
    http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Page).serve_forever()


def make_program(path, line):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + line)
    path.chmod(0o755)


def make_spark(folder):
    """SPARK_HOME and JAVA_HOME in one."""
    make_program(folder / "bin" / "spark-class",
                 'exec "%s" -S "%s" --daemon "$@"\n' % (sys.executable, os.path.abspath(__file__)))
    make_program(folder / "bin" / "java", "exec sleep 300\n")
    (folder / "jars").mkdir()
    (folder / "jars" / "spark-core_2.13-4.3.0.jar").touch()


# ---- the server

class Server:
    def __init__(self, binary, environment, **more):
        self.process = subprocess.Popen([binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=environment, **more)
        self.answers, self.count = queue.Queue(), 0
        self.errors = bytearray()
        threading.Thread(target=self.read, daemon=True).start()
        self.reader = threading.Thread(target=lambda: self.errors.extend(self.process.stderr.read()), daemon=True)
        self.reader.start()
        self.send("initialize", {"protocolVersion": "2025-11-25"})
        self.answer()

    def read(self):
        for line in self.process.stdout:
            message = json.loads(line)
            if "id" in message:
                self.answers.put(message)

    def send(self, method, params):
        message = {"jsonrpc": "2.0", "id": self.count, "method": method, "params": params}
        self.count += 1
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def call(self, tool, **arguments):
        self.send("tools/call", {"name": tool, "arguments": arguments})

    def answer(self):
        try:
            return self.answers.get(timeout=LONG).get("result", {})
        except queue.Empty:
            raise SystemExit("FAILED: no answer; the server has ended: %s" % self.errors.decode()) from None

    def end(self, number=None):
        if number is None:
            self.process.stdin.close()
        else:
            self.process.send_signal(number)
        self.process.wait(LONG)
        self.reader.join(LONG)
        return self.errors.decode()


def children(pid):
    found = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat=,args="], stdout=subprocess.PIPE, check=True).stdout.decode()
    rows = [line.split(None, 3) for line in found.splitlines()]
    return [(int(row[0]), row[3]) for row in rows if int(row[1]) == pid and not row[2].startswith("Z")]


def until(condition):
    end = time.monotonic() + LONG
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


failed = 0


def claim(name, is_true, told=""):
    global failed
    if not is_true:
        failed += 1
        print("FAILED: %s%s" % (name, ": " + told if told else ""))


def text_of(answer):
    return answer["content"][0]["text"]


def submit_and_kill(server, choose, file=REMOTE):
    """What a call that waits is told when a process is killed, and after how many seconds."""
    server.call("submit-spark-job", application_file=str(file), wait_seconds=15)
    drivers = []
    until(lambda: drivers or [drivers.append(pid) for supervisor, _ in children(server.process.pid)
                              for pid, line in children(supervisor) if line.startswith("sleep")] or drivers)
    if not drivers:
        raise SystemExit("FAILED: no driver has started: " + server.errors.decode())
    victim = choose(children(server.process.pid)[-1][0])
    time.sleep(0.3)
    begun = time.monotonic()
    os.kill(victim, signal.SIGKILL)
    answer = server.answer()
    return text_of(answer), time.monotonic() - begun


def worker_of(supervisor):
    return next(pid for pid, line in children(supervisor) if ".deploy.worker.Worker" in line)


def driver_of(supervisor):
    return next(pid for pid, line in children(supervisor) if line.startswith("sleep"))


def supervisors(folder):
    """Each leads a session; what it has forked leads none."""
    found = subprocess.run(["ps", "-A", "-o", "pid=,sess=,stat=,args="], stdout=subprocess.PIPE, check=True).stdout.decode()
    rows = [line.split(None, 3) for line in found.splitlines()]
    return [int(row[0]) for row in rows
            if "--private-spark %s/" % folder in row[3] and row[0] == row[1] and not row[2].startswith("Z")]


def ask(server, *others):
    """All at the same time."""
    for one in (server, *others):
        one.call("monitor-cluster", metric_type="drivers")
    answers = [one.answer() for one in (server, *others)]
    claim("servers that share are answered", not any(answer.get("isError") for answer in answers), str(answers))


def share(binary, environment, folder, spark):
    """SPARK_SESSION_SHARED, with the Python and the Spark of a virtual environment."""
    until(lambda: not supervisors(folder))
    python = folder.parent / "venv" / "bin" / "python3"
    make_program(python, "echo %s\necho %s\n" % (python, spark))
    binary = shutil.copy(binary, folder.parent)  # where no .venv of a checkout is found first, as the demo makes it
    environment = {**environment, "VIRTUAL_ENV": str(python.parents[1]), "SPARK_SESSION_SHARED": "true", "SPARK_SESSION_IDLE": "2"}
    del environment["SPARK_HOME"], environment["PYSPARK_PYTHON"]
    mine, its = os.pipe()
    first, second = [Server(binary, environment, pass_fds=[its]) for _ in range(2)]
    os.close(its)
    ask(first, second)
    found = supervisors(folder)
    claim("servers that start at once share one private Spark", len(found) == 1, str(found))
    [state] = folder.glob("*/state.json")
    claim("the Python of VIRTUAL_ENV is used", json.loads(state.read_text())["python"] == str(python))

    first.process.kill()
    second.end()
    third = Server(binary, environment)
    ask(third)
    claim("it outlives a server that was killed and one that ended", supervisors(folder) == found, str(supervisors(folder)))
    claim("it holds nothing open that they had from their host", select.select([mine], [], [], LONG)[0])
    third.call("submit-spark-job", application_file=REMOTE, wait_seconds=15)
    claim("a later server uses it", until(lambda: [line for _, line in children(found[0]) if line.startswith("sleep")]))
    os.kill(worker_of(found[0]), signal.SIGKILL)
    text = text_of(third.answer())
    claim("a later server is told of its end", text.startswith("the private Spark's worker was killed (SIGKILL)"), text)

    until(lambda: not supervisors(folder))
    ask(third)
    [found] = supervisors(folder)
    third.call("submit-spark-job", application_file=REMOTE, wait_seconds=0)
    id = third.answer()["structuredContent"]["submissionId"]
    third.end()
    time.sleep(3)
    claim("it stays while a driver runs", supervisors(folder) == [found])
    fourth = Server(binary, environment)
    fourth.call("kill-spark-job", submission_id=id)
    claim("a later server ends a job of an earlier one", not fourth.answer().get("isError"))
    errors = fourth.end()
    claim("it ends when it has rested", until(lambda: not supervisors(folder)))
    return errors


def main(binary):
    with tempfile.TemporaryDirectory() as place:
        folder, spark = Path(place, "tmp"), Path(place, "spark")
        folder.mkdir()
        make_spark(spark)
        environment = {
            "PATH": "/nowhere", "SPARK_LOCAL_IP": "10.9.9.9", "HOME": place, "TMPDIR": str(folder),
            "SPARK_HOME": str(spark), "JAVA_HOME": str(spark), "PYSPARK_PYTHON": sys.executable,
            "SPARK_MASTER": "local[1]"}
        server = Server(binary, environment)
        records = Path(place, ".local/state/mcp-spark-server/private")

        script = Path(place, "job.py")
        script.write_text("print('x')\n")
        for file, what in (script, "the driver's process"), (REMOTE, "the process that fetched its file"):
            text, _ = submit_and_kill(server, driver_of, file)
            claim("%s that was killed is told as killed" % what,
                  "Cause: %s was killed (SIGKILL): " % what in text and text.count("SIGKILL") == 1, text)

        text, seconds = submit_and_kill(server, worker_of)
        claim("a daemon that was killed is told at once", seconds < 3, "%.1f s" % seconds)
        claim("it is told which, and how", text.startswith("the private Spark's worker was killed (SIGKILL)"), text)
        claim("it is told once", text.count("SIGKILL") == 1, text)
        claim("it is told how it goes on", "The next call starts another private Spark" in text, text)
        claim("its supervisor ends", until(lambda: not children(server.process.pid)))
        claim("nothing is left of it", not list(folder.iterdir()) and not list(records.iterdir()))

        (spark / "slow").touch()  # JVMs take their time to end
        text, seconds = submit_and_kill(server, lambda supervisor: supervisor)
        (spark / "slow").unlink()
        claim("a supervisor that was killed is told at once", seconds < 3, "%.1f s" % seconds)
        claim("it is told how it ended", text.startswith("the private Spark's supervisor was killed (SIGKILL)"), text)
        left = list(folder.glob("mcp-spark-*"))
        claim("its folder is left", len(left) == 1, str(left))
        server.call("monitor-cluster", metric_type="drivers")
        claim("the next call starts another private Spark", not server.answer().get("isError"))
        claim("which removes what was left", until(lambda: left and not left[0].exists()))
        errors = server.end(signal.SIGHUP) + share(binary, environment, folder, spark)
        claim("no sanitizer has found anything", "Sanitizer" not in errors and "runtime error" not in errors, errors[-3000:])
        claim("nothing is left in the end",
              until(lambda: not list(folder.iterdir())) and until(lambda: not list(records.iterdir())))
    print("private Spark: %s" % ("%d failed" % failed if failed else "all is well"))
    return failed > 0


if sys.argv[1] == "--daemon":
    be_daemon(sys.argv[2:])
else:
    sys.exit(main(sys.argv[1]))
