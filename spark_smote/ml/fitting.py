"""Whether an estimator can learn from what samplers make of a frame, told before either works."""

from __future__ import annotations

from typing import Any

from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import NumericType

from spark_smote.core.over_sampler import OverSampler
from spark_smote.core.plan import Plan
from spark_smote.errors import ColumnError
from spark_smote.ml.stages import classifier, is_plain, leading_to
from spark_smote.spark.columns import Names, quoted, type_name


def check_columns(dataset: DataFrame, samplers: list[Any], estimator: Any) -> None:
    """Refuse what the estimator could not learn from.

    Estimators that are pipelines or validators make columns of their own, and are left to Spark.

    Raises
    ------
    ColumnError
        When samplers and estimator look at different labels, labels are not numbers, or synthetic rows would be null
        in a column that the estimator needs.
    """
    if not is_plain(estimator) or not estimator.hasParam("labelCol"):
        return
    names, wanted = Names(dataset), estimator.getLabelCol()
    field = names.field(names.find(wanted, f"labelCol of {type(estimator).__name__}"))
    if not isinstance(field.dataType, NumericType):
        raise ColumnError(
            f"labelCol: column {field.name!r} has type {type_name(field.dataType)}, and {type(estimator).__name__} "
            "learns from numbers 0, 1, ...; cast it to double, or put a StringIndexer before"
        )
    for sampler in samplers:
        name = type(sampler).__name__
        if not names.same(sampler.getLabelCol(), wanted):
            raise ColumnError(
                f"{name} balances the labels in {sampler.getLabelCol()!r}, but {type(estimator).__name__} learns those "
                f"in {wanted!r}; give both the same labelCol"
            )
        for param in ("featuresCol", "weightCol"):
            if estimator.hasParam(param) and estimator.isDefined(param) and estimator.getOrDefault(param):
                column = estimator.getOrDefault(param)
                if names.find(column, f"{param} of {type(estimator).__name__}") not in _made(names, sampler):
                    raise ColumnError(_not_made(name, param, column, type(estimator).__name__))


def check_labels(plan: Plan, estimator: Any) -> None:
    """Refuse labels that are no class indices.

    Raises
    ------
    ColumnError
    """
    for each in plan.classes if is_plain(estimator) else ():
        if each.label < 0 or each.label != int(each.label):
            raise ColumnError(
                f"labelCol: class {each.label!r} is no class index; {type(estimator).__name__} learns from labels "
                "0, 1, ..., which a StringIndexer makes"
            )


def nullable(dataset: DataFrame, samplers: list[Any]) -> DataFrame:
    """The rows with every column that synthetic rows have no value for free to be null: a fit does not mind."""
    names = Names(dataset)
    kept = set.intersection(*(_made(names, sampler) for sampler in samplers))
    columns = []
    for place, field in enumerate(names.schema.fields):
        column = F.col(quoted(field.name))
        if not field.nullable and place not in kept:
            column = F.when(F.lit(False), F.lit(None)).otherwise(column).alias(field.name)
        columns.append(column)
    return dataset.select(*columns)


def class_counts(model: Any, *frames: DataFrame) -> list[list[int]]:
    """Of each frame the rows of every class, by the index under which a model knows it; 0 where there are none."""
    predictor = classifier(model)
    ahead, label = PipelineModel(leading_to(model, predictor)), F.col(quoted(predictor.getLabelCol())).cast("int")
    counts = []
    for frame in frames:
        counted = ahead.transform(frame).groupBy(label.alias("label")).count().na.drop().collect()
        counts.append({row[0]: row[1] for row in counted})
    classes = max(getattr(predictor, "numClasses", 0), *(index + 1 for found in counts for index in found))
    return [[found.get(index, 0) for index in range(classes)] for found in counts]


def _made(names: Names, sampler: Any) -> set[int]:
    """Places of the columns that all rows which a sampler returns have a value for."""
    if not isinstance(sampler, OverSampler):
        return set(range(len(names.schema.fields)))
    inherited = names.find_all(sampler.getOrDefault("inheritCols"), "inheritCols")
    return {names.find(sampler.getLabelCol(), "labelCol"), *sampler.features(names).places, *inherited}


def _not_made(sampler: str, param: str, column: str, estimator: str) -> str:
    remedy = (
        f"give {sampler} featuresCol={column!r}, or put the VectorAssembler into the estimator, as a Pipeline"
        if param == "featuresCol"
        else f"list it in inheritCols of {sampler}"
    )
    return f"rows that {sampler} makes have no {column!r}, the {param} of {estimator}; {remedy}"
