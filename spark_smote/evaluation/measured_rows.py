"""The sums over predicted and scored rows that measures are made of, by one query each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pyspark.ml.linalg import VectorUDT
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, DoubleType, FloatType, NumericType, StringType

from spark_smote.errors import ClassError, ColumnError, InvalidDataError, ParameterError
from spark_smote.kernels.confusion import Confusion
from spark_smote.kernels.ranking import BINS_PER_LOGIT, MOMENTS, RankedBins
from spark_smote.spark.columns import Names, quoted, type_name
from spark_smote.spark.row_hash import elements
from spark_smote.spark.survey import find_label

_CLIP = 1e-15
_MOST_CLASSES = 1_000


@dataclass(frozen=True)
class MeasuredRows:
    """Predicted or scored rows.

    Parameters
    ----------
    frame : DataFrame
    labelCol, predictionCol, probabilityCol : str
    weightCol : str, optional
        Column of weights of 0 and more; every row has weight 1 without it.

    Raises
    ------
    ColumnError
        For columns that are missing or of another type.
    """

    frame: DataFrame
    labelCol: str
    predictionCol: str
    probabilityCol: str
    weightCol: str | None = None

    def confusion(self) -> tuple[list[Any], Confusion]:
        """The classes in sorted order, and the weights of their rows by predicted class; one aggregation.

        Raises
        ------
        InvalidDataError
            For labels or predictions that are null or NaN, and for weights that are null, negative or infinite.
        ClassError
            If there are no rows, or far too many classes.
        """
        label, prediction = self._label(), self._label_like(self.predictionCol, "predictionCol")
        kinds = [field.dataType for field in self.frame.select(label, prediction).schema]
        if kinds[0] != kinds[1]:
            raise ColumnError(
                f"predictionCol: column {self.predictionCol!r} must hold classes like those of {self.labelCol!r}: both "
                "numbers, or both strings"
            )
        valid = label.isNotNull() & prediction.isNotNull() & self._weighable()
        rows = self.frame.select(
            *(F.when(valid, column).alias(name) for name, column in (("label", label), ("said", prediction))),
            F.when(valid, self._weight()).otherwise(F.lit(1.0)).alias("weight"),
        )
        sums = rows.groupBy("label", "said").agg(F.sum("weight").alias("weight"), F.count("*").alias("rows"))
        found = sums.limit(_MOST_CLASSES**2 + 1).collect()
        if not found:
            raise ClassError("the DataFrame has no rows; there is nothing to measure")
        self._refuse_invalid(self.predictionCol, sum(row["rows"] for row in found if row["label"] is None))
        classes = sorted({row[name] for row in found for name in ("label", "said")})
        if len(classes) > _MOST_CLASSES:
            raise ClassError(
                f"labelCol: columns {self.labelCol!r} and {self.predictionCol!r} have more than {_MOST_CLASSES} "
                "distinct values; are they classes?"
            )
        weights = np.zeros((len(classes), len(classes)))
        place = {each: number for number, each in enumerate(classes)}
        for row in sorted(found, key=lambda row: (row["label"], row["said"])):
            weights[place[row["label"]], place[row["said"]]] += row["weight"]
        return [_plain(each) for each in classes], Confusion(weights)

    def ranked(self, positive: Any, precision: float, top: float) -> dict[Any, RankedBins]:
        """The sums that measures of scores are made of, class by class; one query.

        Rows are grouped by class and score. Within a bin, they are added up in the order of their scores, starting from
        the sum of all bins with higher scores; so no task holds more than the sort of one bin, which Spark spills.

        Parameters
        ----------
        positive : label, optional
            The one class to rank; by default 1 of two, and each of more.
        precision : float
            For :meth:`RankedBins.recall_at_precision`.
        top : float
            For :meth:`RankedBins.lift`.

        Raises
        ------
        InvalidDataError
            For labels and probabilities that are null or NaN, probabilities beyond 0 to 1, and wrong weights.
        """
        groups = self._groups(positive)
        every, higher = Window.partitionBy("class"), Window.partitionBy("class").orderBy(F.col("bin").desc())
        before = higher.rowsBetween(Window.unboundedPreceding, -1)
        bins = groups.groupBy("class", "bin").agg(F.sum("hits").alias("hits"), F.sum("rest").alias("rest"))
        starts = bins.select(
            "class",
            "bin",
            *(F.coalesce(F.sum(name).over(before), F.lit(0.0)).alias(f"{name}_above") for name in ("hits", "rest")),
            (F.lit(top) * F.sum(F.col("hits") + F.col("rest")).over(every)).alias("wanted"),
        )
        down = Window.partitionBy("class", "bin").orderBy(F.col("score").desc())
        within = down.rowsBetween(Window.unboundedPreceding, 0)
        placed = groups.join(starts, ["class", "bin"]).select(
            "*",
            (F.col("hits_above") + F.sum("hits").over(within)).alias("found"),
            (F.col("rest_above") + F.sum("rest").over(within)).alias("alarms"),
            (F.log(F.col("clipped") / (F.lit(1.0) - F.col("clipped"))) - F.col("bin") / BINS_PER_LOGIT).alias("apart"),
        )
        hits, rest, found, alarms, apart = map(F.col, ("hits", "rest", "found", "alarms", "apart"))
        exact, weight, earlier = found / (found + alarms), hits + rest, found + alarms - hits - rest
        share = F.greatest(F.least((F.col("wanted") - earlier) / weight, F.lit(1.0)), F.lit(0.0))
        off = F.lit(1.0) - F.col("score")
        sums = {
            "positives": hits,
            "negatives": rest,
            "area": rest * (found - hits / 2),
            "precisions": hits * exact,
            "lifted": hits * share,
            "squares": hits * off * off + rest * F.col("score") * F.col("score"),
            "above": hits * apart,
        }
        powers = [F.sum(weight * F.pow(apart, F.lit(power))).alias(f"moment{power}") for power in range(MOMENTS)]
        reached = F.max(F.when(exact >= F.lit(precision), found).otherwise(F.lit(0.0))).alias("reached")
        rows = placed.groupBy("class", "bin").agg(
            *(F.sum(column).alias(name) for name, column in sums.items()), *powers, reached, F.sum("bad").alias("bad")
        )
        collected = sorted(rows.collect(), key=lambda row: (row["class"], row["bin"]))
        if not collected:
            raise ClassError("the DataFrame has no rows with a weight; there is nothing to measure")
        self._refuse_invalid(self.probabilityCol, max(row["bad"] for row in collected))
        each: dict[Any, list[Any]] = {}
        for row in collected:
            each.setdefault(row["class"] if positive is None else positive, []).append(row)
        return {
            number: RankedBins(
                **{
                    name: np.array([row[name] for row in mine]) for name in ("bins", *sums, "reached") if name != "bins"
                },
                bins=np.array([row["bin"] for row in mine]),
                moments=np.array([[row[f"moment{power}"] for power in range(MOMENTS)] for row in mine]),
            )
            for number, mine in each.items()
        }

    def _groups(self, positive: Any) -> DataFrame:
        """Weights of the rows of the class and of others, by class and score; invalid rows are one group, without."""
        label, (numbers, scores) = self._label(), self._scores(positive)
        if positive is None and isinstance(self.frame.select(label).schema[0].dataType, StringType):
            raise ParameterError(f"positive: the labels in {self.labelCol!r} are strings; name the class to measure")
        rows = self.frame.select(
            (label if positive is None else label == _as_label(positive)).alias("truth"),
            (label.isNotNull() & self._weighable()).alias("valid"),
            self._weight().alias("weight"),
            numbers.alias("class"),
            scores.alias("score"),
        ).select("truth", "valid", "weight", F.explode(F.arrays_zip("class", "score")).alias("one"))
        chosen = F.coalesce(F.col("truth") == F.col("one.class") if positive is None else F.col("truth"), F.lit(False))
        score = F.col("one.score")
        valid = F.col("valid") & F.coalesce(score.between(0.0, 1.0), F.lit(False))
        weight = F.when(valid, F.col("weight")).otherwise(F.lit(1.0))
        clipped = F.greatest(F.least("score", F.lit(1 - _CLIP)), F.lit(_CLIP))
        logit = F.log(F.col("clipped") / (F.lit(1.0) - F.col("clipped")))
        return (
            rows.select(
                F.col("one.class").alias("class"),
                F.when(valid, score + F.lit(0.0)).otherwise(F.lit(0.5)).alias("score"),
                F.when(valid & chosen, weight).otherwise(F.lit(0.0)).alias("hits"),
                F.when(valid & chosen, F.lit(0.0)).otherwise(weight).alias("rest"),
                F.when(valid, F.lit(0)).otherwise(F.lit(1)).alias("bad"),
            )
            .filter(F.col("hits") + F.col("rest") > 0)
            .groupBy("class", "score")
            .agg(*(F.sum(name).alias(name) for name in ("hits", "rest", "bad")))
            .withColumn("clipped", clipped)
            .withColumn("bin", F.rint(logit * F.lit(float(BINS_PER_LOGIT))).cast("int"))
        )

    def _scores(self, positive: Any) -> tuple[Column, Column]:
        """The classes to rank of a row and their scores, as two arrays."""
        names = Names(self.frame)
        field = names.field(names.find(self.probabilityCol, "probabilityCol"))
        column = F.col(quoted(field.name))
        if isinstance(field.dataType, DoubleType | FloatType):
            return F.array(F.lit(1)), F.array(column.cast("double"))
        if not isinstance(field.dataType, VectorUDT):
            raise ColumnError(
                f"probabilityCol: column {field.name!r} has type {type_name(field.dataType)}; it must be a vector of "
                "probabilities, or the positive class's as a double"
            )
        # A null vector becomes one invalid score.
        scores = F.coalesce(elements(column), F.array(F.lit(None).cast("double")))
        if positive is not None:
            index = int(positive) if isinstance(positive, int | float) else 1
            return F.array(F.lit(index)), F.array(F.get(scores, F.lit(index)))
        binary = F.size(scores) == 2
        numbers = F.when(binary, F.array(F.lit(1))).otherwise(F.sequence(F.lit(0), F.size(scores) - 1))
        return numbers, F.when(binary, F.slice(scores, 2, 1)).otherwise(scores)

    def _label(self) -> Column:
        names = Names(self.frame)
        return self._label_like(names.field(find_label(names, self.labelCol)).name, "labelCol")

    def _label_like(self, name: str, param: str) -> Column:
        """A column of classes: numbers and booleans as double, which predictions are, and strings."""
        names = Names(self.frame)
        field = names.field(names.find(name, param))
        column = F.col(quoted(field.name))
        if isinstance(field.dataType, NumericType | BooleanType):
            number = column.cast("double") + F.lit(0.0)
            return F.when(~F.isnan(number), number)
        if isinstance(field.dataType, StringType):
            return column
        raise ColumnError(f"{param}: column {field.name!r} has type {type_name(field.dataType)}; it must hold classes")

    def _weight(self) -> Column:
        if self.weightCol is None:
            return F.lit(1.0)
        names = Names(self.frame)
        field = names.field(names.find(self.weightCol, "weightCol"))
        if not isinstance(field.dataType, NumericType):
            raise ColumnError(
                f"weightCol: column {field.name!r} has type {type_name(field.dataType)}; it must be numeric"
            )
        return F.col(quoted(field.name)).cast("double")

    def _weighable(self) -> Column:
        # Spark orders NaN above infinity.
        return F.coalesce((self._weight() >= 0.0) & (self._weight() < F.lit(float("inf"))), F.lit(False))

    def _refuse_invalid(self, column: str, rows: int) -> None:
        if rows:
            weight = f", or weightCol {self.weightCol!r} is null, negative or not finite" if self.weightCol else ""
            scores = " or not from 0 to 1" if column == self.probabilityCol else ""
            raise InvalidDataError(
                f"labelCol {self.labelCol!r} or {column!r} is null or NaN{scores}{weight}, in {rows} rows; drop them"
            )


def _as_label(positive: Any) -> Column:
    return F.lit(positive if isinstance(positive, str) else float(positive))


def _plain(label: Any) -> Any:
    """A class index as an integer, which is equal to the double."""
    return int(label) if isinstance(label, float) and label.is_integer() else label
