"""submit-spark-job: what runs where, what reaches it, what is refused."""

import functools
import hashlib
import http.server
import json
import re
import threading
import time
import uuid
import zipfile
from pathlib import Path

import pytest

import client
import processes

JOBS = Path(__file__).parent / "jobs"
SECRET_KEY = "spark.hadoop.fs.s3a.secret.key"
TOKEN_KEY = "spark.hadoop.fs.s3a.session.token"
ARGS = ["a b", "it's \"quoted\"", "$HOME", "; exit 1", "ünï → ☃ 𝄞", "", "back\\slash", "two\nlines", "*",
        "{{USER_JAR}}", "--conf", "%d"]


def output_of(cluster, answer):
    """The driver's stdout as its worker has it on disk."""
    return (cluster.work / answer.data["submissionId"] / "stdout").read_text(errors="replace")


def observed(cluster, answer):
    lines = re.findall(r"^OBSERVED (.*)$", output_of(cluster, answer), re.M)
    assert lines, "the job has printed nothing; the answer was: %s" % answer.text
    return json.loads(lines[-1])


class Watch(threading.Thread):
    """Looks at the processes and at the master again and again while a job runs."""

    def __init__(self, cluster, secrets):
        super().__init__(daemon=True)
        self.cluster, self.secrets = cluster, [secret.encode() for secret in secrets]
        self.known, self.done = set(cluster_applications(cluster)), False
        self.exposed, self.cmdlines, self.executors, self.application, self.pages = set(), 0, [], None, []

    def run(self):
        turn = 0
        while not self.done:
            for pid in processes.all_pids():
                cmdline = processes.read(pid, "cmdline")
                self.cmdlines += 1
                if any(secret in cmdline for secret in self.secrets):
                    self.exposed.add(cmdline.decode(errors="replace")[:300])
            turn += 1
            if turn % 10 == 0:
                self.look_at_master()
            time.sleep(0.03)

    def look_at_master(self):
        state = self.cluster.state()
        self.pages.append(json.dumps(state))
        for app in state.get("activeapps", []):
            if app["id"] not in self.known:
                self.application = app
                executors = self.cluster.executors_of(app["id"])
                self.executors = max(self.executors, executors, key=len)

    def stop(self):
        self.done = True
        self.join()


def cluster_applications(cluster):
    state = cluster.state()
    return [app["id"] for app in state.get("activeapps", []) + state.get("completedapps", [])]


# One job that does a lot, seen from every side.

class Travelled:
    pass


