"""What an engine does for the rest of the house, and how one is opened.

The rooms above (``pipeline``, ``search``) know engines by these protocols only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, Self

from index.errors import IndexDamaged, KioskError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from whoosh.reading import IndexReader

    from index.article import Article
    from index.columnar.arrays import B1, F4, I4, I8, U1, U4, U8
    from index.columnar.batch import AnalysedBatch, Analyser
    from index.columnar.block_kernels import Checked

Outcome = Literal["added", "updated", "duplicate"]

NO_DATE = -(2**63)
"""The value of the ``published`` column for an undated article."""


FOLD_WEIGHT = 29 / 32
"""What a form counts that has the typed word's letters but other accents. Sums of such fractions are exact, whatever
their order: an article has the same score to the last bit before and after a merge."""
TERM_WEIGHT = 24 / 32
"""What another form of the typed word counts: less than the word as typed, so that an equal form ranks first."""


@dataclass(frozen=True, slots=True)
class IndexStats:
    """What an index holds."""

    articles: int
    languages: Mapping[str, int]
    sections: Mapping[str, int]
    sources: Mapping[str, int]
    first_published: str | None
    last_published: str | None
    bytes_on_disk: int
    """Of all files, those of the generation before among them."""
    bytes_by_part: Mapping[str, int]
    """Of the newest generation alone, by kind of file."""
    segments: int
    generation: int


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair found and did."""

    problems: tuple[str, ...] = ()
    """What was wrong, one sentence each; nothing where the index was whole, and nothing was done."""
    lost: tuple[str, ...] = ()
    """The ids of the articles that are lost; some that were deleted may be among them where the note of that is lost,
    too."""
    unnamed: int = 0
    """How many are lost besides whose ids can't be read."""
    returned: int = 0
    """How many of the articles now in the index were deleted or replaced by a commit whose note of that is lost, at
    most."""
    newest_lost: bool = False
    """Whether the manifest of the newest generation can't be read: what it changed is lost, and not counted here."""


class Columns(Protocol):
    """Values per document of one reader, for filters, facets and sorting. Arrays are read-only; row = global document
    number, deleted documents included."""

    @property
    def live(self) -> NDArray[np.bool_]:
        """Which documents are not deleted."""

    @property
    def published(self) -> NDArray[np.int64]:
        """First second of the article's date since 1970-01-01 UTC, or :data:`NO_DATE`."""

    @property
    def id_keys(self) -> NDArray[np.uint64]:
        """A hash of each document's id: settles ties the same way after every merge."""

    def lengths(self, name: str) -> NDArray[np.int32]:
        """Words in the text field ``name`` (``title``, ``body``)."""

    def codes(self, name: str) -> tuple[NDArray[np.int32], Sequence[str]]:
        """``section``, ``lang`` or ``source`` as codes into a sorted list of values; -1 where there is none."""

    @property
    def authors(self) -> tuple[NDArray[np.int64], NDArray[np.int32], Sequence[str]]:
        """Offsets (documents + 1), codes, sorted values: document *d* has ``codes[offsets[d]:offsets[d + 1]]``."""


