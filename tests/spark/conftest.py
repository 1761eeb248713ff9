"""Settings of Spark for the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sessions import INTERPRETED, configured

# Files that run with Spark's defaults on classic Spark, as users do: the properties of all samplers, groups, types,
# physical plans, jobs, pages, and whatever has many rows. On Connect all files do.
AS_USERS = {
    "test_common",
    "test_docs",
    "test_groups",
    "test_hardware",
    "test_hostile",
    "test_job",
    "test_lake",
    "test_load",
    "test_memory",
    "test_passes",
    "test_physical_plan",
    "test_schema",
}


@pytest.fixture(scope="module", autouse=True)
def interpreted(request: pytest.FixtureRequest, mode: str) -> Iterator[None]:
    """A third less time for the other files: their rows are few, and Spark's plans are interpreted as they are."""
    if mode == "connect" or request.module.__name__ in AS_USERS:
        yield
    else:
        with configured(request.getfixturevalue("spark"), INTERPRETED):
            yield