@pytest.fixture(scope="module")
def travelled(cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("beside")
    script = folder / "observe.py"
    script.write_text((JOBS / "observe.py").read_text())
    helper = folder / "helper.py"
    helper.write_text("def thrice(x):\n    return 3 * x\n")
    shapes = folder / "shapes.zip"
    with zipfile.ZipFile(shapes, "w") as file:
        file.writestr("shapes/__init__.py", "")
        file.writestr("shapes/square.py", "def area(x):\n    return x * x\n")

    run = Travelled()
    run.folder, run.secret, run.token = folder, "hush/%s+=" % uuid.uuid4().hex, "hush-" + uuid.uuid4().hex
    run.secrets = [run.secret, run.token]
    run.watch = Watch(cluster, run.secrets)
    environment = cluster.environment()
    environment["SPARK_CONF"] += ",%s=%s" % (TOKEN_KEY, run.token)
    environment["MCP_SPARK_LOG_LEVEL"] = "debug"  # so that stderr holds all that it can hold
    with client.Server(environment) as server:
        run.watch.start()
        run.answer = server.submit(
            script, args=ARGS + [20, 1.5, True], py_files=[str(helper), str(shapes)], name="observing",
            executor_memory="700m", executor_cores=1, num_executors=2, driver_memory="768m",
            conf={SECRET_KEY: run.secret, "spark.test.colour": "blue $x; 'y'", "spark.test.number": 7,
                  "spark.test.flag": True},
            environment={"TEST_MARK": "seen it", "WANTED_EXECUTORS": "2"}, wait_seconds=90)
        run.watch.stop()
        run.stderr = server.stderr()
        run.job_now = server.monitor(submission_id=run.answer.data["submissionId"])
        run.applications_now = server.monitor("applications")
    run.seen = observed(cluster, run.answer)
    run.id = run.answer.data["submissionId"]
    return run


@pytest.mark.core
def test_script_that_is_only_beside_the_server_runs_to_its_end(travelled):
    assert (travelled.answer.data["state"], travelled.answer.data["finished"]) == ("FINISHED", True)


@pytest.mark.core
def test_python_job_is_an_application_of_the_master(travelled, cluster):
    assert travelled.seen["master"] == cluster.url
    assert cluster.application(travelled.seen["application"])["name"] == "observing"


@pytest.mark.core
def test_answer_names_the_application(travelled):
    assert travelled.answer.data["applicationId"] == travelled.seen["application"]


def test_answer_names_the_worker(travelled, cluster):
    assert travelled.answer.data["worker"]


def test_answer_links_to_a_page_about_the_application(travelled, cluster):
    assert travelled.seen["application"] in travelled.answer.data["ui"]


def test_travelled_script_runs_in_its_driver_folder(travelled, cluster):
    assert travelled.seen["file"] == str(cluster.work / travelled.id / "observe.py")


def test_travelled_script_is_main(travelled):
    assert travelled.seen["name"] == "__main__"


def test_argv_begins_with_the_script(travelled):
    assert travelled.seen["argv"][0] == travelled.seen["file"]


def test_folder_of_the_script_is_first_in_the_path(travelled, cluster):
    assert travelled.seen["path"] == str(cluster.work / travelled.id)


@pytest.mark.core
def test_args_arrive_unchanged(travelled):
    assert travelled.seen["argv"][1:1 + len(ARGS)] == ARGS


def test_numbers_and_booleans_arrive_as_json_writes_them(travelled):
    assert travelled.seen["argv"][1 + len(ARGS):] == ["20", "1.5", "true"]


def test_environment_reaches_the_driver(travelled):
    assert travelled.seen["environment"] == "seen it"


def test_texts_have_one_hash_on_the_driver_and_the_executors(travelled):
    """PYTHONHASHSEED, as bin/spark-submit sets it: without it Spark refuses."""
    assert travelled.seen["byText"] == [1]


def test_request_is_not_left_in_the_environment(travelled):
    assert travelled.seen["leftOver"] == []


def test_py_file_is_imported_on_the_driver_from_where_it_travelled(travelled, cluster):
    assert Path(travelled.seen["helper"]).is_relative_to(cluster.folder)


def test_py_files_are_imported_on_the_executors(travelled):
    assert [row[:2] for row in travelled.seen["imported"]] == [[3 * x, x * x] for x in range(8)]


def test_py_files_on_the_executors_are_not_the_originals(travelled):
    places = {place for row in travelled.seen["imported"] for place in row[2:]}
    assert not [place for place in places if place.startswith(str(travelled.folder))]


def test_function_of_the_script_runs_on_the_executors(travelled):
    assert travelled.seen["function"] == [2 * x for x in range(8)]


def test_class_of_the_script_comes_back_from_the_executors(travelled):
    assert travelled.seen["class"] is True


def test_class_of_the_script_can_be_pickled(travelled):
    assert travelled.seen["pickled"] is True


@pytest.mark.core
def test_num_executors_start_and_no_more(travelled):
    assert (len(travelled.watch.executors), travelled.seen["executors"]) == (2, 2)


def test_executors_have_the_memory_that_was_asked(travelled):
    assert travelled.watch.application["memoryperexecutor"] == 700
    assert [executor["memory"] for executor in travelled.watch.executors] == [700, 700]


def test_application_has_the_cores_that_were_asked(travelled):
    assert travelled.watch.application["cores"] == 2


def test_driver_has_the_memory_that_was_asked(travelled, cluster):
    assert cluster.driver(travelled.id)["memory"] == 768


def test_conf_reaches_the_application(travelled):
    assert travelled.seen["conf"] == {
        "spark.test.colour": "blue $x; 'y'", "spark.test.number": "7", "spark.test.flag": "true"}


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.core
def test_secret_conf_reaches_a_python_job(travelled):
    assert travelled.seen["secret"] == digest(travelled.secret)


def test_secret_of_the_configuration_reaches_a_python_job(travelled):
    assert travelled.seen["token"] == digest(travelled.token)


@pytest.mark.core
def test_secret_conf_stands_in_no_process_list(travelled):
    assert travelled.watch.cmdlines > 1000
    assert travelled.watch.exposed == set()


def test_secret_conf_stands_in_no_log_and_no_event_log(travelled, cluster):
    forms = [secret.encode() for secret in travelled.secrets]
    forms.append(travelled.secret.replace("/", "\\/").encode())  # as some writers of JSON have it
    logs = cluster.written_logs()
    assert any(travelled.id in str(path) for path in logs)
    assert [str(path) for path, text in logs.items() if any(form in text for form in forms)] == []


def test_secret_conf_stands_on_no_page_of_the_master(travelled):
    assert travelled.watch.pages
    assert not [page for page in travelled.watch.pages if any(secret in page for secret in travelled.secrets)]


def test_secret_conf_stands_in_no_answer(travelled):
    for answer in (travelled.answer, travelled.job_now, travelled.applications_now):
        assert not [secret for secret in travelled.secrets if secret in answer.everything()]


def test_secret_conf_does_not_stand_in_the_servers_stderr(travelled):
    assert "debug" in travelled.stderr
    assert not [secret for secret in travelled.secrets if secret in travelled.stderr]


@pytest.mark.core
def test_progress_tells_the_application(travelled):
    assert [m for m in travelled.answer.messages if travelled.seen["application"] in m], travelled.answer.messages


def test_progress_tells_how_many_tasks_are_done(travelled):
    told = [m for m in travelled.answer.messages if re.search(r"\d+ (of|/) ?8\b.*task|task.*\d+ ?(of|/) ?8\b", m)]
    assert told, "\n".join(travelled.answer.messages) + travelled.stderr[-20000:]


def test_answer_holds_the_last_lines_of_the_output(travelled):
    assert "OBSERVED" in travelled.answer.data["output"]


def test_answer_leaves_out_the_launchers_own_line(travelled):
    assert "mcp-spark-server#" not in travelled.answer.data["output"]


def test_finished_job_has_no_exit_cause(travelled):
    assert "exitCause" not in travelled.answer.data


# The other ways to name a script.

@pytest.fixture(scope="module")
def named(cluster, server, tmp_path_factory):
    """The same script by a path on the worker and by a URL, at the same time."""
    folder = tmp_path_factory.mktemp("on worker")
    script = folder / "where.py"
    script.write_text((JOBS / "where.py").read_text())
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            super().do_GET()

        def log_message(self, *args):
            pass

    web = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    threading.Thread(target=web.serve_forever, daemon=True).start()
    try:
        url = "http://127.0.0.1:%d/where.py" % web.server_address[1]
        futures = {
            "path": server.start("submit-spark-job", application_file="file:%s" % script,
                                 args=["x y", ""], num_executors=1, wait_seconds=90),
            "url": server.start("submit-spark-job", application_file=url, args=["x y", ""],
                                num_executors=1, wait_seconds=90)}
        answers = {way: future.result() for way, future in futures.items()}
    finally:
        web.shutdown()
        web.server_close()
    return {"answers": answers, "script": script, "asked": asked,
            "seen": {way: observed(cluster, answer) for way, answer in answers.items()}}


def test_script_on_the_workers_path_runs_where_it_lies(named):
    assert named["answers"]["path"].data["state"] == "FINISHED"
    assert named["seen"]["path"]["file"] == str(named["script"])


def test_script_by_url_is_fetched_by_the_worker(named, cluster):
    assert named["answers"]["url"].data["state"] == "FINISHED"
    assert named["asked"] and set(named["asked"]) == {"/where.py"}
    assert Path(named["seen"]["url"]["file"]).is_relative_to(cluster.work)


@pytest.mark.parametrize("way", ["path", "url"])
def test_script_named_by(way, named, cluster):
    seen = named["seen"][way]
    assert (seen["master"], seen["argv"][1:]) == (cluster.url, ["x y", ""])


def test_defaults_of_the_configuration_hold(named, cluster):
    app = cluster.application(named["seen"]["path"]["application"])
    assert (app["name"], app["memoryperexecutor"]) == ("mcp-spark-app", 600)
    assert named["seen"]["path"]["conf"]["spark.serializer"] == "org.apache.spark.serializer.KryoSerializer"
    assert named["seen"]["path"]["conf"]["spark.sql.warehouse.dir"].endswith("/tmp/spark-warehouse")


@pytest.fixture(scope="module")
def counted(cluster, server, jar):
    return server.submit(
        jar, **{"class": "example.CountWords"}, args=["a b", "$HOME; x", "it's \"q\"", "", "last"],
        conf={"spark.test.colour": "green", "spark.test.password": "hush-jar"}, num_executors=1,
        wait_seconds=90)


@pytest.mark.core
def test_jar_runs_with_its_classes_on_the_executors(counted, cluster):
    assert counted.data["state"] == "FINISHED", counted.text
    assert "words: 6\nletters: 13\n" in output_of(cluster, counted)


def test_jar_is_an_application_of_the_master(counted, cluster):
    assert cluster.application(counted.data["applicationId"])


def test_jar_gets_its_args_unchanged(counted, cluster):
    lines = [line[5:] for line in output_of(cluster, counted).splitlines() if line.startswith("arg: ")]
    assert lines == ["a b", "$HOME; x", "it's \"q\"", "", "last"]


def test_jar_gets_its_conf(counted, cluster):
    assert "conf: green\n" in output_of(cluster, counted)


def test_secret_conf_of_a_jar_is_warned_of_by_its_name(counted):
    assert [warning for warning in counted.data["warnings"] if "spark.test.password" in warning]
    assert "hush-jar" not in counted.everything()


def test_jar_without_class_is_refused(server, jar):
    answer = server.submit(jar)
    assert answer.is_error and "class" in answer.text


@pytest.mark.maven
def test_packages_reach_driver_and_executors(server, cluster, write_script):
    script = write_script("gson.py", """
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("driver", spark._jvm.com.google.gson.Gson().toJson("x"))
print("jars", [f for f in spark.sparkContext.getConf().get("spark.jars", "").split(",") if "gson" in f])
""")
    answer = server.submit(script, packages=["com.google.code.gson:gson:2.10.1"], num_executors=1, wait_seconds=200)
    assert answer.data["state"] == "FINISHED", answer.text
    assert 'driver "x"' in output_of(cluster, answer)


# What is refused before anything is sent.

def all_drivers(cluster):
    state = cluster.state()
    return {driver["id"] for driver in state["activedrivers"] + state["completeddrivers"]}


@pytest.mark.parametrize("field, value", [
    ("executor_memory", "lots"), ("driver_memory", "1.5g"), ("executor_cores", 0), ("wait_seconds", -1),
    ("args", "one"), ("conf", {"spark.x": ["list"]})])
def test_bad_value_is_refused_by_name_and_nothing_is_sent(field, value, server, cluster):
    before = all_drivers(cluster)
    answer = server.submit(JOBS / "where.py", **{field: value})
    assert answer.is_error and field in answer.text
    assert all_drivers(cluster) == before


def test_unknown_argument_is_refused_with_the_nearest_name(server):
    answer = server.submit(JOBS / "where.py", excutor_memory="1g")
    assert answer.is_error and "executor_memory" in answer.text


def test_file_of_another_kind_is_refused(server):
    answer = server.submit("/etc/hostname")
    assert answer.is_error and ".py" in answer.text and ".jar" in answer.text


def test_r_is_refused_clearly_where_sparkr_is_absent(server, write_script):
    answer = server.submit(write_script("job.R", "library(SparkR)\n"), wait_seconds=40)
    assert answer.is_error or answer.data["state"] in ("FAILED", "ERROR")
    assert "SparkR" in answer.text
