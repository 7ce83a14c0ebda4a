"""Searching: Kiosk beside tantivy, and beside stock Whoosh; see :mod:`benchmarks.searching.__main__`."""
