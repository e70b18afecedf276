"""What another user of the machine finds of a private Spark: pages, but nothing that runs a program."""

import functools
import http.server
import json
import os
import re
import signal
import socket
import stat
import subprocess
import tempfile
import threading
import time
import uuid
from pathlib import Path

import pytest

import client
import processes

JOBS = Path(__file__).parent / "jobs"
SLEEP = "import time\nprint('begun', flush=True)\ntime.sleep(300)\n"
FAIL = "raise ValueError('on purpose')\n"
JAR_SECRET = "jar-secret-" + uuid.uuid4().hex


class Doors:
    pass


def own_processes(server):
    return processes.descendants(server.pid) | processes.with_text("TEST_TOKEN=" + server.token, "environ")


def ports(pids):
    """Every port at which one of the processes accepts connections."""
    inodes = set()
    for pid in pids:
        try:
            inodes |= {os.readlink("/proc/%d/fd/%s" % (pid, fd)) for fd in os.listdir("/proc/%d/fd" % pid)}
        except OSError:
            pass
    found = set()
    for table in ("tcp", "tcp6"):
        for row in Path("/proc/net/" + table).read_text().splitlines()[1:]:
            cells = row.split()
            if cells[3] == "0A" and "socket:[%s]" % cells[9] in inodes:
                found.add(int(cells[1].rpartition(":")[2], 16))
    return found


def post(port, content_type, mark):
    """A submission that would leave a file, as a web page could send it; gives what was answered."""
    request = {"action": "CreateSubmissionRequest", "clientSparkVersion": "", "appResource": "",
               "mainClass": "org.apache.spark.deploy.PythonRunner", "environmentVariables": {},
               "appArgs": ["-c", "", "open(%r, 'w')" % str(mark)], "sparkProperties": {"spark.app.name": "intruder"}}
    body = json.dumps(request).encode()
    return say(port, b"POST /v1/submissions/create HTTP/1.0\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (
        content_type.encode(), len(body), body))


def say(port, data):
    """What a port answers, for a moment: not all of them speak HTTP."""
    answer = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=3) as wire:
            wire.sendall(data)
            while piece := wire.recv(65536):
                answer += piece
    except OSError:
        pass
    return answer.decode(errors="replace")


@pytest.fixture(scope="module")
def doors(python, spark_home, jar, write_script, tmp_path_factory):
    run = Doors()
    run.mark = tmp_path_factory.mktemp("mark") / "intruder-was-here"
    run.home, run.python = spark_home, python
    with client.Server({"PYSPARK_PYTHON": python, "SPARK_MASTER": "local[2]", "SPARK_EXECUTOR_MEMORY": "600m"}) as server:
        run.rows = client.rows(server.call("execute-sql", sql="SELECT 1 + 1 AS two"))
        sleeping = server.submit(write_script("sleep.py", SLEEP), driver_memory="300m", wait_seconds=8)
        run.jar_job = server.submit(jar, **{"class": "example.CountWords"}, driver_memory="600m", wait_seconds=120, num_executors=1,
                                    conf={"spark.some.password": JAR_SECRET, "spark.executor.memory": "600m"},
                                    args=["of the words the"])
        run.failed = server.submit(write_script("fail.py", FAIL), driver_memory="300m", wait_seconds=60)
        server.monitor("applications")  # the history server
        run.pids = own_processes(server)
        run.folder = next(Path(name) for pid in run.pids for name in re.findall(
            re.escape(tempfile.gettempdir()) + r"/mcp-spark-\w{6}(?=/)", processes.read(pid, "cmdline").decode(errors="replace")))
        run.modes = {path.relative_to(run.folder).as_posix(): path.lstat() for path in run.folder.rglob("*")}
        run.modes["."] = run.folder.lstat()
        run.secret = re.search(r"spark.authenticate.secret (\w+)", (run.folder / "daemons.conf").read_text()).group(1)
        run.arguments = {pid: processes.read(pid, "cmdline") for pid in run.pids}
        run.logs = {path: path.read_bytes() for path in run.folder.rglob("*")
                    if path.is_file() and (path.suffix == ".log" or path.name in ("stdout", "stderr") or "events" in path.parts)}
        run.ports = ports(run.pids)
        run.posts = {(port, kind): post(port, kind, run.mark)
                     for port in run.ports for kind in ("application/json", "text/plain")}
        run.calls = {port: say(port, b"c\nz:java.lang.System\nnanoTime\ne\n") for port in run.ports}
        run.overview = server.monitor()
        run.master = run.overview.data["cluster"]["master"]
        run.pages = "".join(say(port, b"GET %s HTTP/1.0\r\n\r\n" % path) for port in run.ports
                            for path in (b"/", b"/json/", b"/environment/"))
        run.intruders = [intrude(run, way) for way in (by_client, by_application)]
        run.drivers = server.monitor("drivers")
        run.log = server.monitor("logs", submission_id=sleeping.data["submissionId"])
        run.killed = server.kill(sleeping.data["submissionId"])
        time.sleep(3)
        run.came_in = run.mark.exists()
    return run


