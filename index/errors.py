"""What can go wrong with an index or a load, said so that a person knows what to do."""

from __future__ import annotations


class KioskError(Exception):
    """Any failure that is told to the user in one sentence."""


class IndexNotFound(KioskError):
    """No index stands at this address."""


class IndexLocked(KioskError):
    """Another process is writing to the index."""


class IndexVersionMismatch(KioskError):
    """The index was made by another version of the format or of the analysis."""


TO_MEND = "; `python -m index check` shows all damage, `python -m index repair` mends it"
"""How the message of damage to a file ends."""


class IndexDamaged(KioskError):
    """A file of the index is not what was written."""


class InputError(KioskError):
    """An input that can't be opened or read at all."""
