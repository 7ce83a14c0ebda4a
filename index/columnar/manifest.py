"""Generations: which segments make the index, one manifest for each commit.

``manifest-<generation>.json`` is a JSON object. Its first line is ``{"checksum":"<h>",`` with ``h`` the XXH3 checksum,
128 bits wide, of all bytes after that line, in 32 hexadecimal digits; the rest are these keys:

=================  ====================================================================================================
``format``         version of :mod:`index.columnar.format`
``generation``     the number in the file's name; each commit has a higher one
``fingerprint``    of the analysis that the forms come from (:mod:`index.analysis.fingerprint`)
``next_segment``   the number of the next segment; those of all segments are lower
``segments``       a list of objects: ``name``, ``articles`` (deleted ones included), ``deleted``, ``files`` (each
                   ``name``, ``length``, ``digest``), ``deletions`` (such a file, or null), and ``merged``: the names
                   of the segments whose living articles these are, one after the other; none, or no such key, where
                   it was not merged
``checkpoint``     what an interrupted load needs to go on, or null
``purged``         the generation that articles were last purged in, 0 for none, also where the key is missing: who has
                   learned before what articles share must forget it before it writes
=================  ====================================================================================================

A commit (:func:`commit`) writes the manifest under another name, and gives it its own when all its bytes are safe, so
that a crash or a power cut leaves the old generation or the new one. The last two stay: where the newest is damaged,
the one before it can be served (:func:`manifests`).

Limits: a manifest has at most 64 MiB, 10,000 segments and 64 files a segment; numbers are below 2\\ :sup:`48`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

import orjson
from xxhash import xxh3_128_digest, xxh3_128_hexdigest

from index.columnar.atomic import Folder
from index.columnar.format import FileFacts, check_version, damaged
from index.errors import IndexDamaged, IndexNotFound, IndexVersionMismatch

MOST_BYTES = 64 << 20
MOST_SEGMENTS = 10_000
MOST_FILES = 64
MOST = 1 << 48

Opened = TypeVar("Opened")

_MANIFEST = re.compile(r"manifest-(0|[1-9][0-9]{0,14})\.json")
_UNFINISHED = re.compile(r"manifest-[0-9]+\.json\.new")
_SEGMENT = re.compile(r"s([0-9]{7,15})")
_FILE = re.compile(r"(s[0-9]{7,15})\.[a-z][a-z0-9_-]{0,39}")
_DIGEST = re.compile(r"[0-9a-f]{32}")
_FIRST_BYTES = 48
_FIRST_LINE = re.compile(rb'\{"checksum":"([0-9a-f]{32})",\n')


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """A segment of a generation: ``articles`` with those ``deleted``; the file ``deletions`` says which these are.
    ``merged``: what it was merged of."""

    name: str
    articles: int
    deleted: int
    files: tuple[FileFacts, ...]
    deletions: FileFacts | None
    merged: tuple[str, ...] = ()

    def all_files(self) -> tuple[FileFacts, ...]:
        """All files that the generation needs of this segment."""
        return self.files if self.deletions is None else (*self.files, self.deletions)


@dataclass(frozen=True, slots=True)
class Manifest:
    """One generation; the module says what the fields mean. ``checkpoint`` is made of JSON's kinds of values."""

    generation: int
    format: int
    fingerprint: str
    next_segment: int
    segments: tuple[SegmentEntry, ...]
    checkpoint: Mapping[str, Any] | None
    purged: int = 0

    def all_files(self) -> Iterator[FileFacts]:
        """All files that the generation is made of."""
        for segment in self.segments:
            yield from segment.all_files()


@dataclass(frozen=True, slots=True)
class Generation:
    """A generation found in a folder. ``problem`` says why it can't be served, if so; ``manifest`` is ``None`` where it
    can't even be read."""

    number: int
    manifest: Manifest | None
    problem: IndexDamaged | IndexVersionMismatch | None = None


def segment_name(number: int) -> str:
    """The name of the segment of this number."""
    return f"s{number:07}"


def manifest_name(generation: int) -> str:
    """The name of the file of a generation."""
    return f"manifest-{generation}.json"


