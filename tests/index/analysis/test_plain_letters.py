"""What is made letter by letter is what the chain makes of the whole word."""

from __future__ import annotations

import random

import numpy as np

from index.analysis.characters import CODE_MASK, PLAIN, REORDERED, characters
from index.analysis.form_kernels import is_plain
from index.analysis.forms import closing_letters, form_of, opening_letters

SEED = 586839217


def test_a_word_that_is_plain_has_the_form_made_of_its_letters() -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    plain = characters().plain
    every = [chr(code) for code in np.flatnonzero(plain & np.uint32(PLAIN))]
    marks = [chr(code) for code in np.flatnonzero(plain & np.uint32(REORDERED))]
    pools = sorted(opening_letters()), sorted(closing_letters()), every, marks
    told = 0
    for _ in range(40_000):
        word = "".join(chance.choice(chance.choice(pools)) for _ in range(chance.randint(1, 5)))
        record = np.array([0, 0, *map(ord, word)], np.uint32)
        if is_plain.function(record, 0, len(word), plain):
            form = "".join(chr(int(plain[code]) & CODE_MASK) for code in record[2:])
            assert form_of(word) in (form, ""), ascii(word)
            told += 1
    assert told > 10_000
