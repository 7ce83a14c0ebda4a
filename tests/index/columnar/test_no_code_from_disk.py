"""Reading an index runs no code that stands in its files: nothing is unpickled, unmarshalled or evaluated."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.archive import article, build_index

ROOT = Path(__file__).resolve().parents[3]

READ_ALL = """
import marshal, pickle, sys
from pathlib import Path

watching = []


def watched(function):
    def call(*args, **options):
        assert not watching, f"{function} while reading an index"
        return function(*args, **options)

    return call


for module in (pickle, marshal):
    for name in ("load", "loads"):
        setattr(module, name, watched(getattr(module, name)))


class Unpickler(pickle.Unpickler):
    def __init__(self, *args, **options):
        assert not watching, "Unpickler while reading an index"
        super().__init__(*args, **options)


pickle.Unpickler = Unpickler
EVENTS = ("exec", "compile", "marshal.loads", "marshal.load", "pickle.find_class", "import", "ctypes.dlopen")
sys.addaudithook(lambda event, args: watching and event in EVENTS and refuse(event, args))


def refuse(event, args):
    raise AssertionError(f"{event} while reading an index: {args}")


from whoosh.query import And, FuzzyTerm, Phrase, Prefix, Term
from whoosh.searching import Searcher as StockSearcher

from index import open_engine
from index.engine import AskedWord
from search import Searcher, SearchRequest
from search.ranking import FormWeighting


def read(path):
    with open_engine(path) as engine:
        assert engine.check() == []
        assert engine.stats().articles == 3
        reader = engine.reader()
        assert [reader.article(doc).title for doc in range(3)] == ["one bridge", "two bridges", "три моста"]
        assert reader.columns.authors[2] == ["A", "B"]
        assert len(reader.postings("body_en", "river")[0]) == 2
        assert reader.positions("body_en", "river")
        assert len(reader.find_words([AskedWord("en", "bridge", "bridg", "bridge")]))
        assert len(reader.find_prefixes([("ru", "мос")]))
        stock = StockSearcher(reader.whoosh, weighting=FormWeighting())
        queries = (Phrase("body_en", ["the", "river"]), Prefix("title_ru", "м"), FuzzyTerm("title_en", "bridgs"))
        assert all(stock.search(query, sortedby="published", groupedby="section").scored_length() for query in queries)
        assert len(stock.search(And([Term("id", "a"), Term("title_en", "one")]))) == 1
        with Searcher(engine) as searcher:
            for text in ("bridge", '"the river"', "bri*", "brigde~1", "section:world -river"):
                searcher.search(SearchRequest(q=text))
            searcher.article("a", "bridge")


read(sys.argv[1])  # loads modules and compiled kernels
watching.append(True)
read(sys.argv[2])
"""


def test_nothing_is_unpickled_unmarshalled_or_evaluated(tmp_path: Path) -> None:
    rows = [
        article("one bridge", "over the river", id="a", section="world", authors=("A",), published="2026-02"),
        article("two bridges", "over the wide river", id="b", authors=("A", "B")),
        article("три моста", "через реку", "ru", id="c"),
    ]
    paths = [build_index(tmp_path / name, rows, commits=2) for name in ("first", "second")]
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL, *map(str, paths)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
