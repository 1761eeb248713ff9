"""The table of features in docs/platforms.md: each cell names tests that exist, or says why there is none."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "platforms.md").read_text(encoding="utf-8")
REASON = re.compile(r"(as|none:) `?\w+.*")


def table(head: str) -> list[list[str]]:
    """The cells of the table with this heading, without heading and ruler."""
    rows = PAGE[PAGE.index(head) :].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def functions_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_each_cell_names_a_test_or_a_reason() -> None:
    known = {name for name, _ in table("| name | test |")}
    rows = table("| feature | classic")
    assert len(rows) == 12 and {len(row) for row in rows} == {7}
    for feature, *cells in rows:
        for cell in cells:
            assert REASON.fullmatch(cell) or set(cell.split(", ")) <= known, f"{feature}: {cell!r}"
    used = {name for _, *cells in rows for cell in cells for name in cell.split(", ")}
    assert known <= used


def test_each_test_that_a_page_names_exists() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")]
    texts = [page.read_text(encoding="utf-8") for page in pages]
    named = {
        (file, name) for text in texts for file, name in re.findall(r"(?:tests/)?((?:\w+/)*test_\w+\.py)::(\w+)", text)
    }
    assert len(named) >= 50
    assert [name for file, name in named if name not in functions_of(f"tests/{file}")] == []