def by_client(run):
    """Spark's own client of the master's RPC; it needs a URL that looks like a jar."""
    return [str(run.home / "bin/spark-class"), "org.apache.spark.deploy.Client", "launch", run.master,
            "file:/tmp/none.jar", "org.apache.spark.deploy.PythonRunner", "-c", "", "open(%r, 'w')" % str(run.mark)]


def by_application(run):
    return [run.python, "-c", "from pyspark import SparkContext\n"
            "SparkContext(%r, 'intruder').range(1).foreach(lambda _: open(%r, 'w'))" % (run.master, str(run.mark))]


def intrude(run, way):
    environment = {"PATH": os.environ["PATH"], "SPARK_HOME": str(run.home), "SPARK_LOCAL_IP": "127.0.0.1"}
    with tempfile.TemporaryFile("w+") as output:
        try:
            code = subprocess.run(way(run), env=environment, stdout=output, stderr=output, timeout=40).returncode
        except subprocess.TimeoutExpired:
            code = None  # it still tries
        output.seek(0)
        return code, output.read()


# Others

def test_no_port_takes_a_submission(doors):
    assert len(doors.ports) >= 5  # master and worker, their pages, the history server
    taken = {key: answer for key, answer in doors.posts.items() if "submissionId" in answer}
    assert not taken
    assert not doors.came_in


def test_no_port_lets_python_into_a_jvm_without_its_token(doors):
    """The way in of PySpark itself: a call that succeeds is answered with !y."""
    assert not {port: answer for port, answer in doors.calls.items() if answer.startswith("!y")}


def test_rpc_without_the_secret_is_refused(doors):
    for code, output in doors.intruders:
        assert code != 0, output[-2000:]
        assert "SaslMessage" in output, output[-2000:]


def test_master_knows_of_no_intruder(doors):
    assert "intruder" not in doors.overview.text
    assert "intruder" not in doors.drivers.text


def test_socket_and_folder_are_this_users_alone(doors):
    assert stat.S_ISSOCK(doors.modes["door"].st_mode)
    assert stat.S_IMODE(doors.modes["door"].st_mode) == 0o600
    assert stat.S_IMODE(doors.modes["."].st_mode) == 0o700


def test_files_with_secrets_are_this_users_alone(doors):
    files = [name for name in doors.modes if name.endswith((".args", "daemons.conf"))]
    assert len(files) >= 3
    assert {stat.S_IMODE(doors.modes[name].st_mode) for name in files} == {0o600}


def test_secrets_stand_in_no_arguments(doors):
    for pid, line in doors.arguments.items():
        assert doors.secret.encode() not in line, pid
        assert JAR_SECRET.encode() not in line, pid


def test_secret_of_the_rpc_stands_in_no_log_and_on_no_page(doors):
    assert [str(path) for path, text in doors.logs.items() if doors.secret.encode() in text] == []
    assert "ALIVE" in doors.pages
    assert doors.secret not in doors.pages


# This user

def test_sql_runs(doors):
    assert doors.rows == [[2]]


def test_jar_runs_without_a_warning_of_its_secrets(doors):
    assert doors.jar_job.data["state"] == "FINISHED", doors.jar_job.text
    assert "-D argument" not in doors.jar_job.text


