"""The profiles of two libraries as arrays: langdetect's n-grams of characters, py3langid's n-grams of bytes.

langdetect knows 55 languages by the frequencies of 1- to 3-grams of normalised characters. py3langid is there for those
that it lacks: a naive Bayes model of 139 languages, learned from Wikipedia, news and the web; alive, BSD, one wheel for
every system with the model in it as plain arrays, by the author of trafilatura. Neither library's own detector is used:
langdetect's draws at random and takes milliseconds, py3langid's knows nothing of scripts and takes its time in Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis.tables import rows
from index.kept_arrays import kept_or_made
from index.language.kernels import HASH, LISTED, SPACE, UPPER
from index.language.scripts import script_rules, script_table

UNSEEN = 0.5 / 10_000
"""What langdetect adds to each probability (its alpha over its base frequency)."""
FILE = "profiles.arrays"


@dataclass(frozen=True, slots=True)
class Profiles:
    """Everything that the kernels read. Arrays may be mapped from a file and are not to be written."""

    scripts: NDArray[np.uint8]
    """:func:`index.language.scripts.script_table`."""
    ngram_languages: NDArray[np.str_]
    """langdetect's names of the columns of ``ngram_logs``."""
    normal: NDArray[np.uint32]
    """langdetect's normalised character per code point; ``UPPER`` is set where that is a capital."""
    ngram_keys: NDArray[np.uint64]
    """Open-addressing table of n-grams, 21 bits a character, the last character highest."""
    ngram_places: NDArray[np.int32]
    """The row of each key."""
    ngram_logs: NDArray[np.float32]
    """(n-grams, languages padded to 64): log of the frequency of the n-gram among those of its length, above the log of
    the frequency of one never seen."""
    feature_languages: NDArray[np.str_]
    """py3langid's names of the columns of ``feature_logs``."""
    features_listed: NDArray[np.uint64]
    """A bit for each hash that a key of ``feature_keys`` has: see :func:`index.language.kernels.is_listed`."""
    feature_keys: NDArray[np.uint64]
    """Open-addressing table of features: runs of bytes, the last byte lowest."""
    feature_places: NDArray[np.int32]
    """The row of each key."""
    feature_logs: NDArray[np.uint8]
    """(features, languages padded to 64): log-probabilities, in steps of ``feature_step`` above a common lowest."""
    feature_step: NDArray[np.float32]
    feature_priors: NDArray[np.float32]
    """(languages padded to 64): log of the probability before anything is read, up to a constant."""
    feature_typical: NDArray[np.float32]
    """(languages padded to 64): the mean of its ``feature_logs`` in a text of that language, as its profile has it."""


@lru_cache(maxsize=1)
def known_profiles() -> Profiles:
    """The profiles, from the cache where it has them, else made and put there.

    Cost of the first call: some 30 ms, or a second where they must be made. They lie beside the compiled kernels, in a
    folder of their own version, and are mapped: processes share the memory.
    """
    names = [field.name for field in fields(Profiles)]
    return Profiles(**kept_or_made(FILE, _sources(), names, lambda: asdict(build())))


def build() -> Profiles:
    """The profiles, made anew from the files of both libraries. Cost: about a second."""
    return Profiles(scripts=script_table(), **_ngrams(), normal=_normalised(), **_features())


def _sources() -> tuple[str, ...]:
    """The files that the profiles are made of."""
    here = Path(__file__).parent
    ours = [here / name for name in ("profiles.py", "scripts.py", "detection_scripts.tsv", "detection_names.tsv")]
    return tuple(map(str, [*_profile_files(), *_normalisation_files(), _model_file(), *ours]))


def _profile_files() -> list[Path]:
    folder = Path(str(files("langdetect").joinpath("profiles")))
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


def _normalisation_files() -> list[Path]:
    folder = Path(str(files("langdetect").joinpath("utils")))
    return [folder / name for name in ("ngram.py", "unicode_block.py", "messages.properties")]


def _model_file() -> Path:
    return Path(str(files("py3langid").joinpath("data", "model.npz.xz")))


def _ngrams() -> dict[str, Any]:
    import orjson

    names: list[str] = []
    keys, columns, logs = [], [], []
    for path in _profile_files():
        profile = orjson.loads(path.read_bytes())
        grams = [gram for gram in profile["freq"] if 1 <= len(gram) <= 3]
        counts = np.array([profile["freq"][gram] for gram in grams], np.float64)
        lengths = np.fromiter(map(len, grams), np.int64, len(grams))
        totals = np.array(profile["n_words"], np.float64)[lengths - 1]
        keys.append(_packed(grams, lengths))
        logs.append(np.log1p(counts / totals / UNSEEN))
        columns.append(np.full(len(grams), len(names)))
        names.append(profile["name"])
    distinct, rows = np.unique(np.concatenate(keys), return_inverse=True)
    order = _by_script(names)
    matrix = np.zeros((len(distinct), _padded(len(names))), np.float32)
    matrix[rows, np.argsort(order)[np.concatenate(columns)]] = np.concatenate(logs)
    table, places = _hashed(distinct)
    return {
        "ngram_languages": np.array(names)[order],
        "ngram_keys": table,
        "ngram_places": places,
        "ngram_logs": matrix,
    }


