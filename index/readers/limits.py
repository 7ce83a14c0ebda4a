"""How much of an archive is believed: every bound that keeps a hostile file from costing memory or time."""

from __future__ import annotations

from dataclasses import dataclass

KB, MB, GB = 1_000, 1_000_000, 1_000_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what readers take in. The defaults pass every honest archive that was tried, with room to spare."""

    record_bytes: int = 8 * MB
    """One JSON line, array element or CSV record. The longest of 60,000 real ones has 0.1 MB; parsed JSON takes up to
    twenty times its text in memory, so that this bound is what holds the memory of a load."""
    record_values: int = 200_000
    """Opening brackets in one JSON record: ``[[],[],...`` takes twenty bytes of memory for one of text."""
    document_bytes: int = 8 * MB
    """One HTML page or text file, which are read whole. Real news pages have 0.1 to 3 MB."""
    document_elements: int = 20_000
    """Elements of one HTML page that its main text is looked for in; time grows with them. Real pages have 500 to
    4,000. Of larger ones all lines are taken that read like paragraphs."""
    parsed_elements: int = 200_000
    """Elements of one HTML page that is parsed at all; each takes some 250 bytes."""
    member_bytes: int = 4 * GB
    """One streamed file inside an archive, unpacked."""
    members: int = 2_000_000
    """Files inside one archive, those of archives within it included."""
    zip_directory_bytes: int = 16 * MB
    """The list of contents of a zip: it must be held in memory, some 500 bytes an entry (16 MB list 150,000 files)."""
    zip_in_memory_bytes: int = 64 * MB
    """A zip from standard input or inside another archive: its list of contents stands at the end, so it is held
    whole."""
    xz_memory_bytes: int = 100 * MB
    """Memory that an xz stream may ask for; ``xz -9`` asks for 65 MB."""
    ratio: int = 200
    """Bytes that one compressed byte may become. News compresses 3 to 15 times, highly repetitive JSON 100 times."""
    ratio_floor_bytes: int = 16 * MB
    """What an input may unpack to beyond ``ratio`` in all, so that a small and very regular archive still passes."""
    container_depth: int = 4
    """Archives within archives: ``.zip`` with ``.tar.gz`` counts three."""
    header_bytes: int = 1 * MB
    """A long name or extended header in a tar."""
    rejects_in_a_row: int = 10_000
    """Records and members of one input without one article among them, after which it is given up: it is no archive of
    articles, and each of them costs a line in the list of rejects."""
    page_lines: int = 50_000
    """Lines of a text file; one article has a few hundred."""
    page_window: int = 50
    """Text pages of one folder or archive that are looked at together for lines they share."""
    page_window_bytes: int = 8 * MB
    """The same, in bytes."""
    page_window_lines: int = 200_000
    """The same, in lines, which take more memory than their bytes."""
    original_bytes: int = 64 * KB
    """A record as it stood, kept with a reject; a longer one is found by its locator only."""
