"""Short names for the kinds of arrays that the index is made of, after NumPy's own codes."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

B1: TypeAlias = NDArray[np.bool_]
U1: TypeAlias = NDArray[np.uint8]
U4: TypeAlias = NDArray[np.uint32]
U8: TypeAlias = NDArray[np.uint64]
I2: TypeAlias = NDArray[np.int16]
I4: TypeAlias = NDArray[np.int32]
I8: TypeAlias = NDArray[np.int64]
F4: TypeAlias = NDArray[np.float32]
F8: TypeAlias = NDArray[np.float64]
