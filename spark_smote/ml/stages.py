"""Looking into Spark ML stages that hold others: pipelines, validators, one against the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pyspark.ml import Estimator
from pyspark.ml.classification import OneVsRest, OneVsRestModel
from pyspark.ml.param import Params

from spark_smote.errors import ParameterError


def check_estimator(estimator: Any, param: str = "estimator") -> None:
    """Refuse what is no estimator.

    Raises
    ------
    ParameterError
    """
    if not isinstance(estimator, Estimator):
        sampler = hasattr(estimator, "resample")
        hint = "is a sampler: hand it over as a sampler, and a classifier as the estimator" if sampler else "is none"
        raise ParameterError(
            f"{param} must be an estimator such as LogisticRegression() or a Pipeline; {estimator!r} {hint}"
        )


def parts(stage: Any) -> list[Params]:
    """A stage and all those within it."""
    inner = [*_steps(stage), stage.getClassifier()] if isinstance(stage, OneVsRest) else _steps(stage)
    return [stage, *(part for each in inner for part in parts(each))]


def check_grid(stage: Any, grids: Iterable[Mapping[Any, Any]]) -> None:
    """Refuse params of a grid that no part of a stage has, which Spark would pass over in silence.

    Raises
    ------
    ParameterError
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
    """Whether it hands rows through no stages of its own."""
    return not _steps(stage)


def classifier(stage: Any) -> Any:
    """The stage that predicts, fitted or not: the last with a probabilityCol or labelCol; None where there is none."""
    if isinstance(stage, OneVsRest | OneVsRestModel):
        return stage
    for inner in reversed(_steps(stage)):
        found = classifier(inner)
        if found is not None:
            return found
    return stage if stage.hasParam("probabilityCol") or stage.hasParam("labelCol") else None


def probabilistic(stage: Any, what: str) -> Any:
    """The stage that predicts, which must give probabilities.

    Raises
    ------
    ParameterError
        Names what needs them.
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
    """The fitted stages that a row goes through before it comes to one of them."""
    ahead: list[Any] = []
    for inner in _steps(model):
        if stage in parts(inner):
            return [*ahead, *leading_to(inner, stage)]
        ahead.append(inner)
    return []


def _steps(stage: Any) -> list[Any]:
    """What a stage hands rows through: stages of a pipeline, what a validator fits or has found best."""
    if hasattr(stage, "bestModel"):
        return [stage.bestModel]
    if hasattr(stage, "getEstimatorParamMaps"):
        return [stage.getEstimator()]
    return list(stage.getStages() if hasattr(stage, "getStages") else getattr(stage, "stages", []))
