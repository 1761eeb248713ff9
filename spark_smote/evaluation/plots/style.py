"""The common style of all plots; the only module that creates matplotlib figures."""

from __future__ import annotations

import re
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from spark_smote.errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The palette of M. Okabe and K. Ito, suitable for colour-blind readers.
OTHERS, REAL, SYNTHETIC, REMOVED = "#9a9a9a", "#0072B2", "#D55E00", "#CC79A7"
LINES = ("#000000", "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
SMALL = 9
_CHARACTERS_PER_INCH = 14
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")


def figure(panels: int, columns: int, width: float, margin: float, height: float) -> tuple[Figure, list[Axes]]:
    """Returns a figure outside matplotlib's global list of figures, and the axes of its panels row by row.

    Parameters
    ----------
    panels : int
    columns : int
        Number of panels side by side.
    width : float
        Width in inches.
    margin, height : float
        Height in inches of legend and notes together, and of one row of panels.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError(f"pictures need matplotlib; pip install 'spark-smote[plot]' ({error})") from error
    rows = -(-panels // columns)
    made = Figure(figsize=(width, margin + height * rows), layout="constrained")
    made.set_facecolor("white")
    axes = list(made.subplots(rows, columns, squeeze=False).ravel())
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
        one.tick_params(labelsize=SMALL)
    for one in axes[panels:]:
        one.set_axis_off()
    return made, axes[:panels]


def plain(value: Any, most: int = 40) -> str:
    """Converts any value to text for a plot: dollar signs escaped, no control characters, at most ``most`` characters.

    Examples
    --------
    >>> print(plain("price in $"), plain("ab" * 30, 12))
    price in \\$ abababababa…
    """
    text = _CONTROL.sub(" ", str(value))
    text = text if len(text) <= most else f"{text[: most - 1]}…"
    return text.replace("$", r"\$")


def note(made: Figure, *lines: str) -> None:
    """Adds small text below the plot, wrapped to its width."""
    most = int(made.get_figwidth() * _CHARACTERS_PER_INCH)
    text = "\n".join(part for line in lines if line for part in wrap(line, most))
    made.supxlabel(text, fontsize=SMALL, color="#444444", x=0.01, ha="left")


def legend(made: Figure, entries: list[Any], **style: Any) -> None:
    """Adds a legend above the plot."""
    given: dict[str, Any] = {"loc": "outside upper left", "fontsize": SMALL, "frameon": False, **style}
    made.legend(handles=entries, **given)
