"""A large text on its way to the server, a piece at a time.

One piece waits to be fetched while the next is made, so neither side holds more, however long the text
is. A piece stays until the one after it is asked for: what got lost on its way is asked for again.
"""

import threading
import time

from .context import Refused

SIZE = 1 << 20  # characters of a piece
PATIENCE = 300  # seconds in which nobody asks for one


class Pieces:
    def __init__(self):
        self.start = 0  # bytes of all pieces before this one
        self.piece = b""  # empty: the next may come
        self.is_over = False
        self.asked = time.monotonic()
        self.news = threading.Condition()

    def put(self, text, check):
        """Waits until there is room; check() raises where that is no use any more."""
        for at in range(0, len(text), SIZE):
            self._await_room(check)
            with self.news:
                self.piece = text[at:at + SIZE].encode("utf-8", "replace")
                self.news.notify_all()

    def drain(self, check):
        """Until the last one has arrived; gives the bytes of all."""
        self._await_room(check)
        return self.start

    def _await_room(self, check):
        with self.news:
            while self.piece:
                check()
                if time.monotonic() - self.asked > PATIENCE:
                    raise Refused("nobody fetches the result any more", "Ask for it again.")
                self.news.wait(0.5)

    def size(self):
        """Bytes of all pieces until now."""
        return self.start + len(self.piece)

    def end(self):
        with self.news:
            self.is_over = True
            self.news.notify_all()

    def take(self, start, seconds):
        """The piece that begins after so many bytes; empty: none has come in time, or there is no more.
        None when that piece is gone."""
        with self.news:
            self.asked = time.monotonic()
            if self.piece and start == self.start + len(self.piece):
                self.start, self.piece = start, b""
                self.news.notify_all()
            if start != self.start:
                return None
            self.news.wait_for(lambda: self.piece or self.is_over, seconds)
            return self.piece
