"""The rows that an estimator is fitted on: checks before any heavy work, and the columns that take part."""

from __future__ import annotations

from typing import Any

from pyspark.ml import PipelineModel
from pyspark.ml.base import Predictor
from pyspark.ml.classification import OneVsRest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import NumericType

from spark_smote.core.plan import Plan
from spark_smote.core.stages import classifier, is_plain, leading_to, parts
from spark_smote.errors import ColumnError, ParameterError
from spark_smote.spark.columns import Names, quoted, type_name
from spark_smote.spark.layout import inheritable

_LISTED = "features_cols"
"""XGBoost's parameter for features in columns of their own, which takes the place of ``featuresCol``."""


def check_columns(dataset: DataFrame, samplers: list[Any], estimator: Any) -> None:
    """Refuse columns that the estimator could not learn from.

    Estimators that are pipelines or validators make columns of their own, and are left for Spark to check.

    Parameters
    ----------
    dataset : DataFrame
        Before resampling.
    samplers : list of sampler
    estimator : pyspark.ml.Estimator

    Raises
    ------
    ColumnError
        If samplers and estimator read different label columns, labels are not numbers, or synthetic rows would be null
        in a column that the estimator needs.
    ParameterError
        If the estimator needs a classic session, and this is one of Spark Connect.

    Examples
    --------
    >>> from pyspark.ml.classification import LogisticRegression
    >>> from spark_smote import SMOTE
    >>> df = spark.range(4).selectExpr("id % 2 = 0 AS label", "id * 1.0D AS amount")
    >>> check_columns(df, [SMOTE(inputCols=["amount"])], LogisticRegression())
    Traceback (most recent call last):
    spark_smote.errors.ColumnError: labelCol: column 'label' has type boolean, and LogisticRegression learns from ...
    """
    _check_session(dataset, estimator)
    if not is_plain(estimator) or not estimator.hasParam("labelCol"):
        return
    names, wanted = Names(dataset), estimator.getLabelCol()
    field = names.field(names.find(wanted, f"labelCol of {type(estimator).__name__}"))
    if not isinstance(field.dataType, NumericType):
        raise ColumnError(
            f"labelCol: column {field.name!r} has type {type_name(field.dataType)}, and {type(estimator).__name__} "
            "learns from numbers 0, 1, ...; cast it to double, or put a StringIndexer before"
        )
    added = [each.optional(each.weightCol) for each in samplers if each.hasParam("weightCol")]
    for sampler in samplers:
        name = type(sampler).__name__
        if not names.same(sampler.getLabelCol(), wanted):
            raise ColumnError(
                f"{name} balances the labels in {sampler.getLabelCol()!r}, but {type(estimator).__name__} learns those "
                f"in {wanted!r}; give both the same labelCol"
            )
        for param, column in _learnt_from(estimator):
            if any(one is not None and names.same(one, column) for one in added):
                continue
            if names.find(column, f"{param} of {type(estimator).__name__}") not in _made(names, sampler):
                raise ColumnError(_not_made(name, param, column, type(estimator).__name__))


def _check_session(dataset: DataFrame, estimator: Any) -> None:
    connect = type(dataset).__module__.startswith("pyspark.sql.connect")
    for part in parts(estimator) if connect else ():
        if type(part).__module__.startswith("xgboost."):
            raise ParameterError(
                f"estimator: {type(part).__name__} trains on RDDs, and Spark Connect has none; use a classic session "
                "(on Databricks: dedicated access mode), or an estimator of Spark ML"
            )


def _learnt_from(estimator: Any) -> list[tuple[str, str]]:
    """Parameters of an estimator that name columns of features and weights, and the columns."""

    def named(param: str) -> Any:
        return estimator.getOrDefault(param) if estimator.hasParam(param) and estimator.isDefined(param) else None

    listed = [(_LISTED, column) for column in named(_LISTED) or ()]
    found = listed or [("featuresCol", named("featuresCol"))]
    return [(param, column) for param, column in [*found, ("weightCol", named("weightCol"))] if column]


def check_labels(plan: Plan, estimator: Any) -> None:
    """Refuse labels that are not class indices 0, 1, ...

    Parameters
    ----------
    plan : Plan
        Its labels are numbers.
    estimator : pyspark.ml.Estimator
        Estimators that are pipelines or validators may index the labels, and are left for Spark to check.

    Raises
    ------
    ColumnError

    Examples
    --------
    >>> from pyspark.ml.classification import LogisticRegression
    >>> from spark_smote.core.plan import ClassPlan
    >>> df = spark.range(1)
    >>> check_labels(Plan((ClassPlan(-1.0, 5),), {}, None), LogisticRegression())
    Traceback (most recent call last):
    spark_smote.errors.ColumnError: labelCol: class -1.0 is no class index; LogisticRegression learns from labels ...
    """
    for each in plan.classes if is_plain(estimator) else ():
        if each.label < 0 or each.label != int(each.label):
            raise ColumnError(
                f"labelCol: class {each.label!r} is no class index; {type(estimator).__name__} learns from labels "
                "0, 1, ..., which a StringIndexer makes"
            )


