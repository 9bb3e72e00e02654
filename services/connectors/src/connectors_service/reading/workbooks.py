"""Workbooks as text: kept aside while they arrive, and read by a process with limits of its own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from threading import Timer
from typing import IO, Any

from connectors_service.errors import EmptyFileError, ForeignFormatError, UploadRefusedError
from connectors_service.reading.limits import WorkbookLimits
from connectors_service.reading.refusals import UnreadableWorkbookError, WorkbookTooLargeError
from connectors_service.reading.workbook import REFUSED

PIECE = 1024 * 1024
WAITS = 3
"""Seconds on the clock for each second on the processor."""


class Workbook:
    """Takes in a workbook's bytes; then hands out one sheet of it as CSV."""

    def __init__(
        self, limits: WorkbookLimits, sheet: str | None, known: Iterable[str] = ()
    ) -> None:
        self.sheet = ""
        self.warnings: tuple[str, ...] = ()
        self._known = "\n".join(sorted(known))
        self._limits = limits
        self._asked = sheet
        self._bytes: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115, closed by `close`
        self._text: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115

    def feed(self, data: bytes) -> None:
        """Keep the next bytes."""
        self._bytes.write(data)

    def read(self) -> None:
        """Read the sheet; raises UploadRefusedError."""
        self._bytes.seek(0)
        child = subprocess.Popen(  # noqa: S603, our own program
            [sys.executable, "-m", "connectors_service.reading.workbook", *self._arguments()],
            stdin=self._bytes,
            stdout=self._text,
            stderr=subprocess.PIPE,
            env={name: value for name, value in os.environ.items() if name[:8] != "WAYMARK_"},
        )
        timer = Timer(WAITS * self._limits.max_seconds, child.kill)
        timer.start()
        try:
            _, told = child.communicate()
        finally:
            timer.cancel()
        if child.returncode:
            raise self._refusal(child.returncode, told)
        self._text.seek(0)
        self._take(json.loads(self._text.readline()))

    def _take(self, told: dict[str, Any]) -> None:
        """Keep which sheet it is, and why, if others might have been meant."""
        self.sheet, count = str(told["sheet"]), len(told["sheets"])
        if count > 1 and self._asked is None:
            number = told["sheets"].index(self.sheet) + 1
            why = (
                f"it names {told['known']} known columns, as many as any"
                if told["known"]
                else ("none names known columns, and it is the first with rows")
            )
            self.warnings = (
                f"Of {count} sheets the one with number {number} is read: {why}."
                " State another with sheet.",
            )

    def pieces(self) -> Iterator[bytes]:
        """Yield the sheet's text, once it is read."""
        while piece := self._text.read(PIECE):
            yield piece

    def rewind(self) -> None:
        """Hand out the text from its start again."""
        self._text.seek(0)
        self._text.readline()

    def close(self) -> None:
        """Let go of what was kept aside."""
        self._bytes.close()
        self._text.close()

    def _arguments(self) -> list[str]:
        limits = self._limits
        given = {
            "bytes": limits.max_bytes,
            "cells": limits.max_cells,
            "memory": limits.max_memory,
            "seconds": limits.max_seconds,
        }
        sheet = [f"--sheet={self._asked}"] if self._asked else []
        known = [f"--known={self._known}"]
        return [*(f"--{name}={value}" for name, value in given.items()), *known, *sheet]

    def _refusal(self, code: int, told: bytes) -> UploadRefusedError:
        killed = {"why": "memory" if code < 0 else "damaged"}
        details: dict[str, Any] = json.loads(told) if code == REFUSED else killed
        match details["why"]:
            case "bytes":
                return WorkbookTooLargeError("bytes unpacked", "BYTES", self._limits.max_bytes)
            case "cells":
                return WorkbookTooLargeError("cells in a sheet", "CELLS", self._limits.max_cells)
            case "memory":
                memory = self._limits.max_memory
                return WorkbookTooLargeError("bytes of memory while it is read", "MEMORY", memory)
            case "foreign":
                return ForeignFormatError("a zip archive, but no workbook")
            case "empty":
                return EmptyFileError()
            case "sheet":
                count = len(details["sheets"])
                return UnreadableWorkbookError(f"None of its {count} sheets has that name.")
        return UnreadableWorkbookError()
