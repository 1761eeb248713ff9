"""Many draws for each synthetic row: uniform and standard normal numbers, a column for each feature."""

from __future__ import annotations

import numpy as np

from spark_smote.kernels import draws
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.synthetic import Seeds

NORMAL_STREAM = 2
UNIFORM_STREAM = 1 << 32
"""First streams of the two; a row of n features uses n / 4 streams of each."""


def uniforms(seeds: Seeds, seed: Indices, replica: Indices, width: int, stream: int = UNIFORM_STREAM) -> Matrix:
    """Draws numbers that are uniform on [0, 1), shape (n, width).

    Parameters
    ----------
    seeds : Seeds
    seed, replica : arrays of int64, shape (n,)
        From :meth:`Seeds.replicas`.
    width : int
        Numbers a row.
    stream : int
        First stream of the draws.
    """
    blocks = range(-(-width // 4))
    words = [word for block in blocks for word in seeds.words(seed, replica, stream + block)]
    return np.stack([draws.uniform(word) for word in words[:width]], axis=1)


def normals(seeds: Seeds, seed: Indices, replica: Indices, width: int) -> Matrix:
    """Draws standard normal numbers by inversion, shape (n, width); parameters as for :func:`uniforms`."""
    # Imported here, because most workers do not need it and the import is slow.
    from scipy.special import ndtri

    # Half a step away from 0 and from 1, where the inverse is infinite.
    uniform = np.minimum(uniforms(seeds, seed, replica, width, NORMAL_STREAM) + 2.0**-54, 1 - 2.0**-53)
    return np.asarray(ndtri(uniform))
