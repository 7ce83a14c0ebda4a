"""The file of what could not be loaded: one JSON object a line, to be mended and loaded again.

Each has ``path``, ``position`` (the record in it, counted as the reader counts; ``null`` where the file is the record),
``reason`` and ``original`` (the record as it stood, ``null`` where it is no text or over-long).
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from index.article import Reject
from index.errors import InputError

_POSITION = re.compile(r"(.*):(\d+)", re.DOTALL)


class RejectsFile:
    """Collects rejects; the file appears with :meth:`close`, whole, and only where there are any.

    Until then they stand in ``<name>.part``, so that a file of rejects can be mended and loaded with the same name for
    new ones.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._part = path.with_name(path.name + ".part")
        self._stream: IO[str] | None = None

    def add(self, reject: Reject) -> None:
        """Writes one reject. Raises :class:`index.errors.InputError` where the file can't be written."""
        located = _POSITION.fullmatch(reject.locator)
        record = {
            "path": located[1] if located else reject.locator,
            "position": int(located[2]) if located else None,
            "reason": reject.reason,
            "original": reject.original,
        }
        line = json.dumps(record, ensure_ascii=False).encode("utf-8", "backslashreplace").decode("utf-8")
        try:
            if self._stream is None:
                self._stream = self._part.open("w", encoding="utf-8")
            self._stream.write(line + "\n")
        except OSError as error:
            raise self._failed(error) from error
        self.count += 1

    def close(self) -> None:
        """Puts the file in its place. Raises :class:`index.errors.InputError` where that fails."""
        if self._stream is None:
            return
        stream, self._stream = self._stream, None
        try:
            stream.close()
            os.replace(self._part, self.path)
        except OSError as error:
            raise self._failed(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _failed(self, error: OSError) -> InputError:
        return InputError(f"{self.path}: rejects can't be written ({error.strerror}); name another file with --rejects")
