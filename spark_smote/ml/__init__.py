"""Resampling within Spark ML: estimators, probability correction, class weights, and decision thresholds."""

from spark_smote.ml.ensemble import BalancedEnsemble as BalancedEnsemble
from spark_smote.ml.ensemble import BalancedEnsembleModel as BalancedEnsembleModel
from spark_smote.ml.prior import PriorCorrection as PriorCorrection
from spark_smote.ml.resampled import Resampled as Resampled
from spark_smote.ml.row_weights import class_weights as class_weights
from spark_smote.ml.threshold import BestThreshold as BestThreshold
from spark_smote.ml.threshold import best_threshold as best_threshold
