"""Runs a PySpark script that travelled inside its own submission.

The server puts this file and a request (JSON, ASCII) into the driver's environment, in pieces
below Linux's 128 KiB a variable. Nothing has to be installed on the cluster, and nothing of it
stands in an argument list, a log or Spark's environment page.

request = {
    "script": path or URL as the user named it (absent when "arguments" begin with a fetched file),
    "name":   file name of a script that travelled,
    "files":  {file name: text, or {"base64": ...}}: the script and its py_files,
    "archives": [tar, gzip, base64]: the runner's package,
    "pyFiles": [names in files, or paths and URLs that the workers can read],
    "args":   sys.argv[1:],
    "conf":   secret Spark properties, which must not become -D arguments,
    "nonce":  what tells lines of ours in the driver's output from all others,
    "runner": settings of the runner (serve/session.py, serve/one_shot.py), which then runs in place of a script,
}
"""

import base64
import errno
import importlib
import io
import json
import os
import shutil
import sys
import tarfile
import threading
import time
import traceback
from urllib.parse import urlsplit

# Words of protocol.py, which is not there yet.
MARK = "mcp-spark-server#"
WORD_APPLICATION = "application"
ENVIRONMENT_LAUNCHER = "MCP_SPARK_RUNNER"
ENVIRONMENT_REQUEST = "MCP_SPARK_REQUEST_"
PACKAGE = "mcp_spark_runner"


def end_with_parent():
    """End when the driver's JVM has gone: a REST kill ends the JVM and leaves its Python child behind."""
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(143)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


def take_request():
    """Read the request and clear it from the environment, so that no child process inherits it; with
    the names of the variables that held it."""
    pieces, names = [], [ENVIRONMENT_LAUNCHER]
    while ENVIRONMENT_REQUEST + str(len(pieces)) in os.environ:
        names.append(ENVIRONMENT_REQUEST + str(len(pieces)))
        pieces.append(os.environ.pop(names[-1]))
    os.environ.pop(ENVIRONMENT_LAUNCHER, None)
    return json.loads("".join(pieces)), names


def unpack_all(request, folder):
    """Everything that was sent. On a full disk what is there makes room for the reason, which is written to a
    file in the same folder."""
    try:
        write_files(request.get("files", {}), folder)
        unpack(request.get("archives", []), folder)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        for entry in os.scandir(folder):
            if entry.is_dir():
                shutil.rmtree(entry.path, ignore_errors=True)
            elif entry.name not in ("stdout", "stderr"):
                os.remove(entry.path)
        raise OSError(error.errno, error.strerror, folder) from None


def write_files(files, folder):
    for name, content in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            if isinstance(content, dict):
                file.write(base64.b64decode(content["base64"]))
            else:
                file.write(content.encode("utf-8"))