def _packed(grams: list[str], lengths: NDArray[np.int64]) -> NDArray[np.uint64]:
    """One number per n-gram: its characters, the last one highest."""
    letters = np.frombuffer("".join(grams).encode("utf-32-le"), "<u4").astype(np.uint64)
    ends = np.cumsum(lengths)
    keys = np.zeros(len(grams), np.uint64)
    for back in range(3):
        here = lengths > back
        shift = (lengths[here] - 1 - back).astype(np.uint64) * np.uint64(21)
        keys[here] |= letters[ends[here] - 1 - back] << shift
    return keys


def _hashed(keys: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """An open-addressing table of ``keys``, at most half full, and the number of the key in each slot.

    All keys that still look for a slot try their next one at once; of those that meet in a free one the first gets it.
    """
    size = 1 << (2 * len(keys) - 1).bit_length()
    table, places = np.zeros(size, np.uint64), np.zeros(size, np.int32)
    slots = ((keys * np.uint64(HASH)) >> np.uint64(32)).astype(np.int64) & (size - 1)
    waiting = np.arange(len(keys))
    while len(waiting):
        free = waiting[table[slots[waiting]] == 0]
        taken, first = np.unique(slots[free], return_index=True)
        table[taken], places[taken] = keys[free[first]], free[first]
        waiting = np.setdiff1d(waiting, free[first], assume_unique=True)
        slots[waiting] = (slots[waiting] + 1) & (size - 1)
    return table, places


def _listed(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    bits = np.zeros(1 << LISTED, np.uint8)
    bits[(keys * np.uint64(HASH)) >> np.uint64(64 - LISTED)] = 1
    return np.packbits(bits, bitorder="little").view("<u8").astype(np.uint64)


def _normalised() -> NDArray[np.uint32]:
    """langdetect's normalised character for each code point of the basic plane: langdetect itself is asked."""
    from langdetect.utils.ngram import NGram

    normal = np.arange(0x10000, dtype=np.uint32)
    for code in range(0x10000):
        if not 0xD800 <= code <= 0xF8FF:
            normal[code] = ord(NGram.normalize(chr(code)))
    normal[0xD800:0xE000] = SPACE
    upper = np.array([chr(code).isupper() for code in normal])
    normal[upper] |= UPPER
    return normal


def _features() -> dict[str, Any]:
    from py3langid.modelio import load_model

    logs, priors, names, moves, rows, found = load_model(_model_file())
    runs = _feature_keys(np.asarray(moves).reshape(-1, 256), np.asarray(rows), np.array(found))
    keys, places = _hashed(runs)
    lowest, highest = float(logs.min()), float(logs.max())
    step = (highest - lowest) / 255
    columns = _padded(len(names))
    order = _by_script(names)
    steps = np.zeros((len(logs), columns), np.uint8)
    steps[:, : len(names)] = np.rint((logs[:, order].astype(np.float32) - lowest) / step)
    padded_priors = np.full(columns, -np.inf, np.float32)
    padded_priors[: len(names)] = np.asarray(priors)[order]
    return {
        "feature_languages": np.array(names)[order],
        "features_listed": _listed(runs),
        "feature_keys": keys,
        "feature_places": places,
        "feature_logs": steps,
        "feature_step": np.array([step], np.float32),
        "feature_priors": padded_priors,
        "feature_typical": (steps * np.exp(steps * np.float32(step) + lowest)).sum(0).astype(np.float32),
    }


def _feature_keys(moves: NDArray[np.uint32], rows: NDArray[np.uint16], found: NDArray[np.int64]) -> NDArray[np.uint64]:
    """The bytes of each feature, read off the automaton that finds them.

    State by state in the order of their depth: what is first reached from a state is one byte longer than it. The
    shortest run of bytes at whose end a feature is found is the feature.
    """
    keys = np.zeros(found.max() + 1, np.uint64)
    strings = np.zeros(len(rows), np.uint64)
    reached = np.zeros(len(rows), bool)
    level = np.zeros(1, np.int64)
    reached[0] = True
    while len(level):
        following = moves[rows[level]]
        parents, units = np.nonzero(~reached[following])
        deeper = following[parents, units].astype(np.int64)
        strings[deeper] = strings[level[parents]] << np.uint64(8) | units.astype(np.uint64)
        reached[deeper] = True
        level = deeper
        own = deeper[(found[deeper] >= 0) & (keys[found[deeper]] == 0)]
        keys[found[own]] = strings[own]
    return keys


def _by_script(names: Sequence[str]) -> NDArray[np.int64]:
    """An order of languages in which those of one script stand together, with those that have several in between: the
    kernels pass over the columns of others."""
    ours = dict(rows("detection_names.tsv", package="index.language"))
    scripts = sorted(script_rules(), key=lambda script: (-len(script.languages), script.number))

    def place(name: str) -> int:
        found = [number for number, script in enumerate(scripts) if ours.get(name, name) in script.languages]
        return 2 * found[0] if len(found) == 1 else 1 if found else 2 * len(scripts)

    return np.argsort([place(str(name)) for name in names], kind="stable")


def _padded(columns: int) -> int:
    """As many columns as there are, or somewhat more: rows of bytes or numbers begin where a cache line does."""
    return -(-columns // 64) * 64
