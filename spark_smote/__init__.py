"""SMOTE oversampling for Spark DataFrames of any size.

The public names are loaded when first used, so that a Python worker, which needs the kernels only, starts fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spark_smote.ml.ensemble import BalancedEnsemble as BalancedEnsemble
    from spark_smote.ml.prior import PriorCorrection as PriorCorrection
    from spark_smote.ml.resampled import Resampled as Resampled
    from spark_smote.ml.threshold import best_threshold as best_threshold
    from spark_smote.ml.weights import class_weights as class_weights
    from spark_smote.plan import ClassPlan as ClassPlan
    from spark_smote.plan import Plan as Plan
    from spark_smote.report.compare import compare as compare
    from spark_smote.samplers.adasyn import ADASYN as ADASYN
    from spark_smote.samplers.bootstrap import RandomOverSampler as RandomOverSampler
    from spark_smote.samplers.borderline import BorderlineSMOTE as BorderlineSMOTE
    from spark_smote.samplers.chain import Chain as Chain
    from spark_smote.samplers.combined import SMOTEENN as SMOTEENN
    from spark_smote.samplers.combined import OverSampledAndCleaned as OverSampledAndCleaned
    from spark_smote.samplers.combined import SMOTETomek as SMOTETomek
    from spark_smote.samplers.editing import AllKNN as AllKNN
    from spark_smote.samplers.editing import EditedNearestNeighbours as EditedNearestNeighbours
    from spark_smote.samplers.editing import NeighbourhoodCleaningRule as NeighbourhoodCleaningRule
    from spark_smote.samplers.editing import RepeatedEditedNearestNeighbours as RepeatedEditedNearestNeighbours
    from spark_smote.samplers.kmeans import KMeansSMOTE as KMeansSMOTE
    from spark_smote.samplers.lee import LeeSMOTE as LeeSMOTE
    from spark_smote.samplers.nearmiss import NearMiss as NearMiss
    from spark_smote.samplers.polynomfit import PolynomFitSMOTE as PolynomFitSMOTE
    from spark_smote.samplers.smote import SMOTE as SMOTE
    from spark_smote.samplers.smoten import SMOTEN as SMOTEN
    from spark_smote.samplers.smotenc import SMOTENC as SMOTENC
    from spark_smote.samplers.svm import SVMSMOTE as SVMSMOTE
    from spark_smote.samplers.tomek import TomekLinks as TomekLinks
    from spark_smote.samplers.undersampling import RandomUnderSampler as RandomUnderSampler

_HOMES = {
    "ADASYN": "spark_smote.samplers.adasyn",
    "BorderlineSMOTE": "spark_smote.samplers.borderline",
    "KMeansSMOTE": "spark_smote.samplers.kmeans",
    "LeeSMOTE": "spark_smote.samplers.lee",
    "PolynomFitSMOTE": "spark_smote.samplers.polynomfit",
    "RandomOverSampler": "spark_smote.samplers.bootstrap",
    "SMOTE": "spark_smote.samplers.smote",
    "SMOTEN": "spark_smote.samplers.smoten",
    "SMOTENC": "spark_smote.samplers.smotenc",
    "SVMSMOTE": "spark_smote.samplers.svm",
    "AllKNN": "spark_smote.samplers.editing",
    "EditedNearestNeighbours": "spark_smote.samplers.editing",
    "NeighbourhoodCleaningRule": "spark_smote.samplers.editing",
    "RepeatedEditedNearestNeighbours": "spark_smote.samplers.editing",
    "TomekLinks": "spark_smote.samplers.tomek",
    "OverSampledAndCleaned": "spark_smote.samplers.combined",
    "RandomUnderSampler": "spark_smote.samplers.undersampling",
    "SMOTEENN": "spark_smote.samplers.combined",
    "SMOTETomek": "spark_smote.samplers.combined",
    "NearMiss": "spark_smote.samplers.nearmiss",
    "Chain": "spark_smote.samplers.chain",
    "BalancedEnsemble": "spark_smote.ml.ensemble",
    "PriorCorrection": "spark_smote.ml.prior",
    "Resampled": "spark_smote.ml.resampled",
    "best_threshold": "spark_smote.ml.threshold",
    "class_weights": "spark_smote.ml.weights",
    "compare": "spark_smote.report.compare",
    "ClassPlan": "spark_smote.plan",
    "Plan": "spark_smote.plan",
}
__all__ = [
    "ADASYN",
    "SMOTE",
    "SMOTEENN",
    "SMOTEN",
    "SMOTENC",
    "SVMSMOTE",
    "AllKNN",
    "BalancedEnsemble",
    "BorderlineSMOTE",
    "Chain",
    "ClassPlan",
    "EditedNearestNeighbours",
    "KMeansSMOTE",
    "LeeSMOTE",
    "NearMiss",
    "NeighbourhoodCleaningRule",
    "OverSampledAndCleaned",
    "Plan",
    "PolynomFitSMOTE",
    "PriorCorrection",
    "RandomOverSampler",
    "RandomUnderSampler",
    "RepeatedEditedNearestNeighbours",
    "Resampled",
    "SMOTETomek",
    "TomekLinks",
    "best_threshold",
    "class_weights",
    "compare",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
