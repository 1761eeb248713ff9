"""The features of sparse rows as a column: a list of pairs of index and value in each row.

In Python they are a CSR array, as wide as no vector is, for the kernels look at the columns that are not zero only.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from pyspark.sql.types import ArrayType, DataType, DoubleType, IntegerType, StructField, StructType

Sparse: TypeAlias = Any
"""A scipy.sparse.csr_array of float64."""
INDEX, VALUE = "index", "value"
PAIRS = ArrayType(
    StructType([StructField(INDEX, IntegerType(), False), StructField(VALUE, DoubleType(), False)]), False
)
_ANY_WIDTH = 2**31 - 1


def is_pairs(kind: DataType) -> bool:
    """Returns whether a column of this type has pairs, null or not."""
    return isinstance(kind, ArrayType) and isinstance(kind.elementType, StructType)


def pairs(rows: Sparse) -> pa.Array:
    """Converts sparse rows to a column of lists of pairs.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> pairs(csr_array([[0.0, 2.0], [0.0, 0.0]])).to_pylist()
    [[{'index': 1, 'value': 2.0}], []]
    """
    columns = [pa.array(rows.indices.astype(np.int32)), pa.array(rows.data)]
    fields = [pa.field(INDEX, pa.int32(), False), pa.field(VALUE, pa.float64(), False)]
    ends = pa.array(rows.indptr.astype(np.int32))
    return pa.ListArray.from_arrays(ends, pa.StructArray.from_arrays(columns, fields=fields))


def from_pairs(column: pa.Array) -> Sparse:
    """Converts a column of lists of pairs, none null, to a CSR array.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> from_pairs(pairs(csr_array([[0.0, 2.0], [3.0, 4.0]])).slice(1)).data
    array([3., 4.])
    """
    # Imported here, because the import is slow and most workers have dense rows.
    from scipy.sparse import csr_array

    ends = column.offsets.to_numpy()
    indices, data = (part.to_numpy(zero_copy_only=False) for part in column.flatten().flatten())
    rows = csr_array((data, indices, ends - ends[0]), shape=(len(column), _ANY_WIDTH))
    rows.has_canonical_format = True
    return rows
