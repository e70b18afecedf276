"""What stands before Spark in real clusters, from Debian's packages: certificates, nginx, Kerberos.

Each is started on the loopback address with ports and folders of its own. Where a program is missing its tests are
skipped, with a message that names the package.
"""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import urllib.error
from pathlib import Path

import pytest

import processes
from cluster import get

PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"


def program(name, package):
    found = shutil.which(name, path=PATH)
    if found is None:
        pytest.skip("no %s here: install the package %s" % (name, package))
    return found


def openssl(*arguments):
    subprocess.run([program("openssl", "openssl"), *map(str, arguments)], check=True, capture_output=True)


class Authority:
    """An authority and the certificates that it signed, as PEM files."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = str(self.folder / "ca.pem")
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2, "-subj", "/CN=Test authority",
                "-keyout", self.folder / "ca.key", "-out", self.file)

    def sign(self, name, host="IP:127.0.0.1", days=2):
        """Certificate and key; days below 0: it has expired."""
        certificate, key, request = (self.folder / (name + end) for end in (".pem", ".key", ".csr"))
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name, "-addext", "subjectAltName=" + host,
                "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.folder / "ca.key", "-days", days,
                "-copy_extensions", "copy", "-out", certificate)
        return str(certificate), str(key)

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.sign("server"))
        return context


class Daemon:
    """A program that stays in the foreground; ended with the block."""

    def __init__(self, command, folder, url=None, **environment):
        self.log = Path(folder) / (Path(command[0]).name + ".log")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={**os.environ, "PATH": PATH, **environment}, start_new_session=True)
        if url and not processes.wait_until(lambda: answers(url) or self.process.poll() is not None, 20):
            raise RuntimeError("%s does not answer:\n%s" % (url, self.log.read_text()))
        if self.process.poll() is not None:
            raise RuntimeError("%s ended:\n%s" % (command[0], self.log.read_text()))

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(15)


class Nginx(Daemon):
    """with Nginx(folder, {port: text, ...}): servers, each as nginx writes them, at these ports."""

    def __init__(self, folder, servers):
        folder = Path(folder)
        places = "\n".join("%s_temp_path %s;" % (what, folder / what)
                           for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text("%s daemon off; pid %s; error_log stderr; events {} http { access_log off; %s %s }" % (
            "user root;" if os.geteuid() == 0 else "", folder / "nginx.pid", places,
            "\n".join("server { listen 127.0.0.1:%d ssl; %s }" % server for server in servers.items())))
        super().__init__([program("nginx", "nginx"), "-p", folder, "-e", "stderr", "-c", folder / "nginx.conf"], folder)
        if not processes.wait_until(lambda: all(map(is_open, servers)), 10):
            raise RuntimeError("nginx does not answer:\n" + self.log.read_text())


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers(url):
    try:
        get(url)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
