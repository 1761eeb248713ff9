"""Symptoms: findings about data or about synthetic rows: what is the matter, by which figure, and what to do."""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from spark_smote.evaluation.page import to_html

OF_WEIGHT = 0.5
"""Findings of this weight and more are faults; lighter ones are remarks."""


@dataclass(frozen=True)
class Criterion:
    """What makes a finding, and what to do about it.

    Parameters
    ----------
    name : str
        The kind of finding.
    weight : float
        How much harm it does to leave it, from 0 to 1.
    threshold : float
        From where on it is a finding.
    source : str
        Where the threshold comes from.
    remedy : str
        What to do, by the names of parameters and classes.
    """

    name: str
    weight: float
    threshold: float
    source: str
    remedy: str

    def found(
        self, text: str, figure: float, columns: tuple[str, ...] = (), figures: Mapping[str, float] | None = None
    ) -> Symptom:
        """A finding by this rule.

        Examples
        --------
        >>> Criterion("ids", 0.9, 0.99, "a rule", "leave it out").found("'key' is a key", 1.0, ("key",)).columns
        ('key',)
        """
        about = (self.threshold, self.source, self.remedy)
        return Symptom(self.name, self.weight, text, float(figure), *about, columns, figures or {})


@dataclass(frozen=True)
class Symptom:
    """One finding, about data or about synthetic rows.

    Parameters
    ----------
    name : str
        The kind of finding.
    weight : float
        How much harm it does to leave it, from 0 to 1.
    text : str
        What was found, in a sentence.
    figure, threshold : float
        What was measured, and from where on it is a finding.
    source : str
        Where the threshold comes from.
    remedy : str
        What to do, by the names of parameters and classes.
    columns : tuple of str
        Features concerned.
    figures : mapping of str to float
        Further figures.
    """

    name: str
    weight: float
    text: str
    figure: float
    threshold: float
    source: str
    remedy: str
    columns: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        told = f"{self.text} ({self.figure:.4g}; threshold {self.threshold:.4g}, {self.source})"
        lines = textwrap.wrap(f"{self.weight:.1f}  {self.name}: {told}", 110, subsequent_indent="     ")
        remedy = textwrap.wrap(f"-> {self.remedy}", 105, initial_indent="     ", subsequent_indent="        ")
        return "\n".join([*lines, *remedy])


@dataclass(frozen=True)
class Diagnosis:
    """Result of :func:`spark_smote.diagnose`, and of :func:`spark_smote.inspect`; ``str`` returns a readable list.

    Parameters
    ----------
    findings : tuple of Symptom
        Those of most weight first.
    rows : mapping of label to int
        Rows of each class.
    sampled : int
        Rows that the features were examined in; classes and equal rows are counted in all rows.
    note : str
        How the figures came about.
    seconds : float
        Time of the diagnosis.
    """

    findings: tuple[Symptom, ...]
    rows: Mapping[Any, int]
    sampled: int
    note: str = ""
    seconds: float = 0.0

    @property
    def faults(self) -> tuple[Symptom, ...]:
        """The findings of weight.

        Examples
        --------
        >>> Diagnosis((), {"fraud": 20, "ok": 980}, 1000).faults
        ()
        """
        return tuple(one for one in self.findings if one.weight >= OF_WEIGHT)

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values for JSON.

        Examples
        --------
        >>> Diagnosis((), {"fraud": 20}, 20).to_dict()["rows"]
        {'fraud': 20}
        """
        return asdict(self) | {"rows": {str(label): rows for label, rows in self.rows.items()}}

    def to_json(self) -> str:
        """Returns :meth:`to_dict` as JSON."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Writes the findings as one self-contained HTML file; see :func:`spark_smote.evaluation.to_html`.

        Parameters
        ----------
        path : str or path
            A local file, in an existing folder.

        Raises
        ------
        MissingExtraError
            If matplotlib or Jinja2 is not installed.
        ParameterError
            If the path cannot be written.
        """
        to_html(path, diagnosis=self)

    def __str__(self) -> str:
        classes = ", ".join(
            f"{label}: {rows:,}" for label, rows in sorted(self.rows.items(), key=lambda one: one[1])[:8]
        )
        more = f", and {len(self.rows) - 8} more classes" if len(self.rows) > 8 else ""
        found = f"{len(self.findings)} findings, {len(self.faults)} of weight" if self.findings else "nothing found"
        head = f"rows per class {classes}{more}; {found}; {self.seconds:.1f} s"
        return "\n".join([head, *map(str, self.findings), *textwrap.wrap(self.note, 110)])


def by_weight(findings: list[Symptom]) -> tuple[Symptom, ...]:
    """The findings, those of most weight first.

    Examples
    --------
    >>> by_weight([])
    ()
    """
    return tuple(sorted(findings, key=lambda one: -one.weight))
