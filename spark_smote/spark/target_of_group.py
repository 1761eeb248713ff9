"""The intervals of a numeric target that stand for classes, where each group has its own.

What a group has is looked up in tables that are literals of the query, so that a row costs the same however many groups
there are.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_smote.spark.class_column import ClassColumn, with_class
from spark_smote.spark.columns import constants, once
from spark_smote.spark.group_classes import GroupNumbers
from spark_smote.spark.target import BUMP, Tenths, level_of, target_at


@dataclass(frozen=True)
class GroupBumps(ClassColumn):
    """The bumps of a target within each group, as :class:`spark_smote.spark.target.Bumps`.

    Parameters
    ----------
    place : int
        Position of the target.
    groups : GroupNumbers
        Those with several bumps; all other rows are in bump 0.
    edges : tuple of tuple of float
        Of each group the smallest value of each bump but the first, ascending.
    """

    place: int
    groups: GroupNumbers
    edges: tuple[tuple[float, ...], ...]

    def added(self, df: DataFrame) -> DataFrame:
        """Adds BUMP, the number of each row's bump in its group; null where there is no target."""
        target, group = target_at(self.place), self.groups.number()
        edges = F.coalesce(F.get(constants(self.edges, "array<double>"), group), F.array().cast("array<double>"))
        passed = F.size(F.filter(edges, lambda edge: edge <= target))
        return with_class(df, F.when(target.isNotNull(), passed), BUMP)


@dataclass(frozen=True)
class GroupLevels(Tenths):
    """The relevance of a target within each group, as :class:`spark_smote.spark.target.Levels`.

    Parameters
    ----------
    place : int
        Position of the target.
    groups : GroupNumbers
        Those with relevant values; all other rows have the relevance 0.
    pieces : tuple of tuple of 6 floats each
        Of each group the pieces of its relevance, ascending: left end, right end, and the coefficients as for
        :func:`spark_smote.spark.target.relevance_of`.
    """

    place: int
    groups: GroupNumbers
    pieces: tuple[tuple[tuple[float, ...], ...], ...]

    def added(self, df: DataFrame) -> DataFrame:
        """Adds BUMP, the relevance of each row in hundredths; null where there is no target."""
        target = target_at(self.place)

        def own(pieces: Column) -> Column:
            begun = F.filter(pieces, lambda piece: F.get(piece, F.lit(0)) <= target)
            return once(F.get(pieces, F.greatest(F.size(begun) - F.lit(1), F.lit(0))), relevance)

        def relevance(piece: Column) -> Column:
            left, right, cubed, squared, first, constant = (F.get(piece, F.lit(index)) for index in range(6))
            step = F.least(F.greatest(target, left), right) - left
            value = ((cubed * step + squared) * step + first) * step + constant
            return F.coalesce(F.least(F.greatest(value, F.lit(0.0)), F.lit(1.0)), F.lit(0.0))

        found = once(F.get(constants(self.pieces, "array<array<double>>"), self.groups.number()), own)
        return with_class(df, level_of(F.when(target.isNotNull(), found)), BUMP)
