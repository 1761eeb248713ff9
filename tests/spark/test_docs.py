"""Every Python block of docs/ and of CONTRIBUTING.md runs, page by page, and the site builds without a warning."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

ROOT = Path(__file__).parents[2]
PAGES = [page for page in sorted((ROOT / "docs").glob("*.md")) if "```python" in page.read_text(encoding="utf-8")]


def blocks(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.classic("other tests call the same functions on Connect")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_blocks_of_a_page_run(spark: SparkSession, page: Path) -> None:
    if page.stem == "choosing":
        pytest.importorskip("matplotlib")
    scope: dict[str, object] = {"spark": spark}
    for block in blocks(page):
        exec(compile(block, str(page), "exec"), scope)


@pytest.mark.classic("the common suite shows that each sampler runs on Connect")
def test_the_worked_example_passes_its_test(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = pytest.importorskip("spark_smote.core.registry")
    registry.samplers()  # load all samplers before one more is registered for this test alone
    monkeypatch.setattr(registry, "_entries", dict(registry._entries))
    page = ROOT / "CONTRIBUTING.md"
    sampler, test = blocks(page)
    scope: dict[str, Any] = {"__name__": "worked_example"}
    exec(compile(sampler, str(page), "exec"), scope)
    exec(compile(test, str(page), "exec"), scope)
    scope["test_the_noise_has_the_deviation_asked_for"](spark)
    scope["test_noise_is_positive"]()


@pytest.mark.classic("it needs no Spark")
def test_the_site_builds(tmp_path: Path) -> None:
    pytest.importorskip("mkdocstrings", reason="the extra docs is installed with the newest Spark only")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    api = (tmp_path / "site" / "api" / "index.html").read_text(encoding="utf-8")
    assert all(name in api for name in ("SMOTENC", "TomekLinks", "kNeighbors", "samplingStrategy"))
    pages = " ".join(page.read_text(encoding="utf-8") for page in (tmp_path / "site").rglob("*.html"))
    assert "fonts.googleapis" not in pages
