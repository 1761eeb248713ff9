"""Keys that spread cells evenly over the partitions of a shuffle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_KEYS_A_PARTITION = 32


def partition_keys(partitions: int) -> list[int]:
    """Returns one key for each partition, which ``repartition(partitions, key)`` sends there.

    Spark sends a row to the partition of its key's hash. Hashes of the cells' own numbers would give some tasks several
    cells, and leave others idle.

    Examples
    --------
    >>> keys = partition_keys(3)
    >>> partition_of(np.array(keys, dtype=np.int32), 3)
    array([0, 1, 2])
    """
    size = _KEYS_A_PARTITION * partitions
    while True:
        found, first = np.unique(partition_of(np.arange(size, dtype=np.int32), partitions), return_index=True)
        if len(found) == partitions:
            return [int(key) for key in first]
        size *= 2


def partition_of(keys: NDArray[np.int32], partitions: int) -> NDArray[np.int64]:
    """Returns Spark's partition of each key: Murmur3 of the number with seed 42, modulo the number of partitions.

    References
    ----------
    Spark's ``HashPartitioning`` and ``Murmur3_x86_32.hashInt``.

    Examples
    --------
    >>> partition_of(np.array([1], dtype=np.int32), 1 << 31) - (1 << 31)
    array([-559580957])
    """
    with np.errstate(over="ignore"):
        mixed = keys.astype(np.uint32) * np.uint32(0xCC9E2D51)
        mixed = _rotated(mixed, 15) * np.uint32(0x1B873593)
        state = _rotated(np.uint32(42) ^ mixed, 13) * np.uint32(5) + np.uint32(0xE6546B64)
        state ^= np.uint32(4)
        for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
            state = (state ^ (state >> np.uint32(shift))) * np.uint32(factor)
        state ^= state >> np.uint32(16)
    return np.asarray(state.astype(np.int32).astype(np.int64) % partitions)


def _rotated(values: NDArray[np.uint32], bits: int) -> NDArray[np.uint32]:
    return np.asarray((values << np.uint32(bits)) | (values >> np.uint32(32 - bits)))
