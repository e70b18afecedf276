"""Statements through Spark Connect or the JDBC Thrift server, as its own clients send them: the other end of sql_peers.py.

    sql_peer.py connect|thrift PORT

A line on stdin is [statements, how many at once]; the answer is how many ms each took, in a line. Each at once has a session of
its own, as each user would.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from queue import Queue


class Connect:
    def __init__(self, port):
        from pyspark.sql.connect.session import SparkSession

        self.spark = SparkSession.builder.remote("sc://127.0.0.1:%d" % port).create()

    def run(self, sql):
        return self.spark.sql(sql).collect()


class Thrift:
    def __init__(self, port):
        from pyhive import hive

        self.cursor = hive.connect("127.0.0.1", port, auth="NOSASL").cursor()
        self.cursor.arraysize = 10000

    def run(self, sql):
        self.cursor.execute(sql)
        return self.cursor.fetchall()


def main():
    kind, port = {"connect": Connect, "thrift": Thrift}[sys.argv[1]], int(sys.argv[2])
    sessions = Queue()
    for _ in range(16):
        sessions.put(kind(port))

    def timed(sql):
        begun = time.perf_counter()
        session = sessions.get()
        session.run(sql)
        sessions.put(session)
        return (time.perf_counter() - begun) * 1000

    for line in sys.stdin:
        statements, at_once = json.loads(line)
        with ThreadPoolExecutor(at_once) as pool:
            print(json.dumps(list(pool.map(timed, statements))), flush=True)


main()