def test_failure_has_its_cause(doors):
    assert doors.failed.data["state"] == "FAILED", doors.failed.text
    assert "on purpose" in doors.failed.data["exitCause"]


def test_drivers_are_listed_with_their_states(doors):
    states = {row["state"] for row in doors.drivers.data["drivers"]}
    assert {"RUNNING", "FINISHED", "FAILED"} <= states


def test_log_of_a_running_job_is_shown(doors):
    assert "begun" in doors.log.data["log"]["text"]


def test_running_job_is_killed(doors):
    assert (doors.killed.data["killed"], doors.killed.data["state"]) == (True, "KILLED")


# The door itself

class Door:
    """A supervisor's socket, spoken to by hand."""

    def __init__(self, path):
        self.path = path

    def send(self, data, seconds=30):
        with socket.socket(socket.AF_UNIX) as wire:
            wire.settimeout(seconds)
            wire.connect(str(self.path))
            wire.sendall(data)
            answer = b""
            while piece := wire.recv(65536):
                answer += piece
        return answer

    def ask(self, method, path, body=b""):
        head, _, text = self.send(b"%s %s HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (
            method.encode(), path.encode(), len(body), body)).partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(text)


@pytest.fixture(scope="module")
def door(python, tmp_path_factory):
    """A supervisor alone, as the server starts it."""
    folder = Path(tempfile.mkdtemp(prefix="mcp-spark-"))
    environment = {"PATH": os.environ["PATH"], "PYSPARK_PYTHON": python}
    process = subprocess.Popen([client.BINARY, "--private-spark", str(folder), "1", "0"], stdin=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=environment, start_new_session=True, text=True)
    try:
        assert processes.wait_until((folder / "state.json").exists, 60)
        yield Door(folder / "door")
        assert process.poll() is None, process.stderr.read()
    finally:
        process.stdin.close()
        process.wait(30)
        client.check_stderr(process.stderr.read())
    assert not folder.exists()


def submission(code, **properties):
    return json.dumps({
        "action": "CreateSubmissionRequest", "clientSparkVersion": "", "appResource": "", "environmentVariables": {},
        "mainClass": "org.apache.spark.deploy.PythonRunner", "appArgs": ["-c", "", code],
        "sparkProperties": {"spark.app.name": "x", "spark.driver.memory": "300m", **properties}}).encode()


def state_after(door, id, wanted, seconds=60):
    ask = lambda: door.ask("GET", "/v1/submissions/status/" + id)[1].get("driverState") == wanted
    return processes.wait_until(ask, seconds)


def log(door, id, name="stdout", query=""):
    answer = door.send(b"GET /log/?driverId=%s&logType=%s%s HTTP/1.1\r\n\r\n" % (id.encode(), name.encode(), query.encode()))
    return answer.partition(b"\r\n\r\n")[2].decode(errors="replace")


def test_driver_that_does_not_exist_tells_the_version(door, spark_home):
    status, answer = door.ask("GET", "/v1/submissions/status/x")
    assert (status, answer["success"]) == (200, False)
    assert list(spark_home.glob("jars/spark-core_*-%s.jar" % answer["serverSparkVersion"]))


@pytest.mark.parametrize("body", [
    b"", b"{}", b"[]", b"nonsense", b"\xff\xfe", b"[" * 100000,
    submission("").replace(b'["-c"', b'[1'), submission("").replace(b'"appArgs"', b'"appargs"'),
    submission("").replace(b'"x"', b'null')])
def test_malformed_submission_is_refused(door, body):
    assert door.ask("POST", "/v1/submissions/create", body)[0] == 400


