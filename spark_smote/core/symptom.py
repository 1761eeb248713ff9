"""Symptoms: findings about data or about synthetic rows: what is the matter, by which figure, and what to do."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field

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
        return Symptom(**vars(self), text=text, figure=float(figure), columns=columns, figures=figures or {})


@dataclass(frozen=True)
class Symptom(Criterion):
    """One finding, about data or about synthetic rows: a criterion that is met.

    Parameters
    ----------
    text : str
        What was found, in a sentence.
    figure : float
        What was measured; ``threshold`` is from where on it is a finding.
    columns : tuple of str
        Features concerned.
    figures : mapping of str to float
        Further figures.
    """

    text: str
    figure: float
    columns: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """The finding and the remedy in one line."""
        return f"{self.name}: {self.text} ({self.figure:.4g}; threshold {self.threshold:.4g}) -> {self.remedy}"

    def __str__(self) -> str:
        told = f"{self.text} ({self.figure:.4g}; threshold {self.threshold:.4g}, {self.source})"
        lines = textwrap.wrap(f"{self.weight:.1f}  {self.name}: {told}", 110, subsequent_indent="     ")
        remedy = textwrap.wrap(f"-> {self.remedy}", 105, initial_indent="     ", subsequent_indent="        ")
        return "\n".join([*lines, *remedy])


def by_weight(findings: list[Symptom]) -> tuple[Symptom, ...]:
    """The findings, those of most weight first.

    Examples
    --------
    >>> by_weight([])
    ()
    """
    return tuple(sorted(findings, key=lambda one: -one.weight))
