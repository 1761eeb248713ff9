"""All examples in the docstrings, found by a search through the package."""

from __future__ import annotations

import doctest
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module

import spark_smote

_USES_SPARK = re.compile(r"\bspark\.|\.save\(")


def examples(*, with_spark: bool) -> Iterator[doctest.DocTest]:
    """Examples of the whole package, either those that use the name ``spark`` or those that do not."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    for found in pkgutil.walk_packages(spark_smote.__path__, "spark_smote."):
        module = import_module(found.name)
        for one in finder.find(module, found.name):
            if one.examples and with_spark == any(
                map(_USES_SPARK.search, (example.source for example in one.examples))
            ):
                yield one


def failures(example: doctest.DocTest) -> int:
    """The number of lines whose output differs from the docstring."""
    return doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example).failed
