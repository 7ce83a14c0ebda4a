"""Forms of another vocabulary have the numbers that the same words get here, however often either is cleared."""

from __future__ import annotations

import pickle
import random

import pytest

from index.analysis.foreign import ForeignForms
from index.analysis.form_table import Spelt
from index.analysis.vocabulary import Vocabulary
from tests.index.analysis.test_vocabulary import LANGS, SCRIPTS
from tests.soak import seeds

WORDS = " ".join(SCRIPTS.values()).split()


def text(rng: random.Random) -> tuple[str, str, str]:
    return rng.choice(LANGS), " ".join(rng.choices(WORDS, k=3)), " ".join(rng.choices(WORDS, k=40))


def spelt(vocabulary: Vocabulary, first: int) -> Spelt:
    """As another process gets it."""
    forms: Spelt = pickle.loads(pickle.dumps(vocabulary.since(first)))
    return forms


@pytest.mark.parametrize("seed", seeds(3, 100))
def test_words_found_elsewhere_have_the_numbers_that_they_get_here(seed: int) -> None:
    print("seed", seed)
    rng = random.Random(seed)
    ours = Vocabulary()
    others = [(Vocabulary(), ForeignForms()) for _ in range(2)]
    for _ in range(60):
        vocabulary, foreign = at = rng.choice(others)
        tokens = vocabulary.words([text(rng) for _ in range(rng.randint(0, 4))])
        foreign.extend(spelt(vocabulary, len(foreign)))
        if rng.random() < 0.8:  # else they are told and not asked for
            found = foreign.numbers_in(ours, tokens.forms)
            assert ours.table(found).offsets.tolist() == vocabulary.table(tokens.forms).offsets.tolist()
            assert ours.table(found).data.tolist() == vocabulary.table(tokens.forms).data.tolist()
            assert ours.table(found).terms.tolist() == vocabulary.table(tokens.forms).terms.tolist()
            assert (foreign.numbers_in(ours, tokens.forms) == found).all()
        if rng.random() < 0.1:
            ours.clear()
        if rng.random() < 0.1:
            vocabulary.clear()
            others[others.index(at)] = vocabulary, ForeignForms()


def test_many_forms_may_be_told_at_once() -> None:
    ours, other, foreign = Vocabulary(), Vocabulary(), ForeignForms()
    tokens = other.words([("en", " ".join(map(str, range(30_000))), "")])
    foreign.extend(other.since(0))
    foreign.extend(other.since(len(foreign)))
    assert len(foreign) == 30_000
    found = foreign.numbers_in(ours, tokens.forms[::-1].copy())
    assert ours.table(found).data.tobytes().decode() == "".join(map(str, reversed(range(30_000))))
