"""The findings about a DataFrame, or about the synthetic rows in it, together."""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from spark_smote.core.symptom import OF_WEIGHT, Symptom
from spark_smote.evaluation.crossing import Crossing
from spark_smote.evaluation.page import to_html
from spark_smote.evaluation.plots.gallery import gallery
from spark_smote.evaluation.plots.nearness import nearness
from spark_smote.evaluation.plots.sample import MOST_CLASSES, Sample

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Diagnosis:
    """Result of :func:`spark_smote.diagnose`, and of
    :func:`spark_smote.inspect`; ``str`` returns a readable list.

    Parameters
    ----------
    findings : tuple of Symptom
        Those of most weight first.
    rows : mapping of label to int
        Rows of each class.
    sampled : int
        Rows that the features were examined in; classes and equal rows are
        counted in all rows.
    note : str
        How the figures came about.
    seconds : float
        Time of the diagnosis.
    examples : tuple of Crossing
        Of :func:`spark_smote.inspect`: some synthetic rows whose nearest real
        row is of another class.
    sample : Sample, optional
        Of :func:`spark_smote.inspect`: the rows behind the figures, for
        :meth:`pictures`.
    """

    findings: tuple[Symptom, ...]
    rows: Mapping[Any, int]
    sampled: int
    note: str = ""
    seconds: float = 0.0
    examples: tuple[Crossing, ...] = ()
    sample: Sample | None = field(default=None, repr=False, compare=False)

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
        plain = asdict(replace(self, sample=None)) | {"rows": {str(label): rows for label, rows in self.rows.items()}}
        del plain["sample"]
        return plain

    def to_json(self) -> str:
        """Returns :meth:`to_dict` as JSON."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, default=str) + "\n"

    def pictures(self) -> tuple[tuple[str, Figure], ...]:
        """Captions and pictures of the rows that :func:`spark_smote.inspect`
        sampled; none of a diagnosis.

        They are those of :func:`spark_smote.evaluation.plots.gallery` and
        :func:`spark_smote.evaluation.plots.nearness`.

        Raises
        ------
        MissingExtraError
            If matplotlib is not installed.

        Examples
        --------
        >>> Diagnosis((), {"fraud": 20, "ok": 980}, 1000).pictures()
        ()
        """
        if self.sample is None:
            return ()
        classes = self.sample.classes[:MOST_CLASSES]
        far = [
            (f"Class {one.label}: how far are rows from real rows?", nearness(self.sample, label=one.label))
            for one in classes
            if self.sample.numbers and len(one.real) > 1
        ]
        return (*gallery(replace(self.sample, classes=classes)), *far)

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Writes the findings as one self-contained HTML file; see
        :func:`spark_smote.evaluation.to_html`.

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
        to_html(path, diagnosis=self, pictures=self.pictures())

    def __str__(self) -> str:
        classes = ", ".join(
            f"{label}: {rows:,}" for label, rows in sorted(self.rows.items(), key=lambda one: one[1])[:8]
        )
        more = f", and {len(self.rows) - 8} more classes" if len(self.rows) > 8 else ""
        found = f"{len(self.findings)} findings, {len(self.faults)} of weight" if self.findings else "nothing found"
        head = f"rows per class {classes}{more}; {found}; {self.seconds:.1f} s"
        shown = [f"  {one}" for one in self.examples]
        examples = ["synthetic rows whose nearest real row is of another class:", *shown] if shown else []
        return "\n".join([head, *map(str, self.findings), *examples, *textwrap.wrap(self.note, 110)])