def manifests(folder: Folder) -> list[Generation]:
    """All generations of a folder, newest first, and whether the files that they name are there in their length."""
    found = []
    for number in _numbers(folder.names()):
        try:
            manifest = read(folder, number)
        except (IndexDamaged, IndexVersionMismatch) as problem:
            found.append(Generation(number, None, problem))
        except FileNotFoundError:
            continue  # a commit has removed it since
        else:
            found.append(Generation(number, manifest, _missing(folder, manifest)))
    return found


def newest_number(folder: Folder) -> int:
    """The number of the newest generation, whole or not; 0 where there is none. Lists the folder, reads no file."""
    return next(iter(_numbers(folder.names())), 0)


def newest(folder: Folder) -> Manifest:
    """The newest generation whose manifest can be read and whose files are there; errors as in :func:`open_newest`."""
    return open_newest(folder, lambda manifest: manifest)[0]


def newest_named(folder: Folder) -> Manifest:
    """The newest generation whose manifest can be read, whether or not its files are there: what is to be mended.

    Errors as in :func:`open_newest`.
    """
    for one in manifests(folder):
        if one.manifest is not None:
            return one.manifest
        if isinstance(one.problem, IndexVersionMismatch):
            break
    return newest(folder)


def open_newest(folder: Folder, opened: Callable[[Manifest], Opened]) -> tuple[Opened, tuple[Generation, ...]]:
    """The newest generation that ``opened`` can open, and the newer ones with the damage that keeps them from it.

    Without a lock, and right while commits go on. Raises :class:`IndexNotFound` where there is no generation,
    :class:`IndexVersionMismatch` where another version of Kiosk wrote the newest, and where none can be opened the
    :class:`IndexDamaged` of the newest.
    """
    while True:
        found = manifests(folder)
        passed_over: list[Generation] = []
        for one in found:
            problem = one.problem
            if one.manifest is not None and problem is None:
                try:
                    return opened(one.manifest), tuple(passed_over)
                except IndexDamaged as error:
                    problem = error
            passed_over.append(replace(one, problem=problem))
            # A commit may have removed just these files: they are damaged only if the newest is still the newest.
            if _numbers(folder.names())[:1] != [found[0].number]:
                break
            if isinstance(passed_over[0].problem, IndexVersionMismatch):
                raise passed_over[0].problem
        else:
            if passed_over and passed_over[0].problem is not None:
                raise passed_over[0].problem
            if not _numbers(folder.names()):
                raise IndexNotFound(f"{folder.path}: no index here; load an archive first")


def read(folder: Folder, generation: int) -> Manifest:
    """The manifest of one generation; :class:`IndexDamaged`, :class:`IndexVersionMismatch` or ``FileNotFoundError``."""
    name = manifest_name(generation)
    data = folder.read(name, MOST_BYTES)
    try:
        manifest = decode(data, str(folder.path / name))
    except ValueError as error:
        raise damaged(folder, name, 0, str(error)) from error
    if manifest.generation != generation:
        raise damaged(folder, name, 0, f"is the manifest of generation {manifest.generation}")
    return manifest


def commit(folder: Folder, manifest: Manifest, *, keep: int = 2, under_way: Collection[str] = frozenset()) -> Manifest:
    """Makes ``manifest`` the newest generation, then removes what none of the newest ``keep`` needs.

    Its files must have been closed by their writers, and the folder locked by the caller. Returns the manifest as it
    stands: its generation is raised above that of every other in the folder. After an error the newest generation is
    most often the old one; the new one's files are for :func:`tidy` to remove, which looks, and not for the caller.
    ``under_way`` names segments that are being written and stay; what can't be removed now is left to the next commit.
    """
    if (missing := _missing(folder, manifest)) is not None:
        raise missing
    names = folder.names()
    manifest = replace(manifest, generation=max([manifest.generation, *(number + 1 for number in _numbers(names))]))
    name = manifest_name(manifest.generation)
    data = encode(manifest)
    try:
        if f"{name}.new" in names:  # of a commit that crashed
            folder.remove(f"{name}.new")
        with folder.create(f"{name}.new") as output:
            output.write(data)
            output.sync()
        folder.sync()  # the names of the segments' files: the manifest's must not outlive theirs
        folder.rename(f"{name}.new", name)
        folder.sync()
    except BaseException:
        _remove(folder, [f"{name}.new", name])
        raise
    tidy(folder, keep=keep, under_way=under_way)
    return manifest


