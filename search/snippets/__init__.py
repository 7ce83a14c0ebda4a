"""What of an article is shown of a hit, and where the words of the query stand in it.

:mod:`search.snippets.page` does it for the hits of a page, :mod:`search.snippets.marking` for one text.
"""
