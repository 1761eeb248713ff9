"""Measures of models, comparisons of estimators with and without resampling, and reports."""

from spark_smote.core.symptom import Symptom as Symptom
from spark_smote.evaluation.compare import compare as compare
from spark_smote.evaluation.compare_regression import compare_regression as compare_regression
from spark_smote.evaluation.comparison import Comparison as Comparison
from spark_smote.evaluation.comparison import Result as Result
from spark_smote.evaluation.diagnose import diagnose as diagnose
from spark_smote.evaluation.diagnosis import Diagnosis as Diagnosis
from spark_smote.evaluation.evaluator import ImbalanceEvaluator as ImbalanceEvaluator
from spark_smote.evaluation.inspect import inspect as inspect
from spark_smote.evaluation.measures import MEASURES as MEASURES
from spark_smote.evaluation.measures import Measures as Measures
from spark_smote.evaluation.measures import measures as measures
from spark_smote.evaluation.page import to_html as to_html
from spark_smote.evaluation.regression_comparison import RegressionComparison as RegressionComparison
from spark_smote.evaluation.regression_errors import errors_by_bump as errors_by_bump
from spark_smote.evaluation.regression_errors import sera as sera
from spark_smote.evaluation.summary import Report as Report
from spark_smote.evaluation.tracking import log_comparison as log_comparison
from spark_smote.evaluation.tracking import log_plan as log_plan
