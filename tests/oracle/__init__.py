"""The yardstick of the columnar index: the same documents in an index that stock Whoosh made."""

from tests.oracle.engine import StockEngine

__all__ = ["StockEngine"]
