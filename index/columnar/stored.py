"""The stored articles of a segment: each compressed by itself, with a dictionary, so that one can be read alone.

Sections of a ``stored`` file:

====================  ====  ========================================================================
``articles``          u1    articles, Zstandard frames without checksum (the file's blocks have them)
``at``                i8    (documents + 1) where each begins
``dictionaries``      u1    Zstandard dictionaries, one after the other
``dictionary_at``     i8    (dictionaries + 1) where each begins; one may be empty: none
``runs``              u4    first document of each run of documents that share a dictionary, ascending
``run_dictionaries``  u4    the dictionary of each run
====================  ====  ========================================================================

An article is UTF-8 JSON (:func:`index.fields.encode_article`). Dictionaries are trained on articles of the same load:
they hold pieces of these, which is why purging an article makes new ones.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import zstandard

from index.columnar.arrays import B1, I8, U1
from index.columnar.format import FileFacts, FileReader, FileWriter

KIND = "stored"
LEVEL = 3
"""Of 1, 3 and 5 on 13,000 real articles with a dictionary of 64 KiB: 0.44, 0.41 and 0.40 of the size, in 13, 23 and 33
microseconds an article."""
DICTIONARY_BYTES = 64 << 10
SAMPLES, SAMPLE_BYTES = 1_000, 2 << 20
FEWEST_SAMPLES = 64
"""Fewer articles make no dictionary that pays."""
MAX_ARTICLE = 64 << 20
"""Bytes of one article; normalised ones have four million at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """Some articles, compressed with one dictionary."""

    data: bytes
    at: I8
    """(articles + 1) where each begins in ``data``."""
    dictionary: bytes


def unpacked(packed: Packed) -> list[bytes]:
    """The articles again. Cost: some 5 us for 2,000 bytes."""
    unpacker = decompressor(loaded(packed.dictionary))
    at = packed.at.tolist()
    return [unpacker.decompress(packed.data[start:stop], MAX_ARTICLE) for start, stop in pairwise(at)]


