"""Whether what is behind s3a:// can be reached: Hadoop's client tries for minutes, without a word, before it is an error.

https://hadoop.apache.org/docs/stable/hadoop-aws/tools/hadoop-aws/connecting.html
"""

import socket
from urllib.parse import urlsplit

PATIENCE = 5  # seconds
AMAZON = "s3.amazonaws.com"  # Hadoop's default before 3.4; what is asked there may be another address


def obstacle(spark):
    """Why the driver's machine has no connection to fs.s3a.endpoint, or to the proxy before it; "" where it has, or where
    none is set."""
    conf = spark._jsc.hadoopConfiguration()
    endpoint, proxy = conf.get("fs.s3a.endpoint", "").strip(), conf.get("fs.s3a.proxy.host", "").strip()
    if not endpoint or endpoint == AMAZON:
        return ""
    is_secure = conf.getBoolean("fs.s3a.connection.ssl.enabled", True)
    asked = urlsplit(endpoint if "://" in endpoint else "%s://%s" % ("https" if is_secure else "http", endpoint))
    try:
        host, port = asked.hostname, asked.port or (443 if asked.scheme == "https" else 80)
        if proxy:
            host, port = proxy, conf.getInt("fs.s3a.proxy.port", 443 if is_secure else 80)
        socket.create_connection((host, port), PATIENCE).close()
        return ""
    except (OSError, ValueError) as error:
        return "the driver's machine has no connection to %s (%s): %s; Hadoop's client tries again for minutes" % (
            "the proxy %s:%d" % (proxy, port) if proxy else endpoint,
            "spark.hadoop.fs.s3a.proxy.host" if proxy else "spark.hadoop.fs.s3a.endpoint",
            getattr(error, "strerror", None) or str(error) or "no answer")
