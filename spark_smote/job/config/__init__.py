"""A job's configuration: a YAML file read into frozen dataclasses."""

from spark_smote.job.config.reader import load as load
from spark_smote.job.config.sections import Input as Input
from spark_smote.job.config.sections import JobConfig as JobConfig
from spark_smote.job.config.sections import Output as Output
from spark_smote.job.config.sections import ReportSpec as ReportSpec
from spark_smote.job.config.sections import SamplerSpec as SamplerSpec
from spark_smote.job.config.sections import StagingSpec as StagingSpec
