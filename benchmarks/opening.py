"""How long a process that has only imported what it needs takes to open an index and read one posting list.

``python -m benchmarks.opening INDEX FIELD FORM`` prints milliseconds and the number of postings as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module
from importlib.util import find_spec

IMPORTS = ("index", "index.columnar.engine", "numba", "numpy", "whoosh.index")


def open_and_read(path: str, field: str, form: str) -> int:
    """Opens the index at ``path`` and reads all documents and frequencies of ``form``: how many there are."""
    from index import open_engine

    with open_engine(path) as engine:
        docs, frequencies = engine.reader().postings(field, form)
        return len(docs) if frequencies.sum() else 0


def main() -> int:
    for name in IMPORTS:
        if find_spec(name):
            import_module(name)
    started = time.perf_counter()
    postings = open_and_read(*sys.argv[1:4])
    print(json.dumps({"milliseconds": (time.perf_counter() - started) * 1000, "postings": postings}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
