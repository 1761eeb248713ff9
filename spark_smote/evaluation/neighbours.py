"""Who is nearest to some rows of each class: Spark jobs that return counts only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.class_rules import K
from spark_smote.kernels.complexity import NeighbourTypes
from spark_smote.search.k_nearest import neighbourhood
from spark_smote.search.memory import WorkerMemory
from spark_smote.search.settings import CHUNK_ROWS, SearchSettings
from spark_smote.spark.categories import CategoricalFeatures
from spark_smote.spark.columns import CLASS, FEATURES, HASH, per_class
from spark_smote.spark.features import ScalarFeatures
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.survey import Survey

QUERIES = 2_000
"""Rows of a class whose nearest rows are searched, about."""
_MOST_CLASSES = 20
_PARTS = 1 << 20


@dataclass(frozen=True)
class NeighbourCounts:
    """What was found of the rows of each class.

    Parameters
    ----------
    others : dict of label to list of int
        How many have 0, 1, ..., K rows of other classes among their K nearest: distinct rows, about QUERIES of each
        class, chosen by a hash of their content.
    first : dict of label to float
        The share whose nearest row is of another class.
    crossed : dict of class to list of int
        Content hashes of some of these, those with most rows of other classes first.
    """

    others: dict[Any, list[int]] = field(default_factory=dict)
    first: dict[Any, float] = field(default_factory=dict)
    crossed: dict[int, list[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class NeighbourSearch:
    """The search among all rows, by some of their numerical features.

    Parameters
    ----------
    source : InputRows
        The rows to search.
    survey : Survey
    near : sequence of int
        Places of the numerical features that distances are made of.
    unit : array of float64, shape (d,)
        Unit of each numerical feature.
    """

    source: InputRows
    survey: Survey
    near: Sequence[int]
    unit: NDArray[np.float64]

    def types(self, queries: InputRows | None = None, asked: Mapping[int, int] | None = None) -> NeighbourCounts:
        """Of the rows of each class, how many have 0, 1, ..., K rows of other classes among their K nearest.

        Parameters
        ----------
        queries : InputRows, optional
            Other rows than those to search, such as synthetic ones; by default rows ask for themselves.
        asked : mapping of class to int, optional
            How many there are of each class.
        """
        counts = {number: rows for number, rows in enumerate(self.survey.valid.values()) if rows}
        present = counts if asked is None else asked
        if sum(counts.values()) <= K + 1 or len(counts) < 2 or not present:
            return NeighbourCounts()
        smallest = sorted(present, key=lambda number: present[number])[:_MOST_CLASSES]
        wanted = {number: min(present[number], QUERIES) for number in smallest}
        shares = {number: wanted[number] * _PARTS // present[number] for number in wanted}
        rows, (width, unit) = self._rows(self.source), self._units()
        some = F.pmod(F.xxhash64(HASH), F.lit(_PARTS)) < per_class(shares)
        asking = (rows if queries is None else self._rows(queries)).filter(some)
        memory = WorkerMemory.of(self.source.frame.sparkSession, sum(counts.values()), width)
        chunk = memory.chunk_rows(CHUNK_ROWS)
        settings = SearchSettings("auto", 0.9, None, None, None, unit, memory, chunk, self.survey.magnitude)
        search = neighbourhood(settings, rows, counts, K, smallest, synthetic=wanted)
        search = replace(search, itself=queries is None)
        verdicts = search.verdicts(rows, asking, NeighbourTypes(), (CLASS, "others", "first", "own"))
        counted = verdicts.groupBy(CLASS, "others", "first").agg(F.count("*").alias("rows"), F.min("own").alias("own"))
        found = counted.collect()
        labels = self.source.labels
        others: dict[Any, list[int]] = {labels[number]: [0] * (K + 1) for number in wanted}
        first: dict[Any, int] = dict.fromkeys(others, 0)
        for row in found:
            others[labels[row[CLASS]]][row["others"]] += row["rows"]
            first[labels[row[CLASS]]] += row["first"] * row["rows"]
        far = sorted((row for row in found if row["first"]), key=lambda row: (row[CLASS], -row["others"]))
        return NeighbourCounts(
            others,
            {label: first[label] / max(1, sum(rows)) for label, rows in others.items()},
            {number: [row["own"] for row in far if row[CLASS] == number] for number in wanted},
        )

    def _rows(self, source: InputRows) -> DataFrame:
        """CLASS, FEATURES and HASH of the usable rows."""
        features = self._numbers().encode().alias(FEATURES)
        return source.keyed().select(CLASS, features, HASH).filter(F.col(CLASS) >= 0)

    def _numbers(self) -> Any:
        features = self.source.layout.features
        numbers = features.numbers if isinstance(features, CategoricalFeatures) else features
        if not isinstance(numbers, ScalarFeatures):
            return numbers
        places, fields = zip(*((numbers.places[place], numbers.fields[place]) for place in self.near), strict=True)
        return ScalarFeatures(places, fields)

    def _units(self) -> tuple[int, NDArray[np.float64]]:
        unit = self.unit[list(self.near)] if isinstance(self._numbers(), ScalarFeatures) else self.unit
        return len(unit), unit