def nullable(dataset: DataFrame, samplers: list[Any]) -> DataFrame:
    """The rows, with columns made nullable where synthetic rows have no value: estimators accept nullable columns.

    Parameters
    ----------
    dataset : DataFrame
    samplers : list of sampler

    Returns
    -------
    DataFrame
        The same rows and columns.

    Examples
    --------
    >>> from spark_smote import SMOTE
    >>> df = spark.range(4).selectExpr("id", "id > 1 AS label", "id * 1.0D AS amount")
    >>> [field.nullable for field in nullable(df, [SMOTE(inputCols=["amount"], inheritCols=[])]).schema.fields]
    [True, False, False]
    """
    names = Names(dataset)
    kept = set.intersection(*(_filled(names, sampler) for sampler in samplers))
    columns = []
    for place, field in enumerate(names.schema.fields):
        column = F.col(quoted(field.name))
        if not field.nullable and place not in kept:
            column = F.when(F.lit(False), F.lit(None)).otherwise(column).alias(field.name)
        columns.append(column)
    return dataset.select(*columns)


def needed(dataset: DataFrame, samplers: list[Any], estimator: Any) -> DataFrame:
    """The rows, with the columns that the samplers and the estimator read where these are known.

    They are known for predictors of Spark ML itself, and for samplers that read features and not whole rows, as
    RandomUnderSampler does: the columns that a parameter of either names. In all other cases every column is kept.

    Parameters
    ----------
    dataset : DataFrame
    samplers : list of sampler
    estimator : pyspark.ml.Estimator

    Returns
    -------
    DataFrame

    Examples
    --------
    >>> from pyspark.ml.classification import LogisticRegression
    >>> from spark_smote import SMOTE
    >>> df = spark.sql("SELECT 1 AS id, 1.0D AS label, array(2.0D) AS features, 3.0D AS share")
    >>> needed(df, [SMOTE()], LogisticRegression(weightCol="share")).columns
    ['label', 'features', 'share']
    """
    known = isinstance(estimator, Predictor | OneVsRest) and type(estimator).__module__.startswith("pyspark.")
    if not known or not all(sampler.hasParam("inputCols") for sampler in samplers):
        return dataset
    names, read = Names(dataset), _named([*samplers, estimator])
    kept = [field.name for field in names.schema.fields if any(names.same(field.name, name) for name in read)]
    return dataset.select(*map(quoted, kept))


def class_counts(model: Any, *frames: DataFrame) -> list[list[int]]:
    """The number of rows of every class in each frame.

    Parameters
    ----------
    model : pyspark.ml.Model
        Its stages index the labels where the frames hold other ones.
    *frames : DataFrame

    Returns
    -------
    list of list of int
        For each frame the rows by class index; 0 where a class has none.

    Examples
    --------
    >>> from pyspark.ml.feature import StringIndexer
    >>> from pyspark.ml import PipelineModel
    >>> from pyspark.ml.classification import LogisticRegression
    >>> df = spark.range(4).selectExpr("IF(id = 0, 'fraud', 'fine') AS said")
    >>> indexer = StringIndexer(inputCol="said", outputCol="label").fit(df)
    >>> class_counts(PipelineModel([indexer, LogisticRegression()]), df)
    [[3, 1]]
    """
    predictor = classifier(model)
    ahead, label = PipelineModel(leading_to(model, predictor)), F.col(quoted(predictor.getLabelCol())).cast("int")
    counts = []
    for frame in frames:
        counted = ahead.transform(frame).groupBy(label.alias("label")).count().na.drop().collect()
        counts.append({row[0]: row[1] for row in counted})
    classes = max(getattr(predictor, "numClasses", 0), *(index + 1 for found in counts for index in found))
    return [[found.get(index, 0) for index in range(classes)] for found in counts]


def _made(names: Names, sampler: Any) -> set[int]:
    """Places of the columns in which synthetic rows of a sampler have values."""
    if not sampler.makes_rows():
        return set(range(len(names.schema.fields)))
    inherited = names.find_all(sampler.optional(sampler.inheritCols) or [], "inheritCols")
    return {names.find(sampler.getLabelCol(), "labelCol"), *sampler.features(names).places, *inherited}


def _filled(names: Names, sampler: Any) -> set[int]:
    """These, and the columns that synthetic rows inherit without having been asked to."""
    by_default = sampler.makes_rows() and not sampler.isDefined("inheritCols")
    return _made(names, sampler) | set(inheritable(names) if by_default else ())


def _named(stages: list[Any]) -> set[str]:
    """The strings that parameters are set to, column names among them."""
    values = [value for stage in stages for value in stage.extractParamMap().values()]
    listed = [one for value in values if isinstance(value, list | tuple) for one in value]
    return {value for value in [*values, *listed] if isinstance(value, str)}


def _not_made(sampler: str, param: str, column: str, estimator: str) -> str:
    remedy = (
        f"give {sampler} featuresCol={column!r}, or put the VectorAssembler into the estimator, as a Pipeline"
        if param == "featuresCol"
        else f"list it in inputCols of {sampler}"
        if param == _LISTED
        else f"list it in inheritCols of {sampler}"
    )
    return f"rows that {sampler} makes have no {column!r}, the {param} of {estimator}; {remedy}"
