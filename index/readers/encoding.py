"""Bytes to text: by byte order mark, as UTF-8, by what the page declares, else by the best guess."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from charset_normalizer import from_bytes

from index.readers.stream import ByteStream

SAMPLE = 1 << 16
_GUESSED_FROM = 1 << 14
"""Bytes that a guess looks at; more makes it slower, not better."""
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})|^\s*<\?xml[^>]{0,100}?encoding=["']([\w.:-]{2,40})""",
    re.I,
)
_NON_ASCII = re.compile(rb"[\x80-\xff]")


def marked_encoding(head: bytes) -> tuple[str, int] | None:
    """The encoding that a byte order mark tells, or the zeros of UTF-16 without one, and the length of the mark."""
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding, len(mark)
    sample = head[:1024]
    half = len(sample) // 2
    if half >= 4 and sample[1::2].count(0) > 0.4 * half and sample[::2].count(0) < 0.05 * half:
        return "utf-16-le", 0
    if half >= 4 and sample[::2].count(0) > 0.4 * half and sample[1::2].count(0) < 0.05 * half:
        return "utf-16-be", 0
    return None


def is_utf8(sample: bytes, *, whole: bool = False) -> bool:
    """Whether ``sample`` is UTF-8; a character cut at its end is passed over unless it is the ``whole``."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, whole)
    except UnicodeDecodeError:
        return False
    return True


def guess(sample: bytes) -> str | None:
    """The most likely encoding of text that is not UTF-8; ``None`` where nothing fits. Cost: 10 to 200 ms."""
    first = _NON_ASCII.search(sample)
    start = max(0, first.start() - 200) if first else 0
    if _is_western(sample):
        return "cp1252"
    best = from_bytes(sample[start : start + _GUESSED_FROM]).best()
    return best.encoding if best is not None else None


_WESTERN = frozenset("àâäáãåæçéèêëíìîïñóòôöøœúùûüßÀÂÄÁÃÅÆÇÉÈÊËÍÎÏÑÓÔÖØŒÚÛÜ«»“”„‘’‚–—…€£§°·¿¡ªº\u00a0")
_FEW = 64


def _is_western(sample: bytes) -> bool:
    """Whether the few accents in ``sample`` are those of Western Europe: too few to count, so that the most common of
    old encodings is taken where it leaves no odd sign. (Other alphabets have most of their letters beyond ASCII.)"""
    accents = _NON_ASCII.findall(sample)
    letters = sum(map(sample.count, b"aeinrt"))
    if not 0 < len(accents) <= _FEW or len(accents) > letters:
        return False
    return _WESTERN.issuperset(b"".join(accents).decode("cp1252", "replace"))


def decode(content: bytes, *, markup: bool = False) -> str:
    """The text of a whole file. What no encoding explains becomes U+FFFD."""
    marked = marked_encoding(content)
    if marked is not None:
        return content[marked[1] :].decode(marked[0], "replace")
    if is_utf8(content, whole=True):
        return content.decode("utf-8")
    if markup and (declared := _declared(content)) and (text := _strictly(content, declared)) is not None:
        return text
    if len(content) - len(content.decode("utf-8", "ignore").encode()) < 0.001 * len(content):
        return content.decode("utf-8", "replace")  # UTF-8 with a few broken bytes
    return content.decode(guess(content) or "utf-8", "replace")


def as_utf8(stream: ByteStream, *, guessing: bool) -> ByteStream:
    """``stream`` in UTF-8, whatever its byte order mark (or, with ``guessing``, its first non-ASCII bytes) say."""
    head = stream.peek(SAMPLE)
    encoding, mark = marked_encoding(head) or ("utf-8", 0)
    if mark:
        stream.skip(mark)
    elif guessing and encoding == "utf-8" and not is_utf8(head):
        encoding = guess(head) or "utf-8"
    if encoding == "utf-8":
        return stream
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    return ByteStream(_recoder(stream, decoder.decode), stream.origin)


def _recoder(stream: ByteStream, decode_part: Callable[[bytes, bool], str]) -> Callable[[int], bytes]:
    def source(size: int) -> bytes:
        while part := stream.read(size):
            if text := decode_part(part, False):
                return text.encode("utf-8", "replace")
        return decode_part(b"", True).encode("utf-8", "replace")

    return source


def _declared(content: bytes) -> str | None:
    match = _DECLARED.search(content[:4096])
    name = (match[1] or match[2]).decode("ascii") if match else ""
    try:
        return codecs.lookup(name).name if name else None
    except LookupError:
        return None


def _strictly(content: bytes, encoding: str) -> str | None:
    # cp1252 for latin-1, as browsers do: pages that say the one mean the other
    encoding = "cp1252" if encoding in ("iso8859-1", "ascii") else encoding
    try:
        text = content.decode(encoding, "replace")
    except (UnicodeError, LookupError):
        return None
    return text if text.count("�") <= 0.001 * len(text) else None
