"""A parameter by its name; a wrong name is answered with the one that is meant."""

from __future__ import annotations

from inspect import signature
from typing import Any

from pyspark.ml.param import Params

from spark_smote.core.parameter import Parameter
from spark_smote.errors import MethodError, ParameterError, meant

# Names of imbalanced-learn that are not ours in snake_case, and the names or the reasons that stand for them here.
_IMBALANCED_LEARN = {
    "random_state": "seed",
    "sampling_strategy": "samplingStrategy",
    "categorical_features": "categoricalCols",
    "smote": "overSampler",
    "enn": "cleaner",
    "tomek": "cleaner",
    "kmeans_estimator": "numClusters",
    "n_jobs": "not needed: Spark uses all cores of the cluster",
    "svm_estimator": "not there: the support vector machine is that of the paper",
    "categorical_encoder": "not needed: categories of any type are taken as they are",
}


def no_attribute(owner: object, name: str) -> AttributeError:
    """The error for an attribute that a sampler does not have; methods of Spark ML are answered with ours.

    Examples
    --------
    >>> from spark_smote import SMOTE
    >>> print(no_attribute(SMOTE(), "fit"))  # doctest: +ELLIPSIS
    SMOTE has no fit(); call SMOTE(...).resample(df) for the rows, or Resampled(sampler=SMOTE(...), ...
    """
    own = type(owner).__name__
    if name not in ("fit", "transform", "fit_transform"):
        return AttributeError(f"{own!r} object has no attribute {name!r}")
    model = f"Resampled(sampler={own}(...), estimator=...).fit(df) for a model fitted on them"
    return MethodError(f"{own} has no {name}(); call {own}(...).resample(df) for the rows, or {model}")


def parameter(params: Params, name: str) -> Parameter[Any]:
    """The parameter of this name.

    Raises
    ------
    ParameterError
        There is none; a name of imbalanced-learn is answered with ours, a misspelt one with the nearest.

    Examples
    --------
    >>> from spark_smote import SMOTE
    >>> parameter(SMOTE(), "random_state")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    spark_smote.errors.ParameterError: SMOTE has no parameter 'random_state'; ... random_state is seed here ...
    """
    if not params.hasParam(name):
        raise unknown(params, name)
    found: Any = params.getParam(name)
    return found


def unknown(params: Params, name: str) -> ParameterError:
    """The error for a name that is no parameter."""
    first, *rest = name.split("_")
    ours = _IMBALANCED_LEARN.get(name, first + "".join(map(str.capitalize, rest)))
    refused = f"{type(params).__name__} has no parameter {name!r}"
    if params.hasParam(ours) or ours in signature(type(params)).parameters:
        return ParameterError(f"{refused}; imbalanced-learn's {name} is {ours} here")
    if name in _IMBALANCED_LEARN:
        where = "" if " " in ours else ", in samplers that have one"
        return ParameterError(f"{refused}; imbalanced-learn's {name} is {ours}{where}")
    names = list(dict.fromkeys(param.name for param in params.params))
    return ParameterError(f"{refused}; it has {', '.join(names)}{meant(name, names)}")
