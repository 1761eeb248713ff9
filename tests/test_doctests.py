"""The examples in docstrings that need no Spark session are true."""

from __future__ import annotations

import doctest

import pytest
from examples import examples, failures


@pytest.mark.parametrize("example", list(examples(with_spark=False)), ids=lambda example: example.name)
def test_examples(example: doctest.DocTest) -> None:
    assert not failures(example)
