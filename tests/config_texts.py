"""Texts of job files, and reading them. This file has no tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spark_smote.errors import ConfigError
from spark_smote.job.config import JobConfig, load

GOOD = """\
# A comment.
input:
  path: data/in.tsv
  format: tsv
  options:
    header: yes
    sep: ";"
    version: 1.10
    start: 2024-01-01
    time: 12:30
sampler:
  class: SMOTE
  params:
    inputCols: &features
      - amount
      - "age"
    kNeighbors: 5
    samplingStrategy: {0: 500, 1: 300, "2": 7, true-ish: 8, 2.5: 9}
    inheritCols: *features
    standardization: true
    idCol:
output:
  path: ../out
  mode: overwrite
  partitionBy: [year, month]
spark:
  spark.sql.shuffle.partitions: 8
  spark.sql.adaptive.enabled: off
"""
APPENDIX: Any = "appendix"
MINIMAL = "input: {path: a}\nsampler: {class: SMOTE}\noutput: {path: b}\n"


def read(file: Path, text: str) -> JobConfig:
    file.write_bytes(text.encode("utf-8"))
    return load(file)


def fault(file: Path, text: str) -> str:
    """The text of the error after the file's name."""
    with pytest.raises(ConfigError) as caught:
        read(file, text)
    name, message = str(caught.value)[: len(str(file))], str(caught.value)[len(str(file)) :]
    assert name == str(file)
    return message
