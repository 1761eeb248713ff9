"""Warnings that point at the user's own line."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pyspark

_PACKAGES = Path(__file__).parents[1], Path(str(pyspark.__file__)).parent


def warn(message: str) -> None:
    """Warn at the line that called this package, however deep within it, or within Spark, the reason lies.

    Parameters
    ----------
    message : str
    """
    frame, level = sys._getframe(), 1
    while frame.f_back is not None and any(of in Path(frame.f_code.co_filename).parents for of in _PACKAGES):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, UserWarning, stacklevel=level)
