"""What a resampling did, and whether it helped."""

from spark_smote.report.compare import compare as compare
from spark_smote.report.comparison import Comparison as Comparison
from spark_smote.report.comparison import Result as Result
from spark_smote.report.page import to_html as to_html
from spark_smote.report.summary import Report as Report
