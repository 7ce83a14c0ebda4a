"""The index on disk: generations of immutable segments, each some files of memory-mapped arrays.

:mod:`~index.columnar.format` specifies every file, :mod:`~index.columnar.manifest` which files make the index,
:mod:`~index.columnar.atomic` is all that touches the disk.
"""