class AskedWord(NamedTuple):
    """A typed word as one language understands it."""

    lang: str
    form: str
    term: str
    """What the language's chain makes of ``form``; ``fold`` likewise."""
    fold: str
    exact: bool = False
    """Only ``form`` itself is asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class FormLists:
    """The posting lists of the forms that were found for what was asked: a row for each of these, segment and form.

    Rows are in order of their segments, then of what was asked, then of the forms. A form that is found in several ways
    has one row, with the best weight. Arrays are of one length, ``at`` has one more.
    """

    asked: I4
    """Which of those asked for."""
    segment: I4
    """Place in :attr:`EngineReader.segments`."""
    weight: F4
    """1, :data:`FOLD_WEIGHT` or :data:`TERM_WEIGHT`."""
    start: I8
    """The posting, in the segment, that the list of titles begins with; the list of bodies follows it."""
    titles: I8
    """How many postings that has; ``bodies`` likewise."""
    bodies: I8
    living_titles: I8
    """How many of these documents are not deleted; ``living_bodies`` likewise."""
    living_bodies: I8
    data: U1
    """The forms, UTF-8, one after the other; ``at`` where each begins, and a last one where they end."""
    at: I8
    cut: frozenset[int]
    """Those asked that stand for more forms than were taken."""

    def __len__(self) -> int:
        return len(self.asked)

    @property
    def nbytes(self) -> int:
        """The bytes of all arrays."""
        arrays = (getattr(self, each.name) for each in fields(self) if each.name != "cut")
        return sum(array.nbytes for array in {id(array): array for array in arrays}.values())

    def form(self, row: int) -> str:
        """The form of one row."""
        return self.data[self.at[row] : self.at[row + 1]].tobytes().decode()

    def forms(self) -> list[str]:
        """The forms of all rows."""
        data, at = self.data.tobytes(), self.at.tolist()
        return [data[start:stop].decode() for start, stop in pairwise(at)]


@dataclass(frozen=True, slots=True)
class LanguageStatistics:
    """What a score needs to know of one language: of its living articles the number and how long they are."""

    articles: int
    title_words: float
    """On average; ``body_words`` likewise."""
    body_words: float

    def words(self, name: str) -> float:
        """The average length of the text field ``name`` (``title``, ``body``)."""
        return self.title_words if name == "title" else self.body_words


class SegmentArrays(Protocol):
    """A segment as plain arrays, read-only and mapped where that can be. Documents and postings are numbered from 0.

    Arrays of documents have been compared with their checksums, and codes and offsets stay within what they point
    into. Of the postings that holds where they were asked for by :meth:`ensure_postings` and :meth:`ensure_positions`;
    that a document in ``docs`` is one of the segment's, the reader of a list must see to.
    """

    @property
    def base(self) -> int:
        """The number in the reader of the segment's first document."""

    @property
    def count(self) -> int:
        """Documents, deleted ones included."""

    @property
    def living(self) -> int:
        """Documents that are not deleted."""

    @property
    def alive(self) -> B1:
        """(count,) which are not deleted."""

    @property
    def docs(self) -> U4:
        """(postings,) the document of each, ascending in each list."""

    @property
    def freqs(self) -> U1:
        """(postings,) how often it holds the form; 255: see :attr:`many`."""

    @property
    def many_at(self) -> I8:
        """The postings whose frequency is 255 or more, ascending."""

    @property
    def many(self) -> U4:
        """How often these do."""

    @property
    def positions(self) -> U1:
        """Where the forms stand, posting after posting: :mod:`index.columnar.postings_kernels`."""

    @property
    def strides(self) -> I8:
        """The byte at which the positions of every 64th posting begin, and a last one where they end."""

    @property
    def entries(self) -> U4:
        """(count, 8) of each document section, lang, source and day: codes of this segment from 1, 0 for none; words of
        title and body; the lower and upper half of :attr:`published`."""

    @property
    def words(self) -> U4:
        """(count, 2) words in the title and in the body."""

    @property
    def published(self) -> I8:
        """(count,) first second of the date since 1970-01-01 UTC, or :data:`NO_DATE`."""

    @property
    def id_keys(self) -> U8:
        """(count,) a hash of each id: settles ties the same way after every merge."""

    @property
    def authors_at(self) -> I8:
        """(count + 1,) where each document's authors begin in :attr:`authors`."""

    @property
    def authors(self) -> U4:
        """Codes of this segment from 0."""

    def global_codes(self, name: str) -> I4:
        """What the codes of this segment are for the whole reader, from 1 on: of ``section``, ``lang``, ``source`` or
        ``day`` (values + 1), 0 for 0; of ``author`` (values), for codes from 0 on."""

    @property
    def checked_postings(self) -> tuple[Checked, Checked]:
        """Which blocks of :attr:`docs` and :attr:`freqs` were compared with their checksums, for kernels that see to
        many segments at once: where all of a list's were, :meth:`ensure_postings` need not be asked."""

    @property
    def checked_positions(self) -> tuple[Checked, Checked]:
        """The same of :attr:`positions` and :attr:`strides`, for :meth:`ensure_positions`."""

    def ensure_postings(self, starts: I8, stops: I8) -> None:
        """Compares documents and frequencies of these ranges of postings with their checksums, where that was not done
        before. Raises :class:`index.errors.IndexDamaged`. Some microseconds where all were compared."""

    def ensure_positions(self, starts: I8, stops: I8) -> None:
        """The same of the positions of these postings: all bytes between the marks before and behind each range, which
        then point into ``positions``, in this order. The marks in between are the reader's to look at."""

    def damaged(self, what: str) -> IndexDamaged:
        """The error to raise where postings do not fit together; the reader is not to be used again."""


