"""The one writer of an index: what it stages, and how that becomes a generation.

Articles are staged in a :class:`~index.columnar.builder.SegmentBuilder` and flushed to segments that no generation
names yet when they fill the memory they may take; a commit names them, with what is deleted of those before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from index.analysis import fingerprint
from index.analysis.foreign import ForeignForms
from index.analysis.keys import key_of
from index.columnar.arrays import B1, U8
from index.columnar.atomic import Folder
from index.columnar.batch import AnalysedBatch, Analyser
from index.columnar.builder import SegmentBuilder
from index.columnar.columns import Columns
from index.columnar.format import VERSION
from index.columnar.lookup import KnownArticle, KnownSegment
from index.columnar.manifest import Manifest, SegmentEntry, commit, segment_name
from index.columnar.merge import due, merge
from index.columnar.segment import LiveSegment, open_segment, write_deletions
from index.engine import Outcome

TOKEN_BYTES = 8
"""Memory of a staged token; putting it in order takes as much again for some millions at a time."""


class _Staged(NamedTuple):
    """An article in the builder: which batch, which article of it, and what tells whether another is the same."""

    alive: B1
    number: int
    article_key: int
    digest: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class _UnderWay:
    """What was staged for a commit, and what there was before it."""

    builder: SegmentBuilder
    accepted: int
    ids: Set[str]
    digests: Set[tuple[int, int]]
    known: tuple[KnownSegment, ...]

    def meets(self, columns: Columns) -> bool:
        """Whether an article may be among these, or have the text of one."""
        if not self.ids.isdisjoint(columns.ids.strings()) or not self.digests.isdisjoint(_pairs(columns.digests)):
            return True
        heads = columns.digests[::2].copy()
        places = ((one.by_id(columns.id_keys), one.by_digest(heads)) for one in self.known)
        return any((by_id >= 0).any() or (by_digest >= 0).any() for by_id, by_digest in places)


class Writer:
    """Writes one index, from taking the lock to letting it go. Not for several threads.

    ``memory``: bytes that staged articles may take before they are flushed to disk.
    """

    def __init__(
        self, folder: Folder, manifest: Manifest, segments: Sequence[LiveSegment], memory: int, analyser: Analyser
    ) -> None:
        self._folder = folder
        self._memory = memory
        self.manifest = manifest
        self._known = [KnownSegment(one) for one in segments]
        self._next_segment = manifest.next_segment
        self.analyser = analyser
        self._builder = SegmentBuilder(analyser.vocabulary)
        self._staged: dict[str, _Staged] = {}
        self._staged_digests: set[tuple[int, int]] = set()
        self._digest_places: dict[int, list[tuple[int, int]]] = {}
        self._pending: list[str] = []
        self._deleted = False
        self._accepted = 0
        self._under_way: _UnderWay | None = None

    # -- staging

    def add(self, batch: AnalysedBatch) -> list[Outcome]:
        """Stages the articles of a batch; what becomes of each."""
        columns = batch.columns
        alive = np.zeros(len(batch), np.bool_)
        ids, keys = columns.ids.strings(), columns.article_keys.tolist()
        pairs = _pairs(columns.digests)
        self._digest_places = {}
        known = {} if self._under_way is not None else self._committed(columns.id_keys, columns.digests)
        outcomes: list[Outcome] = []
        for number, article in enumerate(zip(ids, keys, pairs, strict=True)):
            outcomes.append(self._take(*article, alive, number, known.get(number, ())))
        if alive.any():
            self._builder.add(self._numbered(batch), alive)
            if self._under_way is None and self.full:
                self.flush()
        return outcomes

    def _take(
        self,
        article_id: str,
        key: int,
        digest: tuple[int, int],
        alive: B1,
        number: int,
        known: Sequence[tuple[int, int]],
    ) -> Outcome:
        """Decides on one article, and stages it where it is new or other than it was."""
        present = self._present(article_id, known)
        if present is not None and present.article_key == key and present.digest == digest:
            return "duplicate"
        if (present is None or present.digest != digest) and self._has_digest(digest):
            return "duplicate"
        if present is not None:
            self._remove(article_id, present)
        alive[number] = True
        self._staged[article_id] = _Staged(alive, number, key, digest)
        self._staged_digests.add(digest)
        self._accepted += 1
        return "added" if present is None else "updated"

    def delete(self, article_ids: Iterable[str]) -> int:
        """Stages the removal of articles by id; the number found."""
        found = 0
        for article_id in article_ids:
            present = self.find(article_id)
            if present is not None:
                self._remove(article_id, present)
                found += 1
        return found

    def find(self, article_id: str) -> _Staged | KnownArticle | None:
        """The article with this id as a commit now would leave it."""
        key = np.array([key_of(article_id)], np.uint64)
        return self._present(article_id, [(at, int(s.by_id(key)[0])) for at, s in enumerate(self._known)])

    def flush(self) -> None:
        """Writes what is staged to a segment; a commit is still needed to make it part of the index."""
        self._write_segment(self._begin_another(), alone=True)

    def _begin_another(self) -> SegmentBuilder:
        """Begins to stage for another segment; the builder of this one."""
        builder = self._builder
        if self.analyser.vocabulary.full:
            self.analyser.vocabulary.clear()
        self._builder = SegmentBuilder(self.analyser.vocabulary)
        self._staged, self._staged_digests = {}, set()
        return builder

    def _write_segment(self, builder: SegmentBuilder, *, alone: bool) -> None:
        if len(builder):
            entry = builder.build(self._folder, self._name(), alone=alone)
            self._known.append(self._opened(entry))
            self._pending.append(entry.name)

    # -- generations

    def commit(self, checkpoint: Mapping[str, Any] | None = None, *, always: bool = False, keep: int = 2) -> int:
        """Makes everything staged the newest generation; how many articles it added or replaced. Then merges what is
        due, as a generation of its own. ``always``: also where nothing has changed; ``keep``: generations that stay."""
        return self._committed_of(self._taken(), checkpoint, alone=True, always=always, keep=keep)

    def begin_commit(self, checkpoint: Mapping[str, Any] | None = None) -> Callable[[], int]:
        """Takes what is staged; the call that is returned commits it, as :meth:`commit` would have done now. It may be
        made in another thread, once. Until it has returned nothing may be asked of the writer but :meth:`must_wait`,
        :meth:`add` of a batch that must not, and whether it is :attr:`full` then."""
        taken = self._under_way = self._taken()

        def commit() -> int:
            try:
                return self._committed_of(taken, checkpoint, alone=False)
            finally:
                self._under_way = None

        return commit

    def must_wait(self, batch: AnalysedBatch) -> bool:
        """Whether a batch can't be added while a commit is under way: an article of it may be known already."""
        under_way = self._under_way
        return under_way is not None and under_way.meets(batch.columns)

    def _taken(self) -> _UnderWay:
        staged, digests, accepted = self._staged, self._staged_digests, self._accepted
        self._accepted = 0
        return _UnderWay(self._begin_another(), accepted, staged.keys(), digests, tuple(self._known))

    def _committed_of(
        self,
        taken: _UnderWay,
        checkpoint: Mapping[str, Any] | None,
        *,
        alone: bool,
        always: bool = False,
        keep: int = 2,
    ) -> int:
        self._write_segment(taken.builder, alone=alone)
        if not (always or self._pending or self._deleted or checkpoint != self.manifest.checkpoint):
            return 0
        self._write(self._known, checkpoint, keep)
        while chosen := due([len(one) for one in self._known], [one.live for one in self._known]):
            self.merge([self._known[at] for at in chosen])
        return taken.accepted

    def merge(self, sources: Sequence[KnownSegment] | None = None, *, repack: bool = False, keep: int = 2) -> None:
        """Merges segments, by default all, into one, and commits that. What is staged must have been committed."""
        chosen = list(self._known if sources is None else sources)
        rest = [one for one in self._known if one not in chosen]
        merged: list[KnownSegment] = []
        if any(one.live for one in chosen):
            name = self._name()
            self._pending.append(name)
            entry = merge(self._folder, name, [one.now() for one in chosen], repack=repack)
            merged = [self._opened(entry)]
        place = self._known.index(chosen[0]) if chosen else 0
        before = [one for one in self._known[:place] if one in rest]
        self._write([*before, *merged, *(one for one in rest if one not in before)], self.manifest.checkpoint, keep)
        for one in chosen:
            one.segment.forget()

    def rewrite_deleted(self) -> None:
        """Rewrites each segment that may hold anything of what is deleted, and leaves no older generation. What is
        staged must have been committed. Cost: most often rewrites all, since dictionaries hold pieces of the articles
        that were loaded with theirs."""
        for one in [one for one in self._known if one.live < len(one) or one.segment.stored.has_dictionaries]:
            self.merge([one], repack=True)
        self.manifest = replace(self.manifest, purged=self.manifest.generation + 1)
        self._write(self._known, None, keep=1)
        self.analyser.forget_articles()

    def cancel(self) -> None:
        """Forgets everything staged since the last commit, and removes what was flushed of it."""
        for name in self._pending:
            for file in self._folder.names():
                if file.startswith(f"{name}."):
                    self._folder.remove(file)
        self._known = [one for one in self._known if one.segment.name not in self._pending]
        for one in self._known:
            one.revive()
        self._forget()

    def segments(self) -> list[LiveSegment]:
        """The segments of the newest generation, opened."""
        return [one.now() for one in self._known]

    def _write(self, known: list[KnownSegment], checkpoint: Mapping[str, Any] | None, keep: int = 2) -> None:
        """Commits a generation of these segments; those all of whose articles are deleted are left out."""
        kept = [one for one in known if one.live]
        generation = self.manifest.generation + 1
        written: list[str] = []
        try:
            entries = []
            for one in kept:
                entry, new = _entry(self._folder, one, generation)
                written += new
                entries.append(entry)
            manifest = replace(
                self.manifest,
                generation=generation,
                format=VERSION,
                fingerprint=fingerprint(),
                next_segment=self._next_segment,
                segments=tuple(entries),
                checkpoint=checkpoint,
            )
            self.manifest = commit(self._folder, manifest, keep=keep)
        except BaseException:
            with ExitStack() as stack:  # try each, whatever becomes of the others
                for name in written:
                    stack.callback(_removed, self._folder, name)
            raise
        for one, entry in zip(kept, entries, strict=True):
            one.committed(entry)
        self._known = kept
        self._pending = []
        self._deleted = False

    def _opened(self, entry: SegmentEntry) -> KnownSegment:
        known = KnownSegment(open_segment(self._folder, entry))
        known.segment.forget()  # of what was looked at, little is needed again
        return known

    def _name(self) -> str:
        self._next_segment += 1
        return segment_name(self._next_segment - 1)

    # -- what is there already

    def _committed(self, id_keys: U8, digests: U8) -> dict[int, list[tuple[int, int]]]:
        """By article: the segments, and places in their orders, where its id may stand. Looks up digests too, for
        :meth:`_has_digest`."""
        found: dict[int, list[tuple[int, int]]] = {}
        heads = digests[::2].copy()
        for at, segment in enumerate(self._known):
            places = segment.by_id(id_keys)
            for number in np.flatnonzero(places >= 0).tolist():
                found.setdefault(number, []).append((at, int(places[number])))
            places = segment.by_digest(heads)
            for number in np.flatnonzero(places >= 0).tolist():
                self._digest_places.setdefault(int(heads[number]), []).append((at, int(places[number])))
        return found

    def _present(self, article_id: str, places: Iterable[tuple[int, int]]) -> _Staged | KnownArticle | None:
        staged = self._staged.get(article_id)
        if staged is not None:
            return staged
        for at, place in places:
            known = self._known[at].article(article_id, place) if place >= 0 else None
            if known is not None:
                return known
        return None

    def _has_digest(self, digest: tuple[int, int]) -> bool:
        if digest in self._staged_digests:
            return True
        places = self._digest_places.get(digest[0], ())
        return any(self._known[at].has_digest(digest, place) for at, place in places)

    def _remove(self, article_id: str, present: _Staged | KnownArticle) -> None:
        if isinstance(present, _Staged):
            present.alive[present.number] = False
            self._staged_digests.discard(present.digest)
            del self._staged[article_id]
            self._accepted -= 1
        else:
            present.segment.delete(present.doc)
            self._deleted = True
            if present.segment.segment.name in self._pending:
                self._accepted -= 1

    def _numbered(self, batch: AnalysedBatch) -> AnalysedBatch:
        """The batch with its tokens numbered by our vocabulary."""
        vocabulary = self.analyser.vocabulary
        if batch.forms is vocabulary:
            return batch
        assert isinstance(batch.forms, ForeignForms)
        numbers = batch.forms.numbers_in(vocabulary, batch.tokens.forms)
        return replace(batch, tokens=replace(batch.tokens, forms=numbers), forms=vocabulary)

    @property
    def full(self) -> bool:
        """Whether what is staged is to be flushed before more is added: :meth:`add` does, where no commit is under
        way."""
        vocabulary = self.analyser.vocabulary
        return vocabulary.full or TOKEN_BYTES * self._builder.tokens + self._builder.bytes > self._memory

    def _forget(self) -> None:
        self._builder = SegmentBuilder(self.analyser.vocabulary)
        self._staged, self._staged_digests = {}, set()
        self._pending = []
        self._deleted = False
        self._accepted = 0


def _pairs(digests: U8) -> Iterator[tuple[int, int]]:
    numbers = digests.tolist()
    return zip(numbers[::2], numbers[1::2], strict=True)


def _entry(folder: Folder, known: KnownSegment, generation: int) -> tuple[SegmentEntry, list[str]]:
    """The segment as the generation has it, and the files that were written for that."""
    if not known.changed:
        return known.entry, []
    deletions = write_deletions(folder, known.segment.name, generation, known.alive)
    return replace(known.entry, deleted=len(known) - known.live, deletions=deletions), [deletions.name]


def _removed(folder: Folder, name: str) -> None:
    try:
        folder.remove(name)
    except OSError:
        return  # the next commit removes what no generation names
