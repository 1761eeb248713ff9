"""Settings of Spark for the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sessions import INTERPRETED, configured

# Files of many plans over few rows. All others run with Spark's defaults, as users do; on Connect these do so, too.
FEW_ROWS = {
    "test_changed_input",
    "test_cleaning",
    "test_combined",
    "test_compare",
    "test_examples",
    "test_groups",
    "test_groups_by_target",
    "test_groups_over_samplers",
    "test_many",
    "test_map_keys",
    "test_resampled",
    "test_undersampling",
}


@pytest.fixture(scope="module", autouse=True)
def interpreted(request: pytest.FixtureRequest, mode: str) -> Iterator[None]:
    """Spark interprets plans as they are: a third less time than compiling them, and changing them between stages."""
    if mode == "classic" and request.module.__name__ in FEW_ROWS:
        with configured(request.getfixturevalue("spark"), INTERPRETED):
            yield
    else:
        yield
