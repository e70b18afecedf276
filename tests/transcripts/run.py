#!/usr/bin/env python3
"""Hold conversations with an MCP server and compare its answers.

usage: run.py SERVER_BINARY [FILES...]      (default: the *.txt beside this program)

A file holds conversations, each with a server of its own. A line is, by how it starts:

    --- claim   a new conversation; the rest of the line is what it shows
    # text      a comment
    > text      send text and a newline
    >! b'..'    send exactly these bytes (a Python bytes literal, no newline added)
    >* N text   send text N times, no newline added (text may be a bytes literal too)
    < json      the next line that comes back is this
    <~ json     the same, but neighbouring lines marked so may come in any order
    = eof       close stdin now (else it is closed at the end)
    = set A=b   start the server with this environment variable
    = exit 0    what the server exits with; `= exit 0 within 1` gives it 1 second, not 5

In what is wanted, as JSON:

    "*"                        any value
    "not *"                    a string; each * stands for any text
    "<integer>"                any integer
    5.0                        a number of that value; 5 is the integer alone
    {"a": 1, "...": "*"}       further keys are allowed
    {"a": "<absent>"}          no key a
    [1, "..."]                 further elements are allowed
    ["<each>", x]              one or more elements, each like x
    ["<contains>", x, y]       some element is like x, some like y
"""
import ast
import glob
import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading

ANSWER_SECONDS = 20
EXIT_SECONDS = 5
CONVERSATION_SECONDS = 90
PASSED_ON = re.compile(
    r"HOME|LOGNAME|PATH|SHELL|TERM|TMPDIR|USER|LANG|LC_|[A-Z]+SAN_|LLVM_PROFILE"
)

# Nothing listens on port 9. All addresses are given: those that SPARK_MASTER implies have
# Spark's own ports, where a real cluster may listen.
NO_SPARK = {
    "SPARK_MASTER": "spark://127.0.0.1:9",
    "SPARK_REST_URL": "http://127.0.0.1:9",
    "SPARK_MASTER_UI_URL": "http://127.0.0.1:9",
    "SPARK_HISTORY_URL": "http://127.0.0.1:9",
}


class Failure(Exception):
    pass


# Reading transcripts


class Conversation:
    def __init__(self, file, line, claim):
        self.file, self.line, self.claim = file, line, claim
        self.steps = []
        self.environment = {}
        self.exit_code, self.exit_seconds = 0, EXIT_SECONDS


def as_bytes(text):
    if text[:2] in ("b'", 'b"'):
        return ast.literal_eval(text)
    return text.encode()


def read_step(conversation, line):
    mark, _, rest = line.partition(" ")
    if mark == ">":
        conversation.steps.append(("send", rest.encode() + b"\n"))
    elif mark == ">!":
        conversation.steps.append(("send", ast.literal_eval(rest)))
    elif mark == ">*":
        count, _, text = rest.partition(" ")
        conversation.steps.append(("send", as_bytes(text) * int(count)))
    elif mark == "<":
        conversation.steps.append(("want", [json.loads(rest)]))
    elif mark == "<~":
        steps = conversation.steps
        if not steps or steps[-1][0] != "want in any order":
            steps.append(("want in any order", []))
        steps[-1][1].append(json.loads(rest))
    elif line == "= eof":
        conversation.steps.append(("eof", None))
    elif re.match(r"= set \w+=", line):
        name, _, value = line[len("= set ") :].partition("=")
        conversation.environment[name] = value
    else:
        found = re.fullmatch(r"= exit (\d+)(?: within ([\d.]+))?", line)
        if not found:
            raise ValueError("what is this line?")
        conversation.exit_code = int(found[1])
        conversation.exit_seconds = float(found[2] or EXIT_SECONDS)


