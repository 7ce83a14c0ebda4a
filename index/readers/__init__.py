"""Archives of any format, read as a stream of articles.

:func:`open_inputs` takes files, folders, archives and standard input. One file each: the formats (``jsonl``,
``json_array``, ``delimited``, ``html``, ``text_page``), what they stand in (``containers`` with ``zip``, ``tar``,
``unpack``), how they are told apart (``formats``), and how much of them is believed (``limits``).
"""

from __future__ import annotations

from index.readers.formats import FORMATS
from index.readers.inputs import Inputs, open_inputs
from index.readers.limits import Limits

__all__ = ["FORMATS", "Inputs", "Limits", "open_inputs"]
