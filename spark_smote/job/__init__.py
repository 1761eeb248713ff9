"""One stage of a data pipeline: read a table, resample it, write the result."""

from spark_smote.job.flow import dry_run as dry_run
from spark_smote.job.flow import run as run
from spark_smote.job.steps import make_sampler as make_sampler
