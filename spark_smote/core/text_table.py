"""Small tables as text."""

from __future__ import annotations

from collections.abc import Sequence


def table(head: tuple[str, ...], body: Sequence[tuple[str, ...]]) -> str:
    """Right-aligned columns.

    Examples
    --------
    >>> print(table(("class", "rows"), [("0", "1,000"), ("1", "20")]))
    class   rows
        0  1,000
        1     20
    """
    rows = [head, *body]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
