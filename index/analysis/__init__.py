"""Text to words to terms, one chain per language."""

from index.analysis.chain import Chain, Word
from index.analysis.chains import chain_for
from index.analysis.fingerprint import fingerprint
from index.analysis.languages import LANGUAGES, Language

__all__ = ["LANGUAGES", "Chain", "Language", "Word", "chain_for", "fingerprint"]
