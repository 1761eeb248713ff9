"""What a resampling did, and whether it helped."""

from spark_smote.report.summary import Report as Report
