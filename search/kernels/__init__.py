"""What Numba compiles of a search: arrays in, arrays out. :mod:`search.kernels.fused` is the pass that answers it."""
