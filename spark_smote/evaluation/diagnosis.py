"""The findings about a DataFrame, or about the synthetic rows in it, together."""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from spark_smote.core.symptom import OF_WEIGHT, Symptom
from spark_smote.evaluation.page import to_html


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
