"""The classifiers that a configuration can name, for samplers that ask one."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from pyspark.ml.param import Param

from spark_smote.errors import ParameterError, meant

CLASSIFIERS = (
    "DecisionTreeClassifier",
    "FMClassifier",
    "GBTClassifier",
    "LogisticRegression",
    "MultilayerPerceptronClassifier",
    "NaiveBayes",
    "RandomForestClassifier",
)
"""Those of Spark ML that give probabilities."""


def classifier(name: Any, params: Any) -> Any:
    """A classifier of Spark ML by its name, with these parameters; a session must run.

    Parameters
    ----------
    name : str
        One of CLASSIFIERS: nothing else is looked up.
    params : mapping of str to object

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> classifier("os.system", {})
    Traceback (most recent call last):
    spark_smote.errors.ParameterError: estimator: 'os.system' is no classifier that a job can name; it must be ...
    """
    if name not in CLASSIFIERS:
        raise ParameterError(
            f"estimator: {name!r} is no classifier that a job can name{meant(str(name), CLASSIFIERS)}; it must be one "
            f"of {', '.join(CLASSIFIERS)}; in Python any is taken"
        )
    if not isinstance(params, Mapping):
        raise ParameterError(f"estimatorParams must be a mapping of the parameters of {name}, not {params!r}")
    kind = getattr(import_module("pyspark.ml.classification"), name)
    known = sorted(one for one in dir(kind) if isinstance(getattr(kind, one, None), Param))
    for param in params:
        if param not in known:
            raise ParameterError(
                f"estimatorParams: {name} has no {param!r}{meant(str(param), known)}; it has {', '.join(known)}"
            )
    try:
        return kind(**params)
    except TypeError as error:
        raise ParameterError(f"estimatorParams: {error}") from error
