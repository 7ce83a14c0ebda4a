"""Archives of any format, read as a stream of articles.

:func:`open_inputs` takes files, folders, archives and standard input. One file each: the formats (``jsonl``,
``json_array``, ``delimited``, ``html``, ``text_page``), what they stand in (``containers`` with ``zip``, ``tar``,
``unpack``), how they are told apart (``formats``), and how much of them is believed (``limits``). What is found there
(``records``) can be read in another process (``reading``).
"""

from __future__ import annotations

from index.readers.formats import FORMATS
from index.readers.inputs import Inputs, open_inputs
from index.readers.limits import Limits
from index.readers.reading import read_record
from index.readers.records import Record, RejectsInARow, Source

__all__ = ["FORMATS", "Inputs", "Limits", "Record", "RejectsInARow", "Source", "open_inputs", "read_record"]