class EngineReader(Protocol):
    """One consistent view of an index. Never changes; safe for several threads."""

    @property
    def generation(self) -> int: ...

    @property
    def problem(self) -> str | None:
        """The first damage that reading from it has met; such a reader is not to be used again."""

    @property
    def whoosh(self) -> IndexReader:
        """The postings, through Whoosh's reader interface. Fields: :mod:`index.fields`."""

    @property
    def columns(self) -> Columns: ...

    def languages(self) -> Sequence[str]:
        """The languages that live articles have, the most frequent first."""

    @property
    def segments(self) -> Sequence[SegmentArrays]:
        """The segments as arrays, in the order in which their documents are numbered."""

    def find_words(self, asked: Sequence[AskedWord]) -> FormLists:
        """The forms that typed words match: each word itself, its other accents, the other forms of its term."""

    def find_prefixes(self, asked: Sequence[tuple[str, str]]) -> FormLists:
        """All forms of a language that begin with a prefix, accents heeded unless it has none: weight 1. Asked for are
        pairs of language and prefix."""

    def find_wildcards(self, asked: Sequence[tuple[str, str]], most: int) -> FormLists:
        """The forms of a language that a pattern describes from end to end (``?`` any letter, ``*`` any number of
        them), weight 1: of each pattern the ``most`` frequent over all segments, deleted articles counted, too. Asked
        for are pairs of language and pattern."""

    def find_fuzzy(self, asked: Sequence[tuple[str, str, int]], most: int, *, fixed: int = 0) -> FormLists:
        """The forms of a language that differ from a form by so many letters at most, 1 or 2, put in, left out or
        replaced: weight 1, ``most`` as in :meth:`find_wildcards`. Asked for are language, form and number. ``fixed``:
        how many letters they must have in common at the beginning, which is quicker."""

    def forget_patterns(self) -> None:
        """Lets go of the last answers to patterns, where the reader remembers them."""

    def values(self, name: str) -> Sequence[str]:
        """All values of ``section``, ``lang``, ``source`` or ``author``, sorted; a code is the place and one."""

    def days(self) -> I4:
        """All days, since 1970-01-01, that dated documents have, sorted; a code is the place and one."""

    def language_statistics(self) -> Mapping[str, LanguageStatistics]:
        """Of the living articles of each language whose text fields some take (:func:`index.fields.field_language`)."""

    def postings(self, field: str, form: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Live documents whose index field ``field`` holds ``form``, ascending, and how often each does."""

    def positions(self, field: str, form: str) -> Mapping[int, Sequence[int]]:
        """Where ``form`` stands in each live document that holds it."""

    def article(self, doc: int) -> Article:
        """The article with this global document number."""

    def doc_of(self, article_id: str) -> int | None:
        """The live document with this id."""

    def ids(self) -> Sequence[str]:
        """The article ids, document by document."""

    def close(self) -> None: ...


class Engine(Protocol):
    """An index that can be written and read. A context manager; leaving it without a commit cancels what is pending.

    One writer at a time: the first ``add`` or ``delete`` takes the lock and raises :class:`index.errors.IndexLocked`
    where another process holds it. Not for several threads.
    """

    def add(self, articles: Sequence[Article]) -> list[Outcome]:
        """Stages articles, each as if alone. One with the same id is replaced; the same again, or the same title and
        body under another id, is a duplicate and nothing is written. Where one can't be analysed none is staged."""

    @property
    def analyser(self) -> Analyser:
        """Makes batches for :meth:`add_batch` in this process."""

    def add_batch(self, batch: AnalysedBatch) -> list[Outcome]:
        """:meth:`add` for articles that were analysed before, perhaps in another process."""

    def delete(self, article_ids: Iterable[str]) -> int:
        """Stages the removal of articles by id; the number found."""

    def commit(self, checkpoint: Mapping[str, Any] | None = None) -> int:
        """Makes everything staged visible and durable, with a note of how far the load is; returns how many articles
        that added or replaced."""

    def begin_commit(self, checkpoint: Mapping[str, Any] | None = None) -> Callable[[], int]:
        """Takes what is staged. The call that is returned does what :meth:`commit` would have done now; it may be made
        in another thread, must be made once, and keeps the lock. Meanwhile batches can be made and added: one that
        holds an article that may be known waits for the end of the call, as all else that is asked of the engine."""

    def checkpoint(self) -> Mapping[str, Any] | None:
        """The note of the newest commit; ``None`` where it left none."""

    def purge(self, article_ids: Iterable[str]) -> int:
        """Deletes articles so that no file of the index holds anything of them any more, nor of those deleted before;
        the number found. Commits. One that fails or is killed is finished by the next, whatever that deletes."""

    def cancel(self) -> None:
        """Forgets everything staged since the last commit."""

    def check(self) -> list[str]:
        """What is wrong with the committed index, one sentence each; nothing where it is whole. Reads all of it."""

    def repair(self) -> Repaired:
        """Makes the index whole again, with every article that can still be read. Checks all of it first."""

    def merge(self) -> None:
        """Rewrites the index without what was deleted, for the quickest searches."""

    def snapshot(self, target: Path) -> int:
        """A consistent copy in a new folder, made while the index is searched and written to; the number of
        articles."""

    def article(self, article_id: str) -> Article | None:
        """The committed article with this id."""

    def stats(self) -> IndexStats: ...

    def generation(self) -> int:
        """The newest committed generation; grows with each commit. Cheap enough to ask before every search."""

    @property
    def fallback(self) -> str | None:
        """Why the last reader is of an older generation than the newest, where it is: the damage that was met."""

    def reader(self) -> EngineReader:
        """A view of the newest committed generation; where damage was met in that, of the one before."""

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_engine(url: str | Path, *, create: bool = False) -> Engine:
    """Opens the index at ``url`` (a folder), making a new one where ``create`` is set and none stands there.

    Raises :class:`index.errors.IndexNotFound`, :class:`index.errors.IndexVersionMismatch` or
    :class:`index.errors.IndexDamaged`.
    """
    text = str(url)
    if "://" in text:
        raise KioskError(f"{text}: this version opens folders only; give the path of an index folder")
    from index.columnar.engine import ColumnarEngine

    return ColumnarEngine.open(Path(text), create=create)


def rebuild_index(url: str | Path) -> int:
    """Analyses all articles of the index at ``url`` anew, whatever analysis it was made with; the number of articles.

    Raises what :func:`open_engine` raises, but for a mismatch of the analysis, and
    :class:`index.errors.IndexLocked`.
    """
    from index.columnar.engine import ColumnarEngine

    return ColumnarEngine.rebuild(Path(url))


def repair_index(url: str | Path) -> Repaired:
    """Makes the index at ``url`` whole, whatever analysis it was made with: where it is damaged and that is another,
    all words are made anew. Raises as :func:`rebuild_index` does."""
    from index.columnar.atomic import Folder
    from index.columnar.engine import ColumnarEngine

    return ColumnarEngine(Folder(Path(url))).repair()
