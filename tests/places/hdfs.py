"""A real HDFS: a NameNode and a DataNode of Hadoop's own jars, asked and set up through WebHDFS.

They live on 127.0.0.9, so that port 9000 is free, and are known to Spark's JVMs as `namenode` (JAVA_OPTIONS).
"""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

HOST, STANDBY_HOST = "127.0.0.9", "127.0.0.10"
PORT, HTTP_PORT = 9000, 9870
USER = "hdfs"  # as whom the NameNode runs: whoever else comes is no superuser
LOGGED = """log4j.rootLogger=WARN, all
log4j.appender.all=org.apache.log4j.ConsoleAppender
log4j.appender.all.layout=org.apache.log4j.PatternLayout
log4j.appender.all.layout.ConversionPattern=%p %c{1}: %m%n
"""
PROPERTY = "<property><name>%s</name><value>%s</value></property>"


class Node:
    """A NameNode, or a DataNode, in a folder of its own."""

    def __init__(self, jars, folder, main_class, settings):
        self.folder = Path(folder)
        for page in ("hdfs", "datanode"):  # Hadoop looks for its pages, which are not in its jars
            (self.folder / "webapps" / page).mkdir(parents=True, exist_ok=True)
        text = "<configuration>%s</configuration>" % "".join(PROPERTY % pair for pair in settings.items())
        (self.folder / "hdfs-site.xml").write_text(text)
        (self.folder / "core-site.xml").write_text(text)
        (self.folder / "log4j.properties").write_text(LOGGED)
        self.command = ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "--add-opens=java.base/java.lang=ALL-UNNAMED",
                        "-DHADOOP_USER_NAME=" + USER, "-cp", "%s:%s/*" % (self.folder, jars), main_class]
        self.process = None

    def start(self, *arguments):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(self.command + list(arguments), stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, cwd=self.folder, start_new_session=True)

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def stop(self, by=signal.SIGTERM):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(by)
            self.process.wait(30)


class Hdfs:
    def __init__(self, jars, folder):
        self.jars, self.folder = jars, Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        hosts = self.folder / "hosts"
        hosts.write_text("%s namenode\n%s standby\n127.0.0.1 localhost %s\n" % (HOST, STANDBY_HOST, socket.gethostname()))
        self.java_options = "-Djdk.net.hosts.file=%s" % hosts
        self.namenode = self._namenode("namenode", HOST, {})
        self.datanode = Node(jars, self.folder / "datanode", "org.apache.hadoop.hdfs.server.datanode.DataNode", {
            "fs.defaultFS": "hdfs://%s:%d" % (HOST, PORT), "dfs.datanode.data.dir": self.folder / "blocks",
            "dfs.datanode.address": "127.0.0.1:0", "dfs.datanode.http.address": "127.0.0.1:0",
            "dfs.datanode.ipc.address": "127.0.0.1:0", "dfs.datanode.hostname": "127.0.0.1"})
        self.standby = self._namenode("standby", STANDBY_HOST, {
            "dfs.nameservices": "two", "dfs.ha.namenodes.two": "a,b", "dfs.namenode.rpc-address.two.b": HOST + ":9001",
            "dfs.namenode.rpc-address.two.a": "%s:%d" % (STANDBY_HOST, PORT),
            "dfs.namenode.http-address.two.a": "%s:%d" % (STANDBY_HOST, HTTP_PORT), "dfs.ha.namenode.id": "a",
            "dfs.namenode.http-address.two.b": HOST + ":9871", "dfs.namenode.shared.edits.dir": "file://%s/shared" % self.folder})

    def _namenode(self, name, host, settings):
        return Node(self.jars, self.folder / name, "org.apache.hadoop.hdfs.server.namenode.NameNode", {
            "fs.defaultFS": "hdfs://%s:%d" % (host, PORT), "dfs.namenode.http-address": "%s:%d" % (host, HTTP_PORT),
            "dfs.namenode.name.dir": "file://%s/%s/names" % (self.folder, name), "dfs.replication": 1,
            "dfs.namenode.safemode.extension": 0, "dfs.client.use.datanode.hostname": "false",
            "dfs.namenode.datanode.registration.ip-hostname-check": "false", **settings})

    def start(self):
        self.format(self.namenode)
        self.namenode.start()
        self.datanode.start()
        self.wait_ready()

    def start_standby(self):
        """A NameNode that nobody makes the active one."""
        self.format(self.standby)
        self.standby.start()
        wait_until(lambda: is_open(STANDBY_HOST, PORT), "the standby NameNode")

    def format(self, node):
        node.start("-format", "-nonInteractive")
        if node.process.wait(60) != 0:
            raise RuntimeError("HDFS was not formatted:\n" + node.log()[-3000:])

    def wait_ready(self):
        wait_until(self._takes_data, "HDFS")

    def _takes_data(self):
        try:
            self.put("/ready", b"x")
            return True
        except (OSError, RuntimeError):
            return False

    def stop(self):
        for node in (self.datanode, self.namenode, self.standby):
            node.stop()

    def restart(self):
        self.namenode.start()
        self.wait_ready()

    # What an administrator does.
    def admin(self, *arguments):
        command = self.namenode.command[:-1] + ["org.apache.hadoop.hdfs.tools.DFSAdmin", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=self.namenode.folder).stdout

    def ask(self, method, path, operation, data=None, **parameters):
        """WebHDFS; None where the path is not there."""
        query = "".join("&%s=%s" % pair for pair in parameters.items())
        url = "http://%s:%d/webhdfs/v1%s?op=%s&user.name=%s%s" % (HOST, HTTP_PORT, path, operation, USER, query)
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=20) as answer:
                told = json.loads(answer.read() or b"{}")
            if data is not None:
                to = urllib.request.Request(told["Location"], data=data, method=method)
                urllib.request.urlopen(to, timeout=20).close()
            return told
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise RuntimeError("%s: %s" % (url, error.read().decode())) from error

    def make_folder(self, path, owner=None, permission="755"):
        self.ask("PUT", path, "MKDIRS", permission=permission)
        if owner:
            self.ask("PUT", path, "SETOWNER", owner=owner)

    def put(self, path, data):
        self.ask("PUT", path, "CREATE", data, overwrite="true", noredirect="true")

    def names(self, path):
        """What lies in a folder, hidden or not."""
        told = self.ask("GET", path, "LISTSTATUS") or {"FileStatuses": {"FileStatus": []}}
        return sorted(status["pathSuffix"] for status in told["FileStatuses"]["FileStatus"])


def is_open(host, port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def wait_until(is_so, what, seconds=60):
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise RuntimeError("%s is not ready after %d s" % (what, seconds))
        time.sleep(0.2)