class ArticlePacker:
    """Compresses articles; trains its dictionary on those that it has seen, anew after 250, 4,000, and then every
    64,000 articles. Not for several threads."""

    def __init__(self) -> None:
        self._samples: list[bytes] = []
        self._seen = 0
        self._train_at = 250
        self._dictionary = b""
        self._compressor = _compressor(b"")

    def pack(self, articles: Sequence[bytes]) -> Packed:
        """Compresses them. Cost: some 20 us for 2,000 bytes."""
        self._sample(articles)
        # All in one call, which lets other threads go on meanwhile.
        frames = list(self._compressor.multi_compress_to_buffer(list(articles)) if articles else ())
        at = np.zeros(len(frames) + 1, np.int64)
        np.cumsum([len(frame) for frame in frames], out=at[1:])
        return Packed(b"".join(frames), at, self._dictionary)

    def _sample(self, articles: Sequence[bytes]) -> None:
        """Keeps an even choice of the newest articles, and trains where it is time."""
        step = max(1, (self._train_at - self._seen) // SAMPLES)
        self._samples += [article[:20_000] for article in articles[::step]]
        self._seen += len(articles)
        if self._seen >= self._train_at or (not self._dictionary and len(self._samples) >= FEWEST_SAMPLES):
            self._dictionary = trained(self._samples)
            self._compressor = _compressor(self._dictionary)
            self._samples = []
            if self._seen >= self._train_at:
                self._train_at = min(self._train_at * 16, self._seen + 64_000)


def trained(samples: Sequence[bytes]) -> bytes:
    """A dictionary of what ``samples`` share; empty where they are too few. Cost: some 50 ms."""
    chosen: list[bytes | bytearray | memoryview[int]] = []
    size = 0
    for sample in samples[-SAMPLES:]:
        chosen.append(sample)
        size += len(sample)
        if size >= SAMPLE_BYTES:
            break
    if len(chosen) < FEWEST_SAMPLES:
        return b""
    try:
        # k and d given: without them many are tried, which takes twenty times as long.
        return bytes(zstandard.train_dictionary(DICTIONARY_BYTES, chosen, k=256, d=8, level=LEVEL).as_bytes())
    except zstandard.ZstdError:  # too little in common, or too small
        return b""


def _compressor(dictionary: bytes) -> Any:
    if not dictionary:
        return zstandard.ZstdCompressor(level=LEVEL, write_checksum=False)
    data = zstandard.ZstdCompressionDict(dictionary)
    data.precompute_compress(level=LEVEL)
    return zstandard.ZstdCompressor(level=LEVEL, dict_data=data, write_checksum=False, write_dict_id=False)


class StoredWriter:
    """Writes the stored articles of a segment. Memory: 8 bytes an article, and the dictionaries."""

    def __init__(self, file: FileWriter) -> None:
        self._file = file
        self._at: list[I8] = []
        self._bytes = self._count = 0
        self._dictionaries: dict[bytes, int] = {}
        self._runs: list[tuple[int, int]] = []
        file.begin("articles", np.uint8)

    def add(self, data: U1 | bytes, at: I8, dictionary: bytes) -> None:
        """Appends compressed articles: ``at`` (articles + 1) says where each begins in ``data``, the last where they
        end."""
        if len(at) < 2:
            return
        number = self._dictionaries.setdefault(dictionary, len(self._dictionaries))
        if not self._runs or self._runs[-1][1] != number:
            self._runs.append((self._count, number))
        self._file.write(np.frombuffer(data, np.uint8) if isinstance(data, bytes) else data)
        self._at.append(at[:-1] - at[0] + self._bytes)
        self._bytes += int(at[-1] - at[0])
        self._count += len(at) - 1

    def close(self) -> FileFacts:
        """Writes what is left of the file."""
        file = self._file
        file.add("at", np.concatenate([*self._at, np.array([self._bytes], np.int64)]))
        file.add("dictionaries", np.frombuffer(b"".join(self._dictionaries), np.uint8))
        file.add("dictionary_at", np.cumsum([0, *map(len, self._dictionaries)], dtype=np.int64))
        file.add("runs", np.array([first for first, _ in self._runs], np.uint32))
        file.add("run_dictionaries", np.array([number for _, number in self._runs], np.uint32))
        return file.close()


class StoredReader:
    """The stored articles of a segment. Safe for several threads."""

    def __init__(self, file: FileReader) -> None:
        self._file = file
        self._articles, self._at = file.section("articles"), file.section("at")
        self._runs = np.asarray(file.section("runs").all())
        self._run_dictionaries = np.asarray(file.section("run_dictionaries").all())
        count = len(file.section("dictionary_at")) - 1
        runs_stand = len(self._runs) == len(self._run_dictionaries) and bool(
            (np.diff(self._runs.astype(np.int64)) > 0).all()
        )
        if (
            not runs_stand
            or bool((self._run_dictionaries >= count).any())
            or (len(self) and not (len(self._runs) and self._runs[0] == 0))
        ):
            raise file.damaged("the runs of its dictionaries do not agree")
        self._first_of_runs: list[int] = self._runs.tolist()
        self._idle: dict[int, list[Any]] = {}
        self._loaded: dict[int, Any | None] = {}

    def __len__(self) -> int:
        return len(self._at) - 1

    @property
    def has_dictionaries(self) -> bool:
        """Whether any article is compressed with pieces of others."""
        return len(self._file.section("dictionaries")) > 0

    def article(self, doc: int) -> bytes:
        """One article. Cost: some 5 us for 2,000 bytes."""
        start, stop = self._at.read(doc, doc + 2).tolist()
        if not 0 <= start <= stop <= len(self._articles):
            raise self._file.damaged(f"article {doc} stands beyond the file")
        frame = self._articles.read(start, stop).tobytes()
        number = int(self._run_dictionaries[bisect_right(self._first_of_runs, doc) - 1])
        # A decompressor is for one thread at a time: it goes from thread to thread. The dictionary, six times as large,
        # is for all.
        idle = self._idle.setdefault(number, [])
        try:
            unpacker = idle.pop()
        except IndexError:
            unpacker = decompressor(self._loaded_dictionary(number))
        try:
            article = bytes(unpacker.decompress(frame, max_output_size=MAX_ARTICLE))
        except zstandard.ZstdError as error:
            raise self._file.damaged(f"article {doc} can't be unpacked ({error})") from error
        idle.append(unpacker)
        return article

    def runs(self, alive: B1) -> Iterator[tuple[U1, I8, bytes]]:
        """The living articles as they are compressed, in the form in which :meth:`StoredWriter.add` takes them."""
        at = self._at.all()
        bounds = [*self._runs.tolist(), len(self)]
        for number, first, last in zip(self._run_dictionaries.tolist(), bounds, bounds[1:], strict=False):
            dictionary = self._dictionary(number)
            for start, stop in stretches(alive[first:last]):
                for here in range(first + start, first + stop, 4096):
                    behind = min(here + 4096, first + stop)
                    offsets = at[here : behind + 1]
                    yield self._articles.read(int(offsets[0]), int(offsets[-1])), offsets, dictionary

    def forget(self) -> None:
        """Gives back the memory of what was read."""
        self._articles.forget()
        self._at.forget()

    def _loaded_dictionary(self, number: int) -> Any | None:
        if number not in self._loaded:
            self._loaded[number] = loaded(self._dictionary(number))
        return self._loaded[number]

    def _dictionary(self, number: int) -> bytes:
        start, stop = self._file.section("dictionary_at").read(number, number + 2).tolist()
        return self._file.section("dictionaries").read(start, stop).tobytes()


def loaded(dictionary: bytes) -> Any | None:
    """A dictionary ready for use, by several at once; none where it is empty."""
    return zstandard.ZstdCompressionDict(dictionary) if dictionary else None


def decompressor(dictionary: Any | None) -> Any:
    """What unpacks articles that were compressed with this :func:`loaded` dictionary; not for several threads."""
    return zstandard.ZstdDecompressor(dict_data=dictionary)


def stretches(alive: B1) -> Iterator[tuple[int, int]]:
    """The ranges of documents that live."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], alive, [False])).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
