"""More answers than the outbox holds at once: none may be lost, whether the client reads late or not at all until
the end of its input. A transcript cannot say this, since what comes back is megabytes.

usage: flood.py SERVER_BINARY
"""

import json
import subprocess
import sys
import tempfile
import threading
import time

COUNT = 3000
NOTHING = "http://127.0.0.1:9"
ENVIRONMENT = {"SPARK_MASTER": "spark://127.0.0.1:9", "SPARK_REST_URL": NOTHING, "SPARK_MASTER_UI_URL": NOTHING,
               "SPARK_HISTORY_URL": NOTHING}
REQUESTS = [{"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-11-25"}}]
REQUESTS += [{"jsonrpc": "2.0", "id": number, "method": "tools/list"} for number in range(1, COUNT + 1)]
LINES = "".join(json.dumps(request) + "\n" for request in REQUESTS).encode()


def ids(output):
    return [json.loads(line)["id"] for line in output.splitlines()]


def into_a_file(server):
    with tempfile.TemporaryFile() as answers:
        subprocess.run([server], input=LINES, stdout=answers, env=ENVIRONMENT, check=True, timeout=60)
        answers.seek(0)
        return ids(answers.read())


def to_a_late_reader(server):
    with subprocess.Popen([server], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT) as child:
        threading.Thread(target=lambda: (child.stdin.write(LINES), child.stdin.flush())).start()
        time.sleep(0.5)
        answers = b"".join(child.stdout.readline() for _ in REQUESTS)  # the input is still open
        child.stdin.close()
        return ids(answers)


failed = 0
for way in (into_a_file, to_a_late_reader):
    came = way(sys.argv[1])
    if came != list(range(COUNT + 1)):
        failed += 1
        print("FAILED: %s: want %d answers in order, got %d" % (way.__name__, COUNT + 1, len(came)))
print("%d passed, %d failed" % (2 - failed, failed))
sys.exit(failed > 0)
