"""The base of cleaners that keep a store of rows, by whose nearest row the other rows are classified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.cleaner import Cleaner, Uncleaned
from spark_smote.core.parameter import ANY_INTEGER, INT, Parameter, at_least
from spark_smote.search.k_nearest import Neighbourhood
from spark_smote.search.within_groups import nearest_of_all
from spark_smote.spark.columns import CLASS, FEATURES, HASH, in_classes
from spark_smote.spark.draw import draw
from spark_smote.spark.removal import ROWS, settled


@dataclass(frozen=True)
class Store:
    """The smallest class, and some rows of the classes to condense; it classifies rows of these by the nearest row.

    A row is compared with the smallest class and the rows of its own class: each class to condense has a store of its
    own, as in imbalanced-learn. With groups, the smallest class is that of the row's group.

    Parameters
    ----------
    cleaning : Uncleaned
    classes : tuple of int
        Classes to condense.
    """

    cleaning: Uncleaned
    classes: tuple[int, ...]

    @classmethod
    def of(cls, cleaning: Uncleaned) -> Store:
        """The store of all classes to clean but the smallest."""
        return cls(cleaning, tuple(sorted(cleaning.targets - cleaning.minorities)))

    @property
    def everyone(self) -> DataFrame:
        """CLASS, HASH and FEATURES of the rows of the classes to condense."""
        return self._rows.filter(in_classes(self.classes))

    def search(
        self, picks: DataFrame, picked: Mapping[int, int], asking: DataFrame, asked: Mapping[int, int]
    ) -> tuple[Neighbourhood, DataFrame]:
        """The search for the nearest of the smallest class and the picks, and the rows to search; jobs run for LSH.

        Parameters
        ----------
        picks : DataFrame
            CLASS and HASH of rows of the classes to condense.
        picked, asked : mapping of class to int
            Number of distinct rows.
        asking : DataFrame
            Rows to classify, of the form of :attr:`everyone`.
        """
        cleaning = self.cleaning
        # Of groups of which no row is asked, none is sent.
        searched = {number for own in cleaning.groups if not asked.keys().isdisjoint(own) for number in own}
        small = {number: cleaning.counts[number] for number in sorted(cleaning.minorities & searched)}
        chosen = self.with_keys(picks.filter(in_classes(searched))).dropDuplicates([CLASS, HASH])
        base = self._rows.filter(in_classes(small)).union(chosen)
        counts = small | {number: rows for number, rows in picked.items() if number in searched}
        found = nearest_of_all(
            cleaning.settings, cleaning.source, base, counts, 1, list(asked), synthetic=asked, apart=asking
        )
        return replace(found, own_only=frozenset(self.classes)), base

    def with_keys(self, keys: DataFrame) -> DataFrame:
        """Those of :attr:`everyone` that have these keys."""
        named = keys.select(F.col(CLASS).cast("int").alias(CLASS), HASH)
        return self.everyone.join(named, [CLASS, HASH], "left_semi")

    @property
    def _rows(self) -> DataFrame:
        return self.cleaning.rows.select(CLASS, HASH, FEATURES)


class Condenser(Cleaner):
    """Base of methods that keep of the classes to clean those rows that the rest would classify wrongly.

    Parameters
    ----------
    samplingStrategy
        Classes to clean: 'auto' and 'not minority' all but the smallest, 'majority' only the largest, 'not majority'
        all but the largest, 'all' every class; a list names them. The smallest class is the yardstick of the others and
        is not condensed.
    nSeedsS
        Number of rows of each class to clean, at least 1, that are drawn to start from.
    seed
        The same data and the same seed keep the same rows, whatever the partitions, their order, or retries.
    """

    WRITING_READS = 2

    samplingStrategy = Cleaner.samplingStrategy.but()
    nSeedsS = Parameter(INT, at_least(1), default=1)
    seed = Parameter(INT, ANY_INTEGER, default=0)

    def start(self, store: Store) -> tuple[DataFrame, dict[int, int]]:
        """The drawn rows of each class: CLASS, HASH and ROWS, and how many distinct ones; jobs run."""
        cleaning = store.cleaning
        counts = {number: cleaning.counts[number] for number in store.classes}
        wanted = {number: min(self.getOrDefault(self.nSeedsS), rows) for number, rows in counts.items()}
        keyed = cleaning.source.keyed().select(CLASS, HASH)
        drawn = draw(keyed, counts, wanted, self.getOrDefault(self.seed))
        kept = drawn.keep(keyed.filter(in_classes(counts)))
        keys = kept.groupBy(F.col(CLASS).cast("long").alias(CLASS), HASH).agg(F.count("*").alias(ROWS))
        seeds: Any = settled(keys, cleaning.until)
        return seeds, {row[0]: row[1] for row in seeds.groupBy(F.col(CLASS).cast("int")).count().collect()}
