"""Whether what is behind s3a:// can be reached: Hadoop's client tries for minutes, without a word, before it is an error.

https://hadoop.apache.org/docs/stable/hadoop-aws/tools/hadoop-aws/connecting.html
"""

import socket
from urllib.parse import urlsplit

PATIENCE = 5  # seconds
AMAZON = "s3.amazonaws.com"  # Hadoop's default before 3.4; what is asked there may be another address
BUCKET = "fs.s3a.bucket."  # what begins so is set for one bucket


def obstacle(spark):
    """Why the driver's machine has no connection to fs.s3a.endpoint, a bucket's own, or the proxy before them; "" where it
    has, or where none is set."""
    conf = spark._jsc.hadoopConfiguration()
    asked = {"fs.s3a.proxy.host": _proxy(conf)}
    if not asked["fs.s3a.proxy.host"]:
        asked = {"fs.s3a.endpoint": conf.get("fs.s3a.endpoint", "").strip()}
        asked.update((BUCKET + name, value.strip()) for name, value in conf.getPropsWithPrefix(BUCKET).items()
                     if name.endswith(".endpoint"))
    is_secure = conf.getBoolean("fs.s3a.connection.ssl.enabled", True)
    for name, address in asked.items():
        reason = _reason(address, is_secure) if address not in ("", AMAZON) else ""
        if reason:
            return "if this waits for s3a: the driver's machine has no connection to %s (spark.hadoop.%s): %s; Hadoop's client " \
                "tries for minutes" % (address, name, reason)
    return ""


def _proxy(conf):
    host = conf.get("fs.s3a.proxy.host", "").strip()
    port = conf.get("fs.s3a.proxy.port", "").strip()
    return "%s:%s" % (host, port) if host and port else host


def _reason(address, is_secure):
    """Why it can't be connected to; "" where it can."""
    try:
        asked = urlsplit(address if "://" in address else "%s://%s" % ("https" if is_secure else "http", address))
        port = asked.port or (443 if asked.scheme == "https" else 80)
        socket.create_connection((asked.hostname, port), PATIENCE).close()
        return ""
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error) or "no answer"
