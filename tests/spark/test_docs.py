"""Every Python block of README, docs/ and CONTRIBUTING.md runs, page by page, and the site builds without a warning."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

ROOT = Path(__file__).parents[2]
PAGES = [
    page
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if "```python" in page.read_text(encoding="utf-8")
]

# Fits of many models: `make docs` runs these pages, too (tutorials by docs/render.py).
SLOW = ("churn", "cross-validation", "fraud", "regression", "should-you")


def blocks(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.classic("other tests call the same functions on Connect")
@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=pytest.mark.long if page.stem in SLOW else (), id=str(page.relative_to(ROOT)))
        for page in PAGES
    ],
)
def test_the_blocks_of_a_page_run(spark: SparkSession, page: Path) -> None:
    if page.stem in ("choosing", "plots"):
        pytest.importorskip("matplotlib")
    scope: dict[str, object] = {"spark": spark}
    for block in blocks(page):
        exec(compile(block, str(page), "exec"), scope)


@pytest.mark.long
@pytest.mark.classic("it starts a session of its own")
@pytest.mark.parametrize("file", sorted((ROOT / "docs" / "notebooks").glob("*.ipynb")), ids=lambda file: file.stem)
def test_a_notebook_runs(file: Path, tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat", reason="the extra docs is installed with the newest Spark only")
    nbclient = pytest.importorskip("nbclient")
    notebook = nbformat.read(file, as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert any(cell.get("outputs") for cell in notebook.cells)


@pytest.mark.classic("it needs no Spark")
def test_the_site_shows_what_a_page_prints_and_no_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("nbconvert", reason="the extra docs is installed with the newest Spark only")
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    with_outputs = importlib.import_module("render").with_outputs
    page = tmp_path / "page.md"
    code = 'import sys\n\nprint("a  b")\nprint("a log", file=sys.stderr)'
    page.write_text(f"# A page\n\n[Other](other.md)\n\n```python\n{code}\n```\n\nThe end.\n", encoding="utf-8")
    shown = with_outputs(page)
    assert f'```python\n{code}\n```\n\n```text title="Output"\na  b\n```\n\nThe end.' in shown
    assert shown.startswith("# A page\n\n[Other](other.md)")
    page.write_text("```python\n1 / 0\n```\n", encoding="utf-8")
    with pytest.raises(Exception, match="ZeroDivisionError"):
        with_outputs(page)


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
    pytest.importorskip("zensical", reason="the extra docs is installed with the newest Spark only")
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    (tmp_path / "mkdocs.yml").write_text(settings.replace("site_dir: build/site", "site_dir: site"), encoding="utf-8")
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    api = (tmp_path / "site" / "api" / "index.html").read_text(encoding="utf-8")
    assert all(name in api for name in ("SMOTENC", "TomekLinks", "kNeighbors", "samplingStrategy"))
    pages = " ".join(page.read_text(encoding="utf-8") for page in (tmp_path / "site").rglob("*.html"))
    assert "fonts.googleapis" not in pages
