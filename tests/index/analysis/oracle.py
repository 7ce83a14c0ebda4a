"""The words of a vocabulary beside those of the plain chains, which it must agree with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.analysis import chain_for
from index.analysis.vocabulary import Forms, Vocabulary

Text = tuple[str, str, str]


def text_of(forms: Forms) -> list[tuple[str, str]]:
    """Language and text of each form."""
    data, offsets = forms.data.tobytes(), forms.offsets.tolist()
    return [
        (forms.languages[lang], data[start:end].decode())
        for lang, start, end in zip(forms.lang.tolist(), offsets, offsets[1:], strict=False)
    ]


def assert_same_words(vocabulary: Vocabulary, texts: Sequence[Text]) -> None:
    """The vocabulary finds the forms that the chains find, in their order, at their positions, in their language."""
    tokens = vocabulary.words(texts)
    numbers, places = np.unique(tokens.forms, return_inverse=True)
    known = text_of(vocabulary.table(numbers.astype(np.uint32)))
    found = [(*known[place], position) for place, position in zip(places, tokens.positions.tolist(), strict=True)]
    ends = tokens.ends.tolist()
    assert ends[0] == 0
    assert len(ends) == 2 * len(texts) + 1
    assert ends[-1] == len(found)
    for number, (lang, *fields) in enumerate(texts):
        for field, text in enumerate(fields):
            expected = [(lang, word.form, word.position) for word in chain_for(lang).words(text)]
            start, end = ends[2 * number + field], ends[2 * number + field + 1]
            assert found[start:end] == expected, f"{lang} {text!r}"
