"""Text to words to terms, one chain per language."""

from index.analysis.chain import Chain, Word

__all__ = ["Chain", "Word"]