def unpack(archives, folder):
    """The runner's package, so that it travels in a quarter of its size."""
    for archive in archives:
        with tarfile.open(fileobj=io.BytesIO(base64.b64decode(archive))) as tar:
            for member in tar:
                path = os.path.join(folder, PACKAGE, member.name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as file:
                    file.write(tar.extractfile(member).read())


def spark_context():
    """PySpark's class. Importing it takes so long that the end of the parent must be watched by then."""
    return importlib.import_module("pyspark").SparkContext


def forget_in_jvm(names):
    """The JVM, which started this process, has the request in its environment too: SQL reads it there,
    and scripts that it starts inherit it. It goes when the JVM is first spoken to."""
    context = spark_context()
    initialise = context._ensure_initialized

    def forgetful(*args, **kwargs):
        initialise(*args, **kwargs)
        context._ensure_initialized = initialise
        try:
            forget(context._jvm, names)
        except Exception as error:
            sys.stderr.write("the request is still in the environment of Spark's JVM: %s\n" % error)

    context._ensure_initialized = forgetful


def forget(jvm, names):
    """Java has its environment in a map that is made once; children get what is in it then."""
    def content(of, field, where):
        found = jvm.java.lang.Class.forName(where).getDeclaredField(field)
        found.setAccessible(True)  # Spark opens java.lang and java.util
        return found.get(of)

    shown = content(None, "theUnmodifiableEnvironment", "java.lang.ProcessEnvironment")
    environment = content(shown, "m", "java.util.Collections$UnmodifiableMap")
    for name in names:
        environment.remove(name)
    left = [name for name in names if jvm.java.lang.System.getenv(name) is not None]
    if left:
        raise RuntimeError(", ".join(left))


def set_properties(properties):
    """Set Spark properties inside the JVM, where SparkConf finds them as if given by -D."""
    context = spark_context()
    context._ensure_initialized()
    for key, value in properties.items():
        context._jvm.java.lang.System.setProperty(key, value)


def add_py_files(request, folder):
    """Bring py_files to the driver's path now, and to the executors when the context starts."""
    places = []
    for place in request.get("pyFiles", []):
        if place in request.get("files", {}):
            place = os.path.join(folder, place)
        local = place[len("file:"):].replace("//", "/", 1) if place.startswith("file:") else place
        if local.startswith("/"):
            sys.path.insert(1, os.path.dirname(local) if local.endswith(".py") else local)
            place = "file://" + local
        places.append(place)
    if not places:
        return {}
    context = spark_context()
    context._ensure_initialized()
    system = context._jvm.java.lang.System
    files = [name for name in (system.getProperty("spark.files") or "").split(",") if name]
    plain = [p[len("file://"):] if p.startswith("file://") else p for p in places]
    return {"spark.files": ",".join(files + places), "spark.submit.pyFiles": ",".join(plain)}


def announce_applications(nonce):
    """Print the id and UI address of each application, which no JSON of Spark's links to its driver."""
    context = spark_context()
    initialise = context._do_init

    def announced(self, *args, **kwargs):
        initialise(self, *args, **kwargs)
        sys.stdout.write("\n%s%s: %s %s %s\n" % (
            MARK, nonce, WORD_APPLICATION, self.applicationId, self.uiWebUrl or "-"))
        sys.stdout.flush()

    context._do_init = announced


def find_script(request, folder):
    if "name" in request:
        return os.path.join(folder, request["name"])
    script = request.get("script") or sys.argv[1]
    return script[len("file:"):].replace("//", "/", 1) if script.startswith("file:") else script


def run(path, args):
    """Run the script as Python itself would: its __file__, its sys.argv, and __main__ is it."""
    sys.argv = [path] + args
    sys.path[0] = os.path.dirname(os.path.abspath(path))
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec")
    names = sys.modules["__main__"].__dict__
    for name in [name for name in names if not name.startswith("__")]:
        del names[name]
    names.update(__file__=path, __name__="__main__")
    try:
        exec(code, names)
    except SystemExit:
        raise
    except BaseException as error:
        # The frames of this launcher would only hide the user's own.
        traceback.print_exception(type(error), error, error.__traceback__.tb_next)
        sys.stderr.flush()
        sys.exit(1)


def run_runner(settings, folder):
    """The runner's package is named apart from any module of the user's."""
    sys.path.insert(0, folder)
    settings["host"] = urlsplit(sys.argv[1]).hostname  # spark://Worker@HOST:PORT
    module = importlib.import_module("%s.serve.%s" % (PACKAGE, settings["mode"]))
    module.run(settings)


def main():
    end_with_parent()
    request, names = take_request()
    folder = os.getcwd()
    unpack_all(request, folder)
    forget_in_jvm(names)
    properties = dict(request.get("conf", {}))
    properties.update(add_py_files(request, folder))
    if properties:
        set_properties(properties)
    announce_applications(request["nonce"])
    if "runner" in request:
        run_runner(dict(request["runner"], nonce=request["nonce"]), folder)
        return
    path = find_script(request, folder)
    if not os.path.isfile(path):
        sys.exit("can't open file '%s': no such file on this worker" % path)
    run(path, request.get("args", []))


main()