def tidy(folder: Folder, *, keep: int = 2, under_way: Collection[str] = frozenset()) -> list[str]:
    """Removes :func:`litter`; the names of what the system did not let go. For the holder of the folder's lock."""
    try:
        names = litter(folder, keep=keep, under_way=under_way)
        _remove(folder, names)
        if names:
            folder.sync()
        left = set(folder.names())
    except OSError:
        return []
    return [name for name in names if name in left]


def litter(folder: Folder, *, keep: int = 2, under_way: Collection[str] = frozenset()) -> list[str]:
    """The files that none of the newest ``keep`` whole generations needs: of older ones, and of writers that crashed.

    Manifests come first, so that none is left naming files that are gone. Nothing, where the newest generation is not
    whole: it may be mended. Files whose names are not of an index are never among them.
    """
    names = folder.names()
    found = manifests(folder)
    if not found or found[0].problem is not None:
        return []
    kept = [one.manifest for one in found if one.manifest is not None and one.problem is None][:keep]
    needed = {manifest_name(manifest.generation) for manifest in kept}
    needed.update(file.name for manifest in kept for file in manifest.all_files())
    needless = [name for name in names if name not in needed and _is_ours(name, under_way)]
    return sorted(needless, key=lambda name: (not name.startswith("manifest"), name))


