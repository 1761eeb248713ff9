"""Docstrings and signatures of samplers, completed by the parameters that they declare."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spark_smote.core.parameter import Parameter

WIDTH = 76
"""Columns of the text of a completed docstring: ``help`` puts four more before it, and a terminal has 80."""

_FIRST = ("inputCols", "labelCol", "samplingStrategy", "kNeighbors", "seed")
"""Of the parameters that samplers share, those that a reader looks for first."""

_RAISES = """\
Raises
------
ParameterError
    For values that are wrong whatever the data."""


def entries(docstring: str | None) -> dict[str, str]:
    """The entries of a docstring's section "Parameters", by the name of the parameter.

    Parameters
    ----------
    docstring : str or None

    Examples
    --------
    >>> entries("Cook.\\n\\nParameters\\n----------\\neggs : int\\n    Number of eggs.\\noil\\n    Kind of oil.")
    {'eggs': 'eggs : int\\n    Number of eggs.', 'oil': 'oil\\n    Kind of oil.'}
    """
    listed = next((section for section in _sections(docstring or "") if section.startswith("Parameters\n")), "")
    found = re.split(r"^(?=\S)", listed, flags=re.MULTILINE)[3:]
    return {re.split(r"\s", entry)[0]: entry.rstrip() for entry in found}


def complete(docstring: str, parameters: Iterable[Parameter[Any]]) -> str:
    """A sampler's docstring with all of its parameters, and the error that all samplers raise.

    Parameters
    ----------
    docstring : str
    parameters : iterable of Parameter

    Examples
    --------
    >>> from spark_smote.core.params import HasKNeighbors
    >>> print(complete("Be.\\n\\nReferences\\n----------", [HasKNeighbors.kNeighbors]).partition(", at")[0])
    Be.
    <BLANKLINE>
    Parameters
    ----------
    kNeighbors : int, default 5
        Number of nearest neighbours of the same class to draw from
    """
    head, *sections = _sections(docstring)
    listed = entries(docstring) | {parameter.name: parameter.entry for parameter in parameters}
    others = [section.rstrip() for section in sections if not section.startswith(("Parameters\n", "Raises\n"))]
    others = [section if section.startswith("Examples\n") else _narrow(section) for section in others]
    raises = next((section.rstrip() for section in sections if section.startswith("Raises\n")), _RAISES)
    listing = "\n".join(["Parameters\n----------", *listed.values()])
    return "\n\n".join([_narrow(head.rstrip()), listing, raises, *others])


def describe(kind: type, parameters: Sequence[Parameter[Any]]) -> None:
    """Complete the docstring of a class, and give it a signature with its parameters in place of ``**params``."""
    rank = {name: place for place, name in enumerate(_FIRST)}
    parameters = sorted(parameters, key=lambda one: rank.get(one.name, len(rank)))
    kind.__doc__ = complete(kind.__doc__ or "", parameters)
    keyword = inspect.Parameter.KEYWORD_ONLY
    own = [one for one in inspect.signature(kind.__init__).parameters.values() if one.kind is keyword]  # type: ignore[misc]
    every = [inspect.Parameter(one.name, keyword, default=one.default, annotation=one.annotation) for one in parameters]
    kind.__signature__ = inspect.Signature([*own, *every])  # type: ignore[attr-defined]


def _narrow(text: str) -> str:
    """The text with its paragraphs filled anew; lists, tables, code and headings stay as they are."""
    prose = re.compile(r"(?:^(?!\d+\. )[^\s\-+|=>].*(?:\n|\Z)(?!-))+", re.MULTILINE)
    return prose.sub(lambda found: _filled(found[0]), text)


def _filled(paragraph: str) -> str:
    end = "\n" if paragraph.endswith("\n") else ""
    return textwrap.fill(paragraph, WIDTH, break_on_hyphens=False, break_long_words=False) + end


def _sections(docstring: str) -> list[str]:
    """The text before the first section, and the sections."""
    return re.split(r"^(?=\w+\n-+$)", inspect.cleandoc(docstring), flags=re.MULTILINE)
