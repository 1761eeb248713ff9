"""A numeric target as one more number behind the features, and the intervals of it that stand for classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DoubleType, FractionalType, IntegralType, StructField

from spark_smote.errors import ColumnError
from spark_smote.spark.class_column import ClassColumn, with_class
from spark_smote.spark.columns import Names, at, cases, type_name
from spark_smote.spark.conversions import any_value, from_double
from spark_smote.spark.features import ArrayFeatures, Features, ScalarFeatures

BUMP = "bump of the target"
"""The column that stands for the label while rows are resampled; it is not in the result."""
LEVELS = 100
"""Steps of relevance from 0 to 1."""
_INFINITE = float("inf")


def find_target(names: Names, name: str, param: str = "targetCol") -> int:
    """Position of the target column, or of another numeric column.

    Raises
    ------
    ColumnError
        If the column is missing, ambiguous or not numeric.
    """
    place = names.find(name, param)
    field = names.field(place)
    if not isinstance(field.dataType, IntegralType | FractionalType):
        raise ColumnError(
            f"{param}: column {field.name!r} has type {type_name(field.dataType)}; a target is a number: for classes "
            "use a sampler with labelCol"
        )
    return place


def target_at(place: int) -> Column:
    """The target of a frame with columns named by position, as a double; null where it is NaN or infinite."""
    value = at(place).cast("double") + F.lit(0.0)
    return F.when(F.abs(value) < F.lit(_INFINITE), value)


def relevance_of(target: Column, points: Sequence[float], cubics: Sequence[Sequence[float]]) -> Column:
    """The relevance of a target, a double; null where there is no target.

    Parameters
    ----------
    target : Column
    points : sequence of float, length n
        Ascending target values, between which the relevance is cubic; it is constant beyond them.
    cubics : sequence of 4 floats each, length n - 1
        Coefficients of each piece by powers of the distance from its left end, cubes first.
    """
    within = F.least(F.greatest(target, F.lit(points[0])), F.lit(points[-1]))
    pieces = []
    for left, piece in zip(points, cubics, strict=False):
        cubed, squared, first, constant = map(F.lit, piece)
        step = within - F.lit(left)
        pieces.append((within >= F.lit(left), ((cubed * step + squared) * step + first) * step + constant))
    value = cases(reversed(pieces))
    # The smallest and largest of several values are those of the ones that are not null.
    return F.when(target.isNotNull(), F.least(F.greatest(value, F.lit(0.0)), F.lit(1.0)))


def level_of(relevance: Column) -> Column:
    """A relevance in hundredths."""
    return F.floor(relevance * F.lit(float(LEVELS)) + F.lit(0.5)).cast("int")


class Tenths(ClassColumn):
    """Base of columns of relevance in hundredths, which plans tell of in tenths."""

    def shown(self, label: int) -> str:
        """The tenth of relevance to which a level belongs."""
        tenth = min(label * 10 // LEVELS, 9)
        return f"relevance {tenth / 10} to {(tenth + 1) / 10}"


@dataclass(frozen=True)
class Bumps(ClassColumn):
    """The bumps of a target: its maximal intervals of high or low relevance, numbered from 0.

    Parameters
    ----------
    place : int
        Position of the target.
    edges : tuple of float, length m
        Smallest value of each bump but the first, ascending.
    rare : tuple of bool, length m + 1
        Whether the relevance is high.
    """

    place: int
    edges: tuple[float, ...]
    rare: tuple[bool, ...]

    def added(self, df: DataFrame) -> DataFrame:
        """Adds BUMP, the number of each row's bump; null where there is no target."""
        return with_class(df, self.number(), BUMP)

    def number(self) -> Column:
        """The number of a row's bump, of a frame with columns named by position."""
        target = target_at(self.place)
        passed = F.filter(F.array(*map(F.lit, self.edges)), lambda edge: edge <= target)
        return F.when(target.isNotNull(), F.size(passed) if self.edges else F.lit(0))

    def words(self, name: str) -> tuple[str, ...]:
        """Each bump in words, for a target of this name."""
        ends = [None, *self.edges, None]
        told = []
        for number, rare in enumerate(self.rare):
            low, high = ends[number : number + 2]
            of = f"{'' if low is None else f'{low:g} <= '}{name}{'' if high is None else f' < {high:g}'}"
            told.append(f"bump {number}: {of}, {'rare' if rare else 'frequent'}")
        return tuple(told)


@dataclass(frozen=True)
class Levels(Tenths):
    """The relevance of a target, rounded to hundredths.

    Parameters
    ----------
    place : int
        Position of the target.
    points : tuple of float, length n
    cubics : tuple of 4 floats each, length n - 1
        As for :func:`relevance_of`.
    """

    place: int
    points: tuple[float, ...]
    cubics: tuple[tuple[float, ...], ...]

    def added(self, df: DataFrame) -> DataFrame:
        """Adds BUMP, the relevance of each row in hundredths; null where there is no target."""
        relevance = relevance_of(target_at(self.place), self.points, self.cubics)
        return with_class(df, level_of(relevance), BUMP)


@dataclass(frozen=True)
class WithTarget(Features):
    """Features and the target as the last number: it is made like a feature, whatever part it has in distances."""

    others: ScalarFeatures | ArrayFeatures
    place: int
    field: StructField

    @property
    def places(self) -> tuple[int, ...]:  # type: ignore[override]
        return (*self.others.places, self.place)

    @property
    def _target(self) -> ScalarFeatures:
        return ScalarFeatures((self.place,), (self.field,))

    def encode(self) -> Column:
        return F.concat(self.others.encode(), self._target.encode())

    def magnitude(self) -> Column:
        return self.others.magnitude() + self._target.magnitude()

    def size(self) -> Column:
        return self.others.size() + F.lit(1)

    def faults(self) -> dict[str, Column]:
        return self.others.faults() | self._target.faults()

    @property
    def width(self) -> int | None:
        return None if self.others.width is None else self.others.width + 1

    def scalars(self) -> dict[int, StructField]:
        return {} if self.width is None else self.others.scalars() | self._target.scalars()

    def decode(self, values: Sequence[str]) -> dict[int, Column | str]:
        if isinstance(self.others, ScalarFeatures):
            return self.others.decode(values[:-1]) | self._target.decode(values[-1:])
        array, kind = F.col(values[0]), self.field.dataType
        last = F.coalesce(F.element_at(array, -1), F.lit(0.0))
        number = last if isinstance(kind, DoubleType) else from_double(last, kind)
        known = number if self.field.nullable else F.coalesce(number, any_value(kind))
        features = self.others.typed(F.slice(array, F.lit(1), F.size(array) - F.lit(1)))
        return {self.others.place: features, self.place: known}


def with_target(names: Names, features: Features, place: int) -> WithTarget:
    """Features and target together.

    Raises
    ------
    ColumnError
        If the target is among the features.
    """
    name = names.field(place).name
    if place in features.places:
        raise ColumnError(f"column {name!r} is the target and a feature; leave it out of the features")
    if not isinstance(features, ScalarFeatures | ArrayFeatures):
        raise ColumnError("a target needs numeric features, in inputCols or featuresCol")
    return WithTarget(features, place, names.field(place))
