"""Counter-based random draws: each draw is a pure function of its address, not of the time or place of execution.

The address of a draw consists of a key (the user's seed and the class) and a counter (the row's content hash, its
ordinal among equal rows, the replica number and the stream). The draw is the same in any partition, order or retry.

References
----------
J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011 (Philox).
"""

from __future__ import annotations

import hashlib
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spark_smote.kernels.arrays import Words

Key: TypeAlias = tuple[int, int]

_MULTIPLIERS = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
_WEYL = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
_ROUNDS = 10
_REPLACING_STREAM = 3
_MASK = (1 << 64) - 1
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


def class_key(seed: int, label: object) -> Key:
    """Returns the key of a class: the user's seed and a digest of the label, so that classes never share draws.

    Parameters
    ----------
    seed : int
        Any integer; its lowest 64 bits are used.
    label : object
        Label of the class; its type counts too.

    Examples
    --------
    >>> class_key(7, "fraud") == class_key(7, "fraud"), class_key(7, 1) == class_key(7, 2)
    (True, False)
    """
    digest = hashlib.blake2b(f"{type(label).__name__}:{label!r}".encode(), digest_size=8).digest()
    return seed & _MASK, int.from_bytes(digest, "little")


def philox(key: Key, counter: tuple[ArrayLike, ArrayLike, ArrayLike, ArrayLike]) -> tuple[Words, Words, Words, Words]:
    """Returns four random 64-bit words for each counter, by Philox4x64-10.

    NumPy's ``Philox`` yields the same words for one stream at a time; here every counter is a stream of its own.

    Parameters
    ----------
    key : pair of int
        As from :func:`class_key`.
    counter : four array-likes of 64-bit integers, signed or not, broadcast together to shape (n,)

    Returns
    -------
    tuple of four arrays of uint64, shape (n,)

    Examples
    --------
    >>> ours = philox((3, 4), (np.array([2]), 0, 0, 0))
    >>> numpy_s = np.random.Philox(key=np.array([3, 4], np.uint64), counter=[1, 0, 0, 0]).random_raw(4)
    >>> [int(word[0]) for word in ours] == numpy_s.tolist()
    True
    """
    c0, c1, c2, c3 = np.broadcast_arrays(*(np.asarray(part, dtype=np.uint64) for part in counter))
    k0, k1 = key
    for _ in range(_ROUNDS):
        high0, low0 = _multiply(_MULTIPLIERS[0], c0)
        high1, low1 = _multiply(_MULTIPLIERS[1], c2)
        c0, c1, c2, c3 = high1 ^ c1 ^ np.uint64(k0), low1, high0 ^ c3 ^ np.uint64(k1), low0
        k0, k1 = (k0 + _WEYL[0]) & _MASK, (k1 + _WEYL[1]) & _MASK
    return c0, c1, c2, c3


def uniform(words: Words) -> NDArray[np.float64]:
    """Converts random words, shape (n,), to doubles on [0, 1) with 53 random bits each."""
    return np.asarray((words >> np.uint64(11)) * 2.0**-53, dtype=np.float64)


def below(words: Words, bound: ArrayLike) -> NDArray[np.int64]:
    """Converts random words, shape (n,), to integers on [0, bound); ``bound`` must be far below 2**53.

    Examples
    --------
    >>> below(np.array([0, 1 << 63], np.uint64), 10)
    array([0, 5])
    """
    return (uniform(words) * np.asarray(bound)).astype(np.int64)


def with_replacement(key: Key, numbers: ArrayLike, rows: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draws rows of a class with replacement, each with the same chance; the rows lie in ranges.

    Parameters
    ----------
    key : pair of int
        As from :func:`class_key`.
    numbers : array-like of int, shape (n,)
        Numbers of the draws.
    rows : array-like of int, shape (r,)
        Number of rows in each range.

    Returns
    -------
    ranges, places : arrays of int64, shape (n,)
        For each draw the range of the row drawn, and its place there, from 0.

    Examples
    --------
    >>> ranges, places = with_replacement((7, 1), np.arange(6), [2, 0, 3])
    >>> bool(np.isin(ranges, [0, 2]).all() and (places < np.array([2, 0, 3])[ranges]).all())
    True
    """
    lengths = np.asarray(rows, dtype=np.int64)
    ends = np.cumsum(lengths)
    drawn = below(philox(key, (np.asarray(numbers), 0, 0, _REPLACING_STREAM))[0], ends[-1])
    ranges = np.searchsorted(ends, drawn, side="right")
    return ranges, drawn - (ends - lengths)[ranges]


def _multiply(constant: int, words: Words) -> tuple[Words, Words]:
    """Returns the high and low 64 bits of the 128-bit product; NumPy computes only the low ones."""
    a_high, a_low = np.uint64(constant >> 32), np.uint64(constant & 0xFFFFFFFF)
    b_high, b_low = words >> _HALF, words & _LOW
    middle = a_high * b_low + (a_low * b_low >> _HALF)
    cross = a_low * b_high + (middle & _LOW)
    return a_high * b_high + (middle >> _HALF) + (cross >> _HALF), np.uint64(constant) * words
