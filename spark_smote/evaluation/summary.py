"""The report of a resampling job: text for a log, JSON for programs, HTML for people."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spark_smote.core.plan import Plan
from spark_smote.core.text_table import table
from spark_smote.evaluation.page import to_html
from spark_smote.evaluation.record import Run, record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from spark_smote.evaluation.comparison import Comparison


@dataclass(frozen=True)
class Report:
    """Report of a resampling job; ``str`` returns a table.

    Parameters
    ----------
    plan : Plan
        Executed plan.
    written : mapping of label to int, or None
        Rows of each class counted in the output; None if the output had rows
        before (appending).
    seconds : mapping of stage to float
        Time of each stage.
    run : Run, optional
        Run of the job.
    """

    plan: Plan
    written: Mapping[Any, int] | None
    seconds: Mapping[str, float]
    run: Run | None = None

    def to_json(self) -> str:
        """Returns the report as JSON; see :mod:`spark_smote.evaluation.record`."""
        return record(self.run, self.plan, self.written, self.seconds)

    def __str__(self) -> str:
        removes = any(c.to_remove for c in self.plan.classes)
        changes = ("synthetic", "removed") if removes else ("synthetic",)
        head = ("class", "rows before", *changes, "rows after", "search", "recall")
        body = []
        for c in self.plan.classes:
            after = c.total if self.written is None else self.written.get(c.label, 0)
            # Cleaners search among all rows only.
            within = c.search != "none"
            recall = c.recall if within else c.surroundings_recall
            body.append(
                (
                    str(c.label),
                    f"{c.rows:,}",
                    f"{c.to_synthesise:,}",
                    *([f"{c.to_remove:,}"] if removes else []),
                    f"{after:,}",
                    c.search if within else c.surroundings,
                    "-" if recall is None else f"{recall:.3f}",
                )
            )
        stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in self.seconds.items())
        lines = [*([table(head, body)] if body else []), *self.plan.notes]
        lines.append(f"seconds: {stages}, in all {sum(self.seconds.values()):.1f}")
        return "\n".join([*lines, *([self.run.summary()] if self.run else [])])

    def to_html(
        self,
        path: str | os.PathLike[str],
        comparison: Comparison | None = None,
        pictures: Iterable[tuple[str, Figure]] = (),
    ) -> None:
        """Writes the report as one self-contained HTML file; see
        :func:`spark_smote.evaluation.to_html`.

        Parameters
        ----------
        path : str or path
            A local file, in an existing folder.
        comparison : Comparison, optional
            Comparison to add to the page.
        pictures : iterable of (str, matplotlib.figure.Figure)
            Captions and figures, as
            :func:`spark_smote.evaluation.plots.gallery` returns them.

        Raises
        ------
        MissingExtraError
            If matplotlib or Jinja2 is not installed.
        ParameterError
            If the path cannot be written.
        """
        to_html(path, self, comparison, pictures)
