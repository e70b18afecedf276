"""A second way to the session, where no address of the driver's host can be reached from the server: the driver's web UI
hands requests on to it, and a master with spark.ui.reverseProxy=true leads to that UI.

The session's own token is asked for as ever; Spark's filters (spark.ui.filters) and its view permissions stand before it.
"""

import sys

from ..protocol import RELAY_PATH

IDLE_MS = 60000  # longer than the session holds an answer back
NONE = "-"


def attach(context, address):
    """Let the UI hand on what it is asked below RELAY_PATH to this host and port. The application's id; NONE without a UI,
    and where a distribution of Spark has another Jetty: the session does without."""
    try:
        ui = context._jsc.sc().ui()
        if ui.isEmpty() or ui.get().getHandlers().isEmpty():
            return NONE
        _attach(context, ui, address)
    except Exception as error:
        print("no relay: %s" % error, file=sys.stderr, flush=True)
        return NONE
    return context.applicationId


def _attach(context, ui, address):
    package = ui.get().getHandlers().head().getClass().getName().rpartition(".servlet.")[0]  # Jetty's, as Spark shades it
    loader = context._jvm.Thread.currentThread().getContextClassLoader()
    holder = _named(context._jvm, package + ".servlet.ServletHolder")(
        loader.loadClass(package + ".proxy.ProxyServlet$Transparent"))
    holder.setInitParameter("proxyTo", "http://%s:%d" % address)
    holder.setInitParameter("idleTimeout", str(IDLE_MS))
    handler = _named(context._jvm, package + ".servlet.ServletContextHandler")()
    handler.setContextPath(RELAY_PATH)
    handler.addServlet(holder, "/*")
    ui.get().attachHandler(handler)


def _named(jvm, name):
    found = jvm
    for part in name.split("."):
        found = getattr(found, part)
    return found


def own_address(host, port):
    """As the driver's JVM reaches what is bound there."""
    return ("127.0.0.1" if host in ("0.0.0.0", "::", "") else "[%s]" % host if ":" in host else host), port
