"""Stages of Spark ML that hold others, such as pipelines, validators and OneVsRest: their parts, and checks of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pyspark.ml import Estimator
from pyspark.ml.classification import OneVsRest, OneVsRestModel
from pyspark.ml.param import Params

from spark_smote.errors import ParameterError


def check_estimator(estimator: Any, param: str = "estimator") -> None:
    """Refuse an object that is not an estimator.

    Parameters
    ----------
    estimator : object
    param : str
        Name of the argument, for the message.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> from spark_smote import TomekLinks
    >>> check_estimator(TomekLinks())  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    spark_smote.errors.ParameterError: estimator must be an estimator such as LogisticRegression() or a Pipeline; ...
    """
    if not isinstance(estimator, Estimator):
        sampler = hasattr(estimator, "resample")
        hint = "is a sampler: hand it over as a sampler, and a classifier as the estimator" if sampler else "is none"
        raise ParameterError(
            f"{param} must be an estimator such as LogisticRegression() or a Pipeline; {estimator!r} {hint}"
        )


def parts(stage: Any) -> list[Params]:
    """A stage and all stages within it.

    Parameters
    ----------
    stage : pyspark.ml.param.Params

    Examples
    --------
    >>> from pyspark.ml import Pipeline
    >>> [type(part).__name__ for part in parts(Pipeline(stages=[Pipeline(stages=[])]))]
    ['Pipeline', 'Pipeline']
    """
    inner = [*_steps(stage), stage.getClassifier()] if isinstance(stage, OneVsRest) else _steps(stage)
    return [stage, *(part for each in inner for part in parts(each))]


def described(stage: Any) -> str:
    """Classes of a stage and of all stages within it, with the values of their parameters, the same in every session.

    Parameters
    ----------
    stage : pyspark.ml.param.Params

    Examples
    --------
    >>> from pyspark.ml import Pipeline
    >>> described(Pipeline(stages=[Pipeline(stages=[])]))
    'Pipeline(), Pipeline(stages=[])'
    """
    told = []
    for part in parts(stage):
        values = sorted((param.name, value) for param, value in part.extractParamMap().items() if _is_value(value))
        text = ", ".join(f"{name}={value!r}" for name, value in values)
        # Default names of new columns begin with the stage's uid.
        told.append(f"{type(part).__name__}({text.replace(part.uid, type(part).__name__)})")
    return ", ".join(told)


def _is_value(value: Any) -> bool:
    """Whether a value of a parameter is no stage, and no list of stages."""
    return not any(isinstance(one, Params) for one in (value if isinstance(value, list) else [value]))


def check_grid(stage: Any, grids: Iterable[Mapping[Any, Any]]) -> None:
    """Refuse parameters of a grid that belong to no part of a stage; Spark would ignore them.

    Parameters
    ----------
    stage : pyspark.ml.param.Params
    grids : iterable of dict of Param to object

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> from pyspark.ml import Pipeline
    >>> from spark_smote import SMOTE
    >>> smote = SMOTE()
    >>> check_grid(Pipeline(stages=[smote]), [{smote.kNeighbors: 3}])
    """
    owners = {part.uid: part for part in parts(stage)}
    for grid in grids:
        for param in grid:
            owner = owners.get(str(getattr(param, "parent", "")))
            if owner is None or not owner.hasParam(param.name):
                known = ", ".join(owners)
                raise ParameterError(
                    f"the grid sets {param}, which belongs to none of {known}; take the param from the very sampler "
                    "or estimator that is fitted, such as smote.kNeighbors"
                )


def is_plain(stage: Any) -> bool:
    """Whether a stage reads its input itself, and passes it through no other stages first.

    Parameters
    ----------
    stage : pyspark.ml.param.Params

    Examples
    --------
    >>> from pyspark.ml import Pipeline
    >>> from spark_smote import SMOTE
    >>> is_plain(SMOTE()), is_plain(Pipeline(stages=[SMOTE()]))
    (True, False)
    """
    return not _steps(stage)


def classifier(stage: Any) -> Any:
    """The stage that predicts, fitted or not: the last one with a probabilityCol or a labelCol.

    Parameters
    ----------
    stage : pyspark.ml.param.Params

    Returns
    -------
    pyspark.ml.param.Params or None
        None if no stage has either.

    Examples
    --------
    >>> from pyspark.ml import Pipeline
    >>> classifier(Pipeline(stages=[])) is None
    True
    """
    if isinstance(stage, OneVsRest | OneVsRestModel):
        return stage
    for inner in reversed(_steps(stage)):
        found = classifier(inner)
        if found is not None:
            return found
    return stage if stage.hasParam("probabilityCol") or stage.hasParam("labelCol") else None


def probabilistic(stage: Any, what: str) -> Any:
    """The stage that predicts, which must give probabilities.

    Parameters
    ----------
    stage : pyspark.ml.param.Params
    what : str
        Name of the feature that needs probabilities, for the message.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> from pyspark.ml import Pipeline
    >>> probabilistic(Pipeline(stages=[]), "correctPrior")
    Traceback (most recent call last):
    spark_smote.errors.ParameterError: correctPrior needs probabilities, and Pipeline gives none; use a classifier ...
    """
    found = classifier(stage)
    if found is None or not found.hasParam("probabilityCol"):
        name = type(found or stage).__name__
        raise ParameterError(
            f"{what} needs probabilities, and {name} gives none; use a classifier that has a probabilityCol, such as "
            "LogisticRegression or RandomForestClassifier"
        )
    return found


def leading_to(model: Any, stage: Any) -> list[Any]:
    """The fitted stages of a model that transform a row before it reaches one of them.

    Parameters
    ----------
    model : pyspark.ml.Model
    stage : pyspark.ml.Transformer

    Examples
    --------
    >>> from pyspark.ml import PipelineModel
    >>> from spark_smote.ml import BalancedEnsembleModel, PriorCorrection
    >>> ensemble, correction = BalancedEnsembleModel(), PriorCorrection()
    >>> leading_to(PipelineModel([ensemble, correction]), correction) == [ensemble]
    True
    """
    ahead: list[Any] = []
    for inner in _steps(model):
        if stage in parts(inner):
            return [*ahead, *leading_to(inner, stage)]
        ahead.append(inner)
    return []


def _steps(stage: Any) -> list[Any]:
    """The stages within a stage: those of a pipeline, or the estimator or best model of a validator."""
    if hasattr(stage, "bestModel"):
        return [stage.bestModel]
    if hasattr(stage, "getEstimatorParamMaps"):
        return [stage.getEstimator()]
    stages = stage.getStages() if hasattr(stage, "getStages") else getattr(stage, "stages", ())
    # Only a pipeline's model has a list: `PriorCorrection.stages` is a method.
    return list(stages) if isinstance(stages, list | tuple) else []