@pytest.mark.parametrize("bytes", [
    b"\r\n\r\n", b"\0\r\n\r\n", b"GET\r\n\r\n", b"x" * 20000, b"GET / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"\x16\x03\x01\r\n\r\n"])
def test_what_is_no_request_gets_400(door, bytes):
    assert door.send(bytes).startswith(b"HTTP/1.1 400 ")


def test_other_pages_are_not_found(door):
    assert door.ask("GET", "/")[0] == 404
    assert door.ask("GET", "/v1/submissions/create")[0] == 404
    assert door.ask("POST", "/drivers")[0] == 404


def test_log_of_another_file_is_refused(door):
    for id, name in (("../..", "state.json"), ("x", "stdout"), ("", "stdout"), ("%2e%2e", "door")):
        assert "Error: invalid log directory" in log(door, id, name)


def test_idle_connections_keep_nobody_out(door):
    idle = [socket.socket(socket.AF_UNIX) for _ in range(40)]
    try:
        for wire in idle:
            wire.connect(str(door.path))
        begun = time.monotonic()
        assert door.ask("GET", "/drivers")[0] == 200
        assert time.monotonic() - begun < 25  # idle ones are hung up on
    finally:
        for wire in idle:
            wire.close()


def test_pieces_of_a_log_are_given_by_offset(door):
    id = door.ask("POST", "/v1/submissions/create", submission("print('0123456789' * 3)"))[1]["submissionId"]
    assert state_after(door, id, "FINISHED")
    assert log(door, id, query="&offset=5&byteLength=10").splitlines()[1] == "5678901234"
    assert log(door, id, query="&byteLength=6").endswith("\n56789\n")
    assert log(door, id, query="&offset=999999").startswith("==== Bytes 31-31 of 31 of ")


def test_file_that_is_not_there_is_an_error_of_the_driver(door):
    body = submission("").replace(b'"appResource": ""', b'"appResource": "file:/no/such.jar"')
    id = door.ask("POST", "/v1/submissions/create", body)[1]["submissionId"]
    status = door.ask("GET", "/v1/submissions/status/" + id)[1]
    assert status["driverState"] == "ERROR"
    assert "NoSuchFileException: /no/such.jar" in status["message"]


@pytest.fixture
def web(tmp_path):
    (tmp_path / "x.py").write_text("# fetched\n")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        yield "http://127.0.0.1:%d" % web.server_address[1]
        web.shutdown()


def with_resource(url):
    body = submission("import sys; print(open(sys.argv[1]).read())")
    body = body.replace(b'"appResource": ""', b'"appResource": "%s"' % url.encode())
    return body.replace(b'.read())"]', b'.read())", "{{USER_JAR}}"]')


def test_url_is_fetched_first(door, web):
    id = door.ask("POST", "/v1/submissions/create", with_resource(web + "/x.py"))[1]["submissionId"]
    assert state_after(door, id, "FINISHED"), log(door, id, "stderr")
    assert "# fetched" in log(door, id)


def test_url_that_cannot_be_fetched_is_an_error_of_the_driver(door, web):
    id = door.ask("POST", "/v1/submissions/create", with_resource(web + "/none.py"))[1]["submissionId"]
    assert state_after(door, id, "ERROR"), log(door, id, "stderr")
    assert "none.py" in log(door, id, "stderr")


def test_supervised_driver_is_launched_again(door, tmp_path):
    once = tmp_path / "once"
    code = "import os, sys\nif not os.path.exists(%r):\n    open(%r, 'w').close(); sys.exit(3)\nprint('second')" % ((str(once),) * 2)
    id = door.ask("POST", "/v1/submissions/create", submission(code, **{"spark.driver.supervise": "true"}))[1]["submissionId"]
    assert state_after(door, id, "FINISHED")
    assert "second" in log(door, id)


def test_driver_that_does_not_heed_sigterm_is_killed(door):
    code = "import os, time\nprint(os.getppid(), flush=True)\ntime.sleep(100)"
    id = door.ask("POST", "/v1/submissions/create", submission(code))[1]["submissionId"]
    assert processes.wait_until(lambda: log(door, id).partition("\n")[2], 60)
    os.kill(int(log(door, id).partition("\n")[2]), signal.SIGSTOP)
    assert door.ask("POST", "/v1/submissions/kill/" + id)[1]["success"]
    assert not state_after(door, id, "KILLED", 5)
    assert state_after(door, id, "KILLED", 15)
    assert not door.ask("POST", "/v1/submissions/kill/" + id)[1]["success"]
