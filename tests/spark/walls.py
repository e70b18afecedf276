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
import tempfile
from pathlib import Path

import pytest

import processes

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

    def __init__(self, command, folder, user=None, **environment):
        self.log = Path(folder) / (Path(command[0]).name + ".log")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={**os.environ, "PATH": PATH, **environment}, start_new_session=True, user=user)
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
        if not processes.wait_until(lambda: all(map(is_open, servers)), 60):
            raise RuntimeError("nginx does not answer:\n" + self.log.read_text())


class Kerberos(Daemon):
    """A realm on the loopback address: its KDC, the user ann, and the keys of a web server at localhost."""

    REALM = "SPARK.TEST"

    def __init__(self, folder, port):
        folder = Path(folder)
        self.keytab, self.user = folder / "http.keytab", folder / "ann.keytab"
        self.environment = {"KRB5_CONFIG": str(folder / "krb5.conf"), "KRB5_KDC_PROFILE": str(folder / "kdc.conf")}
        (folder / "krb5.conf").write_text(
            "[libdefaults]\n default_realm = %s\n dns_lookup_kdc = false\n dns_canonicalize_hostname = false\n"
            " rdns = false\n[realms]\n %s = {\n  kdc = 127.0.0.1:%d\n }\n[domain_realm]\n localhost = %s\n"
            % (self.REALM, self.REALM, port, self.REALM))
        (folder / "kdc.conf").write_text(
            "[kdcdefaults]\n kdc_listen = 127.0.0.1:%d\n kdc_tcp_listen = 127.0.0.1:%d\n[realms]\n %s = {\n"
            "  database_name = %s\n  key_stash_file = %s\n }\n"
            % (port, port, self.REALM, folder / "principal", folder / "stash"))
        self.run("kdb5_util", "krb5-kdc", "create", "-s", "-P", "master-key")
        for name, keytab in ("ann", self.user), ("HTTP/localhost", self.keytab):
            self.run("kadmin.local", "krb5-admin-server", "-q", "addprinc -randkey " + name)
            self.run("kadmin.local", "krb5-admin-server", "-q", "ktadd -k %s %s" % (keytab, name))
        super().__init__([program("krb5kdc", "krb5-kdc"), "-n"], folder, **self.environment)
        if not processes.wait_until(lambda: is_open(port), 60):
            raise RuntimeError("no KDC answers:\n" + self.log.read_text())

    def run(self, name, package, *arguments):
        subprocess.run([program(name, package), *arguments], env={**os.environ, "PATH": PATH, **self.environment},
                       check=True, capture_output=True)

    def ticket(self, place):
        """What ann's processes get after kinit: a ticket in a file."""
        self.run("kinit", "krb5-user", "-k", "-t", str(self.user), "-c", str(place), "ann")
        return {**self.environment, "KRB5CCNAME": "FILE:%s" % place}


class Apache(Daemon):
    """Apache before an address, which asks for Kerberos. It refuses to be root: then it is nobody."""

    MODULES = Path("/usr/lib/apache2/modules")

    def __init__(self, port, passed_on, kerberos):
        if not (self.MODULES / "mod_auth_gssapi.so").exists():
            pytest.skip("no mod_auth_gssapi here: install the package libapache2-mod-auth-gssapi")
        self.folder = Path(tempfile.mkdtemp(prefix="apache-"))
        names = ("mpm_event", "authn_core", "authz_core", "authz_user", "auth_gssapi", "proxy", "proxy_http")
        lines = ["LoadModule %s_module %s/mod_%s.so" % (name, self.MODULES, name) for name in names]
        lines += ["ServerName localhost", "Listen 127.0.0.1:%d" % port, "PidFile %s/apache.pid" % self.folder,
                  "DefaultRuntimeDir %s" % self.folder, "ErrorLog %s/error.log" % self.folder,
                  "<Location />", "AuthType GSSAPI", "GssapiCredStore keytab:%s/http.keytab" % self.folder,
                  "Require valid-user", "ProxyPass %s/" % passed_on, "</Location>"]
        (self.folder / "apache.conf").write_text("\n".join(lines) + "\n")
        for path in kerberos.keytab, kerberos.environment["KRB5_CONFIG"]:
            shutil.copy(path, self.folder)
        user = "nobody" if os.geteuid() == 0 else None
        if user:
            for path in self.folder, *self.folder.iterdir():
                shutil.chown(path, user)
        super().__init__([program("apache2", "apache2-bin"), "-f", self.folder / "apache.conf", "-DFOREGROUND"],
                         self.folder, user, KRB5_CONFIG=str(self.folder / "krb5.conf"))
        if not processes.wait_until(lambda: is_open(port), 60):
            raise RuntimeError("Apache does not answer:\n" + self.log.read_text())

    def __exit__(self, *error):
        super().__exit__(*error)
        shutil.rmtree(self.folder)


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
