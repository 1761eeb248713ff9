"""SMOTE, the first of the family."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from spark_smote.kernels.arrays import Matrix
from spark_smote.kernels.interpolate import smote
from spark_smote.kernels.work import Rule
from spark_smote.samplers.base import Sampler


class SMOTE(Sampler):
    """Synthetic minority over-sampling technique.

    Each synthetic row lies between a real row of the class (the seed) and one of its k nearest neighbours of the same
    class: ``seed + gap * (neighbour - seed)``, the gap uniform on [0, 1). Each seed is used equally often, to within
    one.

    Parameters
    ----------
    inputCols : list of str, optional
        Feature columns: any mix of byte, short, int, long, float, double, decimal, boolean, date and timestamp. Dates
        count as days, timestamps as seconds, booleans as 0 and 1. Synthetic values return in the column's own type,
        rounded to the nearest and clipped to its range. Arithmetic is in double precision, so whole numbers beyond 2^53
        are rounded.
    featuresCol : str, default 'features'
        One vector, array<float> or array<double> column, where ``inputCols`` is not given. Synthetic vectors are dense.
    labelCol : str, default 'label'
        Integer, double, string or boolean.
    samplingStrategy : float, str, dict or callable, default 'auto'
        A float (two classes only) is the wanted ratio of minority to majority rows; 'auto' and 'not majority' bring all
        classes up to the largest, 'minority' only the smallest, 'not minority' all but the smallest, 'all' every class;
        a dict gives the total rows of each class named; a callable is given the counts and returns such a dict.
    kNeighbors : int, default 5
        Number of nearest neighbours to draw from.
    shrinkK : bool, default False
        Whether a class with fewer than ``kNeighbors + 1`` rows uses what there is (2 rows at least) rather than fail.
    neighborSearch : {'auto', 'exact', 'lsh'}, default 'auto'
        Exact search compares each row with its whole class and suits classes up to about 50,000 rows; LSH search
        compares it with the rows of its cell, see ``recallTarget``. 'auto' decides for each class.
    recallTarget : float, default 0.95
        Share of the true nearest neighbours that LSH search shall find, on (0, 1]. :meth:`plan` tells what it measured.
    standardization : bool, default False
        Whether distance is measured in units of each feature's standard deviation over all rows.
    seed : int, default 0
        Same data and same seed give the same synthetic rows, whatever the partitions, their order, or retries.
    handleInvalid : {'error', 'skip'}, default 'error'
        What to do with rows with a null, NaN or infinite feature or a null label: fail, naming them, or pass them
        through without a part in the resampling. They count as rows of their class.
    inheritCols : list of str, default []
        Columns that a synthetic row copies from its seed. Others that are not features are null in synthetic rows;
        those that cannot be null must be listed.
    syntheticCol : str, optional
        Name of a boolean column to add, true for synthetic rows.
    provenanceCol, idCol : str, optional
        Name of a struct column to add with the ids of the seed and the neighbour, and the gap; and the id column.
    bucketLength, numHashTables, cellRows : float, int, int, optional
        For experts: LSH bucket length in units of distance, number of LSH functions, and rows a cell. All three are
        derived from the data where not set.

    Raises
    ------
    ParameterError
        For values that are wrong whatever the data.

    References
    ----------
    N. V. Chawla, K. W. Bowyer, L. O. Hall, W. P. Kegelmeyer, "SMOTE: synthetic minority over-sampling technique",
    Journal of Artificial Intelligence Research 16 (2002), 321-357.

    Examples
    --------
    >>> from spark_smote import SMOTE
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "rand(1) AS amount", "id * 1.0D AS age")
    >>> balanced = SMOTE(inputCols=["amount", "age"], labelCol="fraud", seed=7).resample(df)
    >>> balanced.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|  110|
    | true|  110|
    +-----+-----+
    <BLANKLINE>
    """

    def __init__(
        self,
        *,
        inputCols: Sequence[str] | None = None,
        featuresCol: str | None = None,
        labelCol: str | None = None,
        samplingStrategy: float | str | Mapping[Any, int] | Callable[..., Mapping[Any, int]] | None = None,
        kNeighbors: int | None = None,
        shrinkK: bool | None = None,
        neighborSearch: str | None = None,
        recallTarget: float | None = None,
        standardization: bool | None = None,
        seed: int | None = None,
        handleInvalid: str | None = None,
        inheritCols: Sequence[str] | None = None,
        syntheticCol: str | None = None,
        provenanceCol: str | None = None,
        idCol: str | None = None,
        bucketLength: float | None = None,
        numHashTables: int | None = None,
        cellRows: int | None = None,
    ) -> None:
        given = {name: value for name, value in locals().items() if name not in ("self", "__class__")}
        super().__init__(**given)

    def rule(self, scale: Matrix | None) -> Rule:
        return partial(smote, scale=scale)
