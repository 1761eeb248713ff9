"""Errors come before any heavy work."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest
from pyspark.sql import DataFrame

from spark_smote import SMOTE
from spark_smote.core import resampler
from spark_smote.core.over_sampler import OverSampler
from spark_smote.errors import SparkSmoteError


def refuses(
    frame: DataFrame,
    error: type[SparkSmoteError],
    *words: str,
    sampler: type[OverSampler] = SMOTE,
    surveyed: bool = True,
    **params: Any,
) -> None:
    """Planning and resampling both raise an error with all these words, before the one call that starts Python.

    ``surveyed`` tells whether rows may have been counted before.
    """

    def never(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a job was started")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(frame), "mapInArrow", never)
        if not surveyed:
            patch.setattr(resampler, "take_survey", never)
        for act in ("plan", "resample"):
            with pytest.raises(error) as caught:
                getattr(sampler(**params), act)(frame)
            assert type(caught.value) is error
            missing = [word for word in words if word not in str(caught.value)]
            assert not missing, f"{missing} not in: {caught.value}"