def encode(manifest: Manifest) -> bytes:
    """The bytes of a manifest; ``ValueError`` where it is beyond a limit or does not fit together."""
    body = orjson.dumps(asdict(manifest), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    rest = body[body.index(b"\n") + 1 :]
    data = _first_line(rest) + rest
    decode(data, manifest_name(manifest.generation))
    return data


def mended(data: bytes) -> bytes | None:
    """The manifest that these bytes were before one bit of them was flipped, if that is what is wrong with them.

    Cost: a second for 40 KB, with the square of the length; tries nothing longer than 256 KB.
    """
    rest = bytearray(data[_FIRST_BYTES:])
    first = _first_line(rest)
    if sum((one ^ other).bit_count() for one, other in zip(data, first, strict=False)) == 1:
        return first + rest
    told = _FIRST_LINE.match(data)
    if told is None or len(data) > 1 << 18:
        return None
    wanted = bytes.fromhex(told[1].decode())
    for at in range(len(rest)):
        for bit in range(8):
            rest[at] ^= 1 << bit
            if xxh3_128_digest(rest) == wanted:
                return data[:_FIRST_BYTES] + rest
            rest[at] ^= 1 << bit
    return None


def _first_line(rest: bytes | bytearray) -> bytes:
    return b'{"checksum":"%s",\n' % xxh3_128_hexdigest(rest).encode()


def decode(data: bytes, where: str) -> Manifest:
    """The manifest in these bytes, which may be anybody's; ``ValueError`` says what is wrong with them, and
    :class:`IndexVersionMismatch`, naming ``where``, that another version wrote them."""
    if len(data) > MOST_BYTES:
        raise ValueError(f"longer than {MOST_BYTES} bytes")
    first = _FIRST_LINE.match(data)
    if first is None:
        raise ValueError("is no manifest")
    if xxh3_128_hexdigest(memoryview(data)[first.end() :]).encode() != first[1]:
        raise ValueError("is not what was written: the checksum differs")
    tree = _Tree(orjson.loads(data), "the manifest")
    version = tree.number("format")
    check_version(version, where)
    manifest = Manifest(
        generation=tree.number("generation"),
        format=version,
        fingerprint=tree.text("fingerprint", re.compile(r"[ -~]{0,1000}")),
        next_segment=tree.number("next_segment"),
        segments=tuple(_segment(one) for one in tree.list("segments", MOST_SEGMENTS)),
        checkpoint=tree.mapping("checkpoint"),
        purged=tree.number("purged", missing=0),
    )
    _check(manifest)
    return manifest


class _Tree:
    """A JSON object that may hold anything."""

    def __init__(self, value: object, what: str) -> None:
        if not isinstance(value, dict):
            raise ValueError(f"{what} is no object")
        self._value = value
        self._what = what

    def number(self, key: str, *, missing: int | None = None) -> int:
        value = self._value.get(key, missing)
        if type(value) is not int or not 0 <= value < MOST:
            raise ValueError(f"{self._what}: {key} is no number from 0 to 2^48")
        return value

    def text(self, key: str, pattern: re.Pattern[str]) -> str:
        value = self._value.get(key)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(f"{self._what}: {key} is no text as it should be")
        return value

    def list(self, key: str, most: int) -> Iterable[_Tree]:
        value = self._value.get(key)
        if not isinstance(value, list) or len(value) > most:
            raise ValueError(f"{self._what}: {key} is no list of at most {most}")
        return (_Tree(one, f"{key} {at}") for at, one in enumerate(value))

    def names(self, key: str, pattern: re.Pattern[str], most: int) -> tuple[str, ...]:
        """Those of a list, which may be missing."""
        value = self._value.get(key, [])
        if not isinstance(value, list) or len(value) > most:
            raise ValueError(f"{self._what}: {key} is no list of at most {most}")
        if not all(isinstance(one, str) and pattern.fullmatch(one) for one in value):
            raise ValueError(f"{self._what}: {key} holds what is no name")
        return tuple(value)

    def tree(self, key: str) -> _Tree | None:
        value = self._value.get(key)
        return None if value is None else _Tree(value, f"{self._what}: {key}")

    def mapping(self, key: str) -> Mapping[str, Any] | None:
        tree = self.tree(key)
        return None if tree is None else tree._value


def _segment(tree: _Tree) -> SegmentEntry:
    deletions = tree.tree("deletions")
    return SegmentEntry(
        name=tree.text("name", _SEGMENT),
        articles=tree.number("articles"),
        deleted=tree.number("deleted"),
        files=tuple(_facts(one) for one in tree.list("files", MOST_FILES)),
        deletions=None if deletions is None else _facts(deletions),
        merged=tree.names("merged", _SEGMENT, MOST_SEGMENTS),
    )


def _facts(tree: _Tree) -> FileFacts:
    return FileFacts(tree.text("name", _FILE), tree.number("length"), tree.text("digest", _DIGEST))


def _check(manifest: Manifest) -> None:
    """Whether the parts of a manifest fit together."""
    names = [segment.name for segment in manifest.segments]
    if len(set(names)) != len(names):
        raise ValueError("a segment is named twice")
    for segment in manifest.segments:
        if int(segment.name[1:]) >= manifest.next_segment:
            raise ValueError(f"{segment.name} is not below next_segment")
        if segment.deleted > segment.articles:
            raise ValueError(f"{segment.name}: more articles deleted than there are")
        files = [file.name for file in segment.all_files()]
        if len(set(files)) != len(files) or any(not name.startswith(f"{segment.name}.") for name in files):
            raise ValueError(f"{segment.name}: a file is named twice, or is another segment's")


def _remove(folder: Folder, names: Iterable[str]) -> None:
    for name in names:
        with suppress(OSError):
            folder.remove(name)


def _missing(folder: Folder, manifest: Manifest) -> IndexDamaged | None:
    """The damage of a generation that shows without opening a file."""
    for file in manifest.all_files():
        try:
            length = folder.size(file.name)
        except FileNotFoundError:
            return damaged(folder, file.name, 0, f"is missing, and generation {manifest.generation} needs it")
        if length != file.length:
            return damaged(folder, file.name, length, f"has {length} bytes, was written with {file.length}")
    return None


def _numbers(names: Iterable[str]) -> list[int]:
    """The generations whose manifests are among ``names``, newest first."""
    found = (_MANIFEST.fullmatch(name) for name in names)
    return sorted((int(one[1]) for one in found if one), reverse=True)


def _is_ours(name: str, under_way: Collection[str]) -> bool:
    if _MANIFEST.fullmatch(name) or _UNFINISHED.fullmatch(name):
        return True
    found = _FILE.fullmatch(name)
    return found is not None and found[1] not in under_way
