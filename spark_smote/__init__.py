"""SMOTE oversampling for Spark DataFrames of any size.

The public names are loaded when first used, so that a Python worker, which needs the kernels only, starts fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spark_smote.plan import ClassPlan as ClassPlan
    from spark_smote.plan import Plan as Plan
    from spark_smote.samplers.smote import SMOTE as SMOTE

_HOMES = {"SMOTE": "spark_smote.samplers.smote", "ClassPlan": "spark_smote.plan", "Plan": "spark_smote.plan"}
__all__ = ["SMOTE", "ClassPlan", "Plan"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