def read_transcript(file):
    conversations = []
    with open(file, encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\n")
            if line.startswith("--- "):
                conversations.append(Conversation(file, number, line[4:].strip()))
            elif line.strip() and not line.startswith("#"):
                try:
                    if not conversations:
                        raise ValueError("no conversation yet: begin with `--- claim`")
                    read_step(conversations[-1], line)
                except (ValueError, SyntaxError) as error:
                    sys.exit(f"{file}:{number}: {error}: {line[:120]}")
    return conversations


# Comparing


def shown(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 600 else f"{text[:600]}.. ({len(text)} characters)"


def differ(path, want, came):
    raise Failure(f"at {path}: want {shown(want)}, got {shown(came)}")


def compare(want, came, path="$"):
    if want == "*":
        return
    if want == "<integer>":
        if type(came) is not int:
            differ(path, want, came)
    elif isinstance(want, float) and type(came) is int:
        compare(want, float(came), path)
    elif type(want) is not type(came):
        differ(path, want, came)
    elif isinstance(want, dict):
        compare_objects(want, came, path)
    elif isinstance(want, list):
        compare_lists(want, came, path)
    elif isinstance(want, str) and "*" in want:
        pattern = ".*".join(re.escape(part) for part in want.split("*"))
        if not re.fullmatch(pattern, came, re.DOTALL):
            differ(path, want, came)
    elif want != came:
        differ(path, want, came)


def compare_objects(want, came, path):
    for key, value in want.items():
        if key == "..." or (value == "<absent>" and key not in came):
            continue
        if key not in came:
            raise Failure(f"at {path}: want key {shown(key)}, got {shown(came)}")
        compare(value, came[key], f"{path}.{key}")
    if "..." not in want:
        for key in came:
            if key not in want:
                raise Failure(f"at {path}: unwanted key {shown(key)}: {shown(came[key])}")


def compare_lists(want, came, path):
    if want[:1] == ["<each>"]:
        if not came:
            differ(path, want, came)
        for index, value in enumerate(came):
            compare(want[1], value, f"{path}[{index}]")
        return
    if want[:1] == ["<contains>"]:
        for value in want[1:]:
            if not any(matches(value, element) for element in came):
                raise Failure(
                    f"at {path}: want an element {shown(value)}, got {shown(came)}"
                )
        return
    open_ended = want[-1:] == ["..."]
    elements = want[:-1] if open_ended else want
    if len(came) < len(elements) or (len(came) > len(elements) and not open_ended):
        differ(path, want, came)
    for index, value in enumerate(elements):
        compare(value, came[index], f"{path}[{index}]")


def matches(want, came):
    try:
        compare(want, came)
        return True
    except Failure:
        return False


# Talking


def unique_keys(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key comes twice")
    return dict(pairs)


def not_json(constant):
    raise ValueError(f"{constant} is not JSON")


def parse(line):
    """One line of stdout: strict JSON in UTF-8, no key twice, ended by LF alone."""
    try:
        if not line.endswith(b"\n") or line.endswith(b"\r\n"):
            raise ValueError("the line does not end with a newline alone")
        message = json.loads(
            line.decode("utf-8"), object_pairs_hook=unique_keys, parse_constant=not_json
        )
        json.dumps(message, ensure_ascii=False).encode("utf-8")
    except ValueError as error:
        raise Failure(f"not a message on stdout ({error}): {line[:300]!r}") from None
    return message


class Server:
    def __init__(self, binary, settings):
        environment = {k: v for k, v in os.environ.items() if PASSED_ON.match(k)}
        environment.update(NO_SPARK)
        environment.update(settings)
        self.stderr = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [binary],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.stderr,
            env=environment,
        )
        self.watchdog = threading.Timer(CONVERSATION_SECONDS, self.process.kill)
        self.watchdog.start()
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def send(self, data):
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Failure(f"the server reads no more; not sent: {data[:120]!r}") from None

    def close_stdin(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass

    def receive(self, wanted):
        try:
            line = self.lines.get(timeout=ANSWER_SECONDS)
        except queue.Empty:
            failure = f"no answer in {ANSWER_SECONDS} s, want {shown(wanted)}"
            raise Failure(failure) from None
        if line is None:
            self.lines.put(None)
            raise Failure(f"stdout was closed, want {shown(wanted)}")
        return parse(line)

    def expect_end(self, exit_code, seconds):
        self.close_stdin()
        try:
            came = self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            failure = f"still running {seconds:g} s after the end of stdin"
            raise Failure(failure) from None
        self.reader.join()
        left = [line for line in iter(self.lines.get, None)]
        if left:
            text = left[0][:600].decode(errors="replace").rstrip()
            raise Failure(f"unwanted line: {text}")
        if came != exit_code:
            raise Failure(f"exit code: want {exit_code}, got {came}")

    def end(self):
        """Whatever happened, leave nothing behind; returns the end of stderr."""
        self.watchdog.cancel()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.close_stdin()
        self.reader.join()
        self.process.stdout.close()
        self.stderr.seek(0)
        with self.stderr:
            return self.stderr.read().decode(errors="replace")


def expect_in_any_order(server, wanted):
    wanted = list(wanted)
    while wanted:
        came = server.receive(wanted)
        found = next((want for want in wanted if matches(want, came)), None)
        if found is None:
            raise Failure(f"at $: want one of {shown(wanted)}, got {shown(came)}")
        wanted.remove(found)


def hold(conversation, server):
    for what, data in conversation.steps:
        if what == "send":
            server.send(data)
        elif what == "eof":
            server.close_stdin()
        elif what == "want":
            compare(data[0], server.receive(data[0]))
        else:
            expect_in_any_order(server, data)
    server.expect_end(conversation.exit_code, conversation.exit_seconds)


def passes(binary, conversation):
    server = Server(binary, conversation.environment)
    failure = None
    try:
        hold(conversation, server)
    except Failure as error:
        failure = str(error)
    stderr = server.end()
    if failure is None:
        return True
    print(f"FAILED {conversation.file}:{conversation.line}: {conversation.claim}")
    print(f"  {failure}")
    for line in stderr.splitlines()[-40:]:
        print(f"  stderr: {line}")
    return False


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__.strip())
    binary = os.path.abspath(sys.argv[1])
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "*.txt")
    files = sys.argv[2:] or sorted(glob.glob(beside))
    results = [passes(binary, c) for file in files for c in read_transcript(file)]
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    sys.exit(0 if results and all(results) else 1)


if __name__ == "__main__":
    main()
