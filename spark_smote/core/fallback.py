"""The choice of samplers that may find no seed in a class."""

from __future__ import annotations

from pyspark.ml.param import Params

from spark_smote.core.parameter import STR, Parameter, one_of
from spark_smote.core.warning import warn
from spark_smote.errors import NoSeedsError


class HasFallback(Params):
    """What to do with a class in which the sampler finds no seed."""

    fallback = Parameter(
        STR,
        one_of("error", "smote"),
        "What to do with a class in which there is no seed: fail, or make all its rows seeds, as SMOTE does; a warning "
        "says so.",
        default="error",
    )

    def fall_back(self, found: str, remedy: str) -> None:
        """Warn that all rows of a class are seeds.

        Raises
        ------
        NoSeedsError
            Unless ``fallback`` is 'smote'.
        """
        if self.getOrDefault(self.fallback) == "error":
            raise NoSeedsError(f"{found}; set fallback='smote', {remedy}")
        warn(f"{found}; all its rows are seeds instead")
