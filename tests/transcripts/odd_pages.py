"""Answers that no Spark gives, but whoever runs an application may: headers that are no UTF-8, addresses and ids that end
within a character where they are cut. None of them ends the server.

usage: odd_pages.py SERVER_BINARY
"""

import sys

from pages import NOTHING, Pages, call, converse, text_of

ID = "app-20261127000000-0000"
STATE = {"status": "ALIVE", "url": "spark://m:7077", "workers": [], "completedapps": [], "activedrivers": [],
         "completeddrivers": [], "activeapps": [{"id": ID, "name": "odd", "starttime": 1, "state": "RUNNING"}]}
PAGE = '<a href="http://127.0.0.1:9/%s">Application Detail UI</a>'
LONG = "a" + "\u00e9" * 300, "\u00e9" * 300  # one of them is cut within a character, wherever that is


def ask(server, type="text/html", address="", **arguments):
    """The exit code and the text of the answer."""
    page = (PAGE % address).encode()
    url = Pages(lambda request: STATE if request.path.startswith("/json") else page, type).url
    code, results = converse(server, [call(1, "monitor-cluster", **arguments)], SPARK_MASTER="spark://m:7077",
                             SPARK_MASTER_UI_URL=url, SPARK_HISTORY_URL=NOTHING, SPARK_REST_URL=NOTHING)
    return code, text_of(results[1]) if results else ""


JOBS = {"application_id": ID, "metric_type": "jobs"}
WANTED = [({"type": "text/html; charset=\xff", **JOBS}, "nobody can tell of the application '%s'" % ID)]
for long in LONG:
    WANTED += [({"address": long, **JOBS}, "nobody can tell of the application"),
               ({"submission_id": long}, long[:20]), ({"application_id": long, "metric_type": "jobs"}, long[:20]),
               ({"application_id": long, "metric_type": "executors"}, long[:20])]
failed = 0
for arguments, part in WANTED:
    code, text = ask(sys.argv[1], **arguments)
    if code != 0 or part not in text:
        failed += 1
        print("%s: exit %s, %s" % (ascii(arguments)[:80], code, ascii(text)[:300]))
print("%d of %d passed" % (len(WANTED) - failed, len(WANTED)))
sys.exit(failed > 0)
