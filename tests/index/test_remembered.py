"""What is remembered: the last answers, as many as a bound in bytes allows."""

from __future__ import annotations

from index.remembered import Remembered


def test_an_answer_is_found_once_while_it_is_among_the_last() -> None:
    remembered, asked = Remembered[bytes](8_000, len), list[str]()

    def ask(key: str) -> bytes:
        def find() -> bytes:
            asked.append(key)
            return bytes(2_400)

        return remembered.get(key, find)

    first = ask("a")
    assert ask("a") is first
    ask("b")
    ask("a")
    ask("c")  # now three are there, "b" was used longest ago
    ask("d")
    assert asked == ["a", "b", "c", "d"]
    assert ask("a") is first
    ask("b")
    assert asked == ["a", "b", "c", "d", "b"]
    remembered.forget()
    assert ask("b") is not first
    assert asked[-1] == "b"
    assert len(asked) == 6


def test_what_is_larger_than_the_bound_is_not_kept() -> None:
    remembered = Remembered[bytes](8_000, len)
    small = remembered.get("small", lambda: bytes(10))
    large = remembered.get("large", lambda: bytes(10_000))
    assert remembered.get("large", lambda: bytes(1)) is not large
    assert remembered.get("small", lambda: bytes(1)) is small
