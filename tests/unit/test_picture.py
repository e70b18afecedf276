#!/usr/bin/env python3
"""Check that a drawing is a PNG, by Python's own zlib, and that its pixels are those drawn.

usage: test_picture.py DRAW
"""

import struct
import subprocess
import sys
import zlib

WIDTH, HEIGHT, COLOURS, RED, SERIES = 900, 420, 13, 4, 5


def chunks(png):
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at = 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at:at + 8])
        data = png[at + 8:at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length:at + 12 + length])[0] == zlib.crc32(kind + data), kind
        yield kind, data
        at += 12 + length


def pixels(rows):
    above = bytes(WIDTH // 2)
    for y in range(HEIGHT):
        row = rows[y * (WIDTH // 2 + 1):(y + 1) * (WIDTH // 2 + 1)]
        assert row[0] == 2  # up
        above = bytes((a + b) & 0xFF for a, b in zip(above, row[1:]))
        yield [nibble for byte in above for nibble in (byte >> 4, byte & 15)]


def main(draw):
    png = subprocess.check_output([draw])
    assert png == subprocess.check_output([draw]), "two drawings differ"
    parts = list(chunks(png))
    assert [kind for kind, _ in parts] == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    assert parts[0][1] == struct.pack(">IIBBBBB", WIDTH, HEIGHT, 4, 3, 0, 0, 0)
    assert len(parts[1][1]) == 3 * COLOURS
    picture = list(pixels(zlib.decompress(parts[2][1])))
    assert picture[20][9:311] == [0] + 300 * [RED] + [0] and picture[25][10] == 0
    assert [row[-5:] for row in picture[-5:]] == [5 * [0]] + 4 * [[0] + 4 * [SERIES]]
    assert [row[:3] for row in picture[:3]] == 2 * [[1, 1, 0]] + [[0, 0, 0]]
    assert picture[150] == [x * 7 % COLOURS for x in range(WIDTH)]
    stem = [row[404:406] for row in picture[40:54]]
    assert stem == 14 * [[1, 1]], "the stem of an I"


main(sys.argv[1])
