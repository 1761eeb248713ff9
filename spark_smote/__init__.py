"""SMOTE oversampling for Spark DataFrames of any size.

The public names are loaded when first used, so that a Python worker, which needs the kernels only, starts fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from spark_smote.core.chain import Chain as Chain
    from spark_smote.core.combination import OverSampledAndCleaned as OverSampledAndCleaned
    from spark_smote.core.plan import ClassPlan as ClassPlan
    from spark_smote.core.plan import Plan as Plan
    from spark_smote.evaluation.compare import compare as compare
    from spark_smote.ml.ensemble import BalancedEnsemble as BalancedEnsemble
    from spark_smote.ml.prior import PriorCorrection as PriorCorrection
    from spark_smote.ml.resampled import Resampled as Resampled
    from spark_smote.ml.row_weights import class_weights as class_weights
    from spark_smote.ml.threshold import best_threshold as best_threshold
    from spark_smote.samplers.adasyn import ADASYN as ADASYN
    from spark_smote.samplers.all_knn import AllKNN as AllKNN
    from spark_smote.samplers.borderline_smote import BorderlineSMOTE as BorderlineSMOTE
    from spark_smote.samplers.edited_nearest_neighbours import EditedNearestNeighbours as EditedNearestNeighbours
    from spark_smote.samplers.kmeans_smote import KMeansSMOTE as KMeansSMOTE
    from spark_smote.samplers.lee_smote import LeeSMOTE as LeeSMOTE
    from spark_smote.samplers.near_miss import NearMiss as NearMiss
    from spark_smote.samplers.neighbourhood_cleaning_rule import NeighbourhoodCleaningRule as NeighbourhoodCleaningRule
    from spark_smote.samplers.polynom_fit_smote import PolynomFitSMOTE as PolynomFitSMOTE
    from spark_smote.samplers.random_over_sampler import RandomOverSampler as RandomOverSampler
    from spark_smote.samplers.random_under_sampler import RandomUnderSampler as RandomUnderSampler
    from spark_smote.samplers.repeated_edited_nearest_neighbours import (
        RepeatedEditedNearestNeighbours as RepeatedEditedNearestNeighbours,
    )
    from spark_smote.samplers.smote import SMOTE as SMOTE
    from spark_smote.samplers.smoteenn import SMOTEENN as SMOTEENN
    from spark_smote.samplers.smoten import SMOTEN as SMOTEN
    from spark_smote.samplers.smotenc import SMOTENC as SMOTENC
    from spark_smote.samplers.smotetomek import SMOTETomek as SMOTETomek
    from spark_smote.samplers.svm_smote import SVMSMOTE as SVMSMOTE
    from spark_smote.samplers.tomek_links import TomekLinks as TomekLinks

_HOMES = {
    "ADASYN": "spark_smote.samplers.adasyn",
    "BorderlineSMOTE": "spark_smote.samplers.borderline_smote",
    "KMeansSMOTE": "spark_smote.samplers.kmeans_smote",
    "LeeSMOTE": "spark_smote.samplers.lee_smote",
    "PolynomFitSMOTE": "spark_smote.samplers.polynom_fit_smote",
    "RandomOverSampler": "spark_smote.samplers.random_over_sampler",
    "SMOTE": "spark_smote.samplers.smote",
    "SMOTEN": "spark_smote.samplers.smoten",
    "SMOTENC": "spark_smote.samplers.smotenc",
    "SVMSMOTE": "spark_smote.samplers.svm_smote",
    "AllKNN": "spark_smote.samplers.all_knn",
    "EditedNearestNeighbours": "spark_smote.samplers.edited_nearest_neighbours",
    "NeighbourhoodCleaningRule": "spark_smote.samplers.neighbourhood_cleaning_rule",
    "RepeatedEditedNearestNeighbours": "spark_smote.samplers.repeated_edited_nearest_neighbours",
    "TomekLinks": "spark_smote.samplers.tomek_links",
    "OverSampledAndCleaned": "spark_smote.core.combination",
    "RandomUnderSampler": "spark_smote.samplers.random_under_sampler",
    "SMOTEENN": "spark_smote.samplers.smoteenn",
    "SMOTETomek": "spark_smote.samplers.smotetomek",
    "NearMiss": "spark_smote.samplers.near_miss",
    "Chain": "spark_smote.core.chain",
    "BalancedEnsemble": "spark_smote.ml.ensemble",
    "PriorCorrection": "spark_smote.ml.prior",
    "Resampled": "spark_smote.ml.resampled",
    "best_threshold": "spark_smote.ml.threshold",
    "class_weights": "spark_smote.ml.row_weights",
    "compare": "spark_smote.evaluation.compare",
    "ClassPlan": "spark_smote.core.plan",
    "Plan": "spark_smote.core.plan",
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


_ROOMS = {
    "errors": "spark_smote.errors",
    "evaluation": "spark_smote.evaluation",
    "job": "spark_smote.job",
    "ml": "spark_smote.ml",
    "plots": "spark_smote.evaluation.plots",
    "progress": "spark_smote.job.progress",
}


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(_ROOMS[name])
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
