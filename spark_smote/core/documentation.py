"""Docstrings and signatures of samplers, made of the parameters that they declare."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import Any

from spark_smote.core.parameter import Parameter

_SECTION = re.compile(r"^\w+\n-+$", re.MULTILINE)
_RAISES = """\
Raises
------
ParameterError
    For values that are wrong whatever the data."""


def complete(docstring: str, parameters: Iterable[Parameter[Any]]) -> str:
    """A sampler's docstring with its parameters, and what all samplers raise, before its first section.

    Parameters
    ----------
    docstring : str
    parameters : iterable of Parameter

    Examples
    --------
    >>> from spark_smote.core.params import SeedParams
    >>> whole = complete("Be.\\n\\nReferences\\n----------", [SeedParams.seed])
    >>> print(whole.partition(", whatever")[0])
    Be.
    <BLANKLINE>
    Parameters
    ----------
    seed : int, default 0
        Same data and same seed give the same rows
    """
    text = inspect.cleandoc(docstring)
    found = _SECTION.search(text)
    head, rest = (text[: found.start()].rstrip(), text[found.start() :]) if found else (text, "")
    entries = "\n".join(parameter.entry for parameter in parameters)
    return f"{head}\n\nParameters\n----------\n{entries}\n\n{_RAISES}\n\n{rest}".rstrip()


def signature(parameters: Iterable[Parameter[Any]]) -> inspect.Signature:
    """Keywords only, with defaults and types."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    return inspect.Signature(
        [inspect.Parameter(one.name, keyword, default=one.default, annotation=one.annotation) for one in parameters]
    )
