"""The lines of a text, counted while records are made of them."""

import io
from collections.abc import Iterator


class Lines:
    """The complete lines of a text (LF, CRLF or CR), counting how far records have used them.

    `exhausted` is set when a record asked for a line that is not there yet: that record is
    incomplete, and `rest()` holds all of it. `read` and `kept` count characters, `read_lines` and
    `kept_lines` lines: those handed out, and those that became records. With `stand_in` each line
    is handed out with the first text replaced by the second.
    """

    def __init__(self, text: str, final: bool, stand_in: tuple[str, str] | None = None) -> None:
        self.exhausted = False
        self.read = 0
        self.kept = 0
        self.read_lines = 0
        self.kept_lines = 0
        self._text = text
        self._final = final
        self._stand_in = stand_in
        self._lines = io.StringIO(text, newline="")

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            if not self._final and self._is_open(line):
                break
            self.read += len(line)
            self.read_lines += 1
            yield line.replace(*self._stand_in) if self._stand_in else line
        self.exhausted = True

    def _is_open(self, line: str) -> bool:
        if line[-1] == "\n":
            return False
        return line[-1] != "\r" or self.read + len(line) == len(self._text)

    def keep(self) -> None:
        """Count the lines read so far as used up by complete records."""
        self.kept, self.kept_lines = self.read, self.read_lines

    def take_one(self) -> str:
        """Return the first line that no record has used, and go on behind it."""
        self._lines.seek(self.kept)
        line = self._lines.readline()
        self.exhausted = False
        self.read = self.kept + len(line)
        self.read_lines = self.kept_lines + 1
        self.keep()
        return line

    def pending(self, chars: int, most: int) -> list[str]:
        """Return complete lines that no record has used, from at most `chars` characters."""
        end = len(self._text) if self._final else min(self.kept + chars, len(self._text))
        lines = io.StringIO(self._text[self.kept : end], newline="")
        found = [line for _, line in zip(range(most + 1), lines, strict=False)]
        if found and not self._final and not found[-1].endswith("\n"):
            found.pop()
        return found[:most]

    def left(self) -> int:
        """Count the characters that no record has used."""
        return len(self._text) - self.kept

    def used(self) -> str:
        """Return the text that became records."""
        return self._text[: self.kept]

    def rest(self) -> str:
        """Return the text that did not."""
        return self._text[self.kept :]
