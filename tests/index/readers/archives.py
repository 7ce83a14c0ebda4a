"""Small archives made for a test, and what a load of them gives."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.article import RawArticle, Reject
from index.readers import Limits, open_inputs

SENTENCE = "The ferry to the islands was held back for an hour because of the wind."


@dataclass(frozen=True)
class Load:
    """What came out of a load."""

    articles: list[RawArticle]
    rejects: list[Reject]

    @property
    def titles(self) -> list[str]:
        return [article.title for article in self.articles]

    @property
    def only(self) -> RawArticle:
        """The one article there is."""
        assert len(self.articles) == 1, self
        assert not self.rejects, self.rejects
        return self.articles[0]

    @property
    def reason(self) -> str:
        """Why the one thing there is was rejected."""
        assert len(self.rejects) == 1, self
        return self.rejects[0].reason


def load(*paths: Path | str, format: str | None = None, limits: Limits | None = None) -> Load:
    found = list(open_inputs(paths, format=format, limits=limits))
    return Load(
        [outcome for outcome in found if isinstance(outcome, RawArticle)],
        [outcome for outcome in found if isinstance(outcome, Reject)],
    )


def load_bytes(folder: Path, name: str, content: bytes | str, **options: Any) -> Load:
    """What a file of this name and content gives."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load(path, **options)


def record(title: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "body": f"{title}: {SENTENCE}", **more}


def jsonl(*records: Mapping[str, Any] | str) -> bytes:
    """JSON Lines of records; a text stands as it is."""
    return "".join(
        (line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)) + "\n" for line in records
    ).encode()


def titled(*titles: str) -> bytes:
    return jsonl(*map(record, titles))


def zipped(members: Mapping[str, bytes] | Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items() if isinstance(members, Mapping) else members:
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(members: Mapping[str, bytes | tarfile.TarInfo], mode: str = "w", **options: Any) -> bytes:
    """A tar; a TarInfo in place of a content is a header alone."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, **options) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
                continue
            header = tarfile.TarInfo(name)
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))
    return buffer.getvalue()


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content)
