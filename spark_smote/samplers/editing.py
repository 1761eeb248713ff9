"""Edited nearest neighbours and what was made of them: rows go that their nearest do not agree with."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.param.shared import HasMaxIter

from spark_smote.kernels.cleaning import Edited, Gone, NeighbourhoodCleaned
from spark_smote.samplers.base import Given
from spark_smote.samplers.cleaner import Cleaner, Dirt, fetched
from spark_smote.samplers.params import HasKindSel, HasNNeighbors
from spark_smote.samplers.surroundings import Surroundings
from spark_smote.samplers.weighted import usable
from spark_smote.spark.removal import without


class NeighbourCleaner(Cleaner, HasNNeighbors):
    """Base of cleaners that ask several nearest rows."""

    DEFAULTS: ClassVar[dict[str, Any]] = {"nNeighbors": 3}

    @property
    def m(self) -> int:
        """Nearest rows asked."""
        return int(self.getOrDefault(self.nNeighbors))

    def counts(self, given: Given) -> dict[int, int]:
        return usable(given, "nNeighbors", self.m)


class EditedNearestNeighbours(NeighbourCleaner, HasKindSel):
    """Wilson's editing: a row goes if its ``nNeighbors`` nearest rows, whatever their class, do not agree with it.

    Parameters
    ----------

    References
    ----------
    D. L. Wilson, "Asymptotic properties of nearest neighbor rules using edited data", IEEE Transactions on Systems,
    Man, and Cybernetics 2 (1972).

    Examples
    --------
    >>> from spark_smote import EditedNearestNeighbours
    >>> df = spark.range(120).selectExpr("id % 4 = 0 AS fraud", "id * id * 1.0D AS amount")
    >>> cleaned = EditedNearestNeighbours(inputCols=["amount"], labelCol="fraud", kindSel="mode").resample(df)
    >>> cleaned.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|   90|
    | true|   30|
    +-----+-----+
    <BLANKLINE>
    """

    DEFAULTS: ClassVar[dict[str, Any]] = {"kindSel": "all"}

    def judge(self, dirt: Dirt) -> tuple[Gone, Surroundings]:
        around = dirt.lay_out(self.m, dirt.targets)
        return Gone.of(fetched(dirt.verdicts(around, Edited(self.getOrDefault(self.kindSel), self.m)))), around


class _Repeated(NeighbourCleaner, HasKindSel):
    """Base of those that edit what editing left."""

    DEFAULTS: ClassVar[dict[str, Any]] = {"kindSel": "all"}

    @abstractmethod
    def rounds(self) -> Iterable[int]:
        """How many nearest rows each round asks, at most ``nNeighbors``."""

    @abstractmethod
    def done(self, before: Mapping[int, int], left: Mapping[int, int], dirt: Dirt) -> bool:
        """Whether to stop after a round, by the rows of each class before it and after."""

    def judge(self, dirt: Dirt) -> tuple[Gone, Surroundings]:
        around = dirt.lay_out(self.m, dirt.targets)
        kind, gone, left = self.getOrDefault(self.kindSel), Gone.of(), dict(dirt.counts)
        for m in self.rounds():
            if sum(left.values()) <= m:
                break
            rows = without(dirt.rows, gone)
            gone += Gone.of(fetched(dirt.verdicts(replace(around, m=m), Edited(kind, m), left=rows)))
            before, left = left, dirt.left(gone)
            if self.done(before, left, dirt) or not all(left.values()):
                break
        return gone, around


def _minority_overtaken(left: Mapping[int, int], dirt: Dirt) -> bool:
    """Whether another class has become smaller than the smallest was."""
    return any(rows < dirt.counts[dirt.minority] for number, rows in left.items() if number != dirt.minority)


class RepeatedEditedNearestNeighbours(_Repeated, HasMaxIter):
    """Editing again and again, until nothing changes, ``maxIter`` rounds are over, or a class that is not the smallest
    comes to be smaller than the smallest was.

    Parameters
    ----------
    maxIter : int, default 100
        Rounds at most. Each is a search of its own.

    References
    ----------
    I. Tomek, "An experiment with the edited nearest-neighbor rule", IEEE Transactions on Systems, Man, and Cybernetics
    6 (1976).

    Examples
    --------
    >>> from spark_smote import RepeatedEditedNearestNeighbours
    >>> df = spark.range(120).selectExpr("id % 4 = 0 AS fraud", "id * id * 1.0D AS amount")
    >>> repeated = RepeatedEditedNearestNeighbours(inputCols=["amount"], labelCol="fraud", kindSel="mode")
    >>> repeated.resample(df).count()
    120
    """

    DEFAULTS: ClassVar[dict[str, Any]] = {"maxIter": 100}

    def rounds(self) -> Iterable[int]:
        return [self.m] * self.getMaxIter()

    def done(self, before: Mapping[int, int], left: Mapping[int, int], dirt: Dirt) -> bool:
        return before == left or _minority_overtaken(left, dirt)


class AllKNN(_Repeated):
    """Editing with 1, 2, ... ``nNeighbors`` nearest rows, each time what was left, until a class that is not the
    smallest comes to be smaller than the smallest was.

    Parameters
    ----------
    allowMinority : bool, default False
        Whether to go on then.

    References
    ----------
    I. Tomek, "An experiment with the edited nearest-neighbor rule", IEEE Transactions on Systems, Man, and Cybernetics
    6 (1976).

    Examples
    --------
    >>> from spark_smote import AllKNN
    >>> df = spark.range(120).selectExpr("id < 30 AS fraud", "id * id * 1.0D AS amount")
    >>> AllKNN(inputCols=["amount"], labelCol="fraud").resample(df).count()
    117
    """

    allowMinority: Param[bool] = Param(
        Params._dummy(),
        "allowMinority",
        "whether to go on when a class has become smaller than the smallest was",
        TypeConverters.toBoolean,
    )
    DEFAULTS: ClassVar[dict[str, Any]] = {"allowMinority": False}

    def rounds(self) -> Iterable[int]:
        return range(1, self.m + 1)

    def done(self, before: Mapping[int, int], left: Mapping[int, int], dirt: Dirt) -> bool:
        return not self.getOrDefault(self.allowMinority) and _minority_overtaken(left, dirt)


class NeighbourhoodCleaningRule(NeighbourCleaner):
    """Laurikkala's rule: rows go that their nearest outvote, and rows that outvote one of the smallest class.

    Parameters
    ----------
    thresholdCleaning : float, default 0.5
        Of the rows about an outvoted row of the smallest class those go that are of a class with more rows than this
        part of the smallest class's.

    References
    ----------
    J. Laurikkala, "Improving identification of difficult small classes by balancing class distribution", AIME 2001.

    Examples
    --------
    >>> from spark_smote import NeighbourhoodCleaningRule
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "id * id * 1.0D AS amount")
    >>> cleaned = NeighbourhoodCleaningRule(inputCols=["amount"], labelCol="fraud").resample(df)
    >>> cleaned.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|   80|
    | true|   10|
    +-----+-----+
    <BLANKLINE>
    """

    thresholdCleaning: Param[float] = Param(
        Params._dummy(),
        "thresholdCleaning",
        "classes with more rows than this part of the smallest class's are cleaned about its outvoted rows",
        TypeConverters.toFloat,
    )
    DEFAULTS: ClassVar[dict[str, Any]] = {"thresholdCleaning": 0.5}

    def judge(self, dirt: Dirt) -> tuple[Gone, Surroundings]:
        least = self.getOrDefault(self.thresholdCleaning) * dirt.counts[dirt.minority]
        cleaned = frozenset(number for number in dirt.targets if dirt.counts[number] > least)
        around = dirt.lay_out(self.m, dirt.targets | {dirt.minority})
        rule = NeighbourhoodCleaned(dirt.minority, dirt.targets, cleaned, self.m)
        return Gone.of(fetched(dirt.verdicts(around, rule))), around
