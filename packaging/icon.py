"""The icon of the bundle, drawn here so that nothing binary lies in the repository: a spark of four rays on a dark square."""
import struct
import zlib

SIZE, CORNER, FINE = 512, 96, 2
GROUND, SPARK = (36, 41, 56), (245, 130, 32)


def in_square(x, y):
    """A square with round corners; x and y are distances from its middle."""
    dx, dy = max(x - (SIZE / 2 - CORNER), 0), max(y - (SIZE / 2 - CORNER), 0)
    return dx * dx + dy * dy <= CORNER * CORNER


def in_spark(x, y):
    """An astroid."""
    return (x / (SIZE * 0.42)) ** (2 / 3) + (y / (SIZE * 0.42)) ** (2 / 3) <= 1


def pixel(column, row):
    points = [(column + (i + 0.5) / FINE, row + (j + 0.5) / FINE) for i in range(FINE) for j in range(FINE)]
    opaque = sum(in_square(x, y) for x, y in points) / len(points)
    lit = sum(in_spark(x, y) for x, y in points) / len(points)
    return bytes(round(g + (s - g) * lit) for g, s in zip(GROUND, SPARK)) + bytes([round(255 * opaque)])


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png():
    half = [[pixel(column, row) for column in range(SIZE // 2)] for row in range(SIZE // 2)]
    half = [b"".join(reversed(row)) + b"".join(row) for row in half]
    rows = b"".join(b"\0" + row for row in list(reversed(half)) + half)
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))
