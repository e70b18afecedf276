"""The caps of an answer: how large JSON is, how many rows fit, what is cut of one that does not."""

import json

MARK = "\u2026 (cut)"
NOT_READ = "\u2026 (not read)"

encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")).encode


def size(text):
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def fitting(sizes, max_bytes):
    """How many rows fit; one always does."""
    total = 0
    for count, size in enumerate(sizes):
        total += size + 1
        if count and total > max_bytes:
            return count
    return len(sizes)


def cut(row, max_bytes):
    """The row with its largest values cut, as texts, so that it fits."""
    sizes = [size(encode(value)) + 1 for value in row]
    room = max_bytes // max(1, len(row))
    while True:
        small = [size for size in sizes if size <= room]
        wider = (max_bytes - sum(small)) // max(1, len(sizes) - len(small))
        if wider <= room:
            break
        room = wider
    room = max(room - size(MARK) - 3, 8)
    return [value if size <= room else _cut_value(value, room) for value, size in zip(row, sizes)]


def _cut_value(value, room):
    text = (value if isinstance(value, str) else encode(value))[:room]
    while size(encode(text)) > room + 2:
        text = text[:len(text) * room // size(encode(text)) - 1]
    return text + MARK
