"""What the tests against the oracle share with those of the index on disk."""

from tests.index.columnar.conftest import no_waiting_for_the_disk

__all__ = ["no_waiting_for_the_disk"]
