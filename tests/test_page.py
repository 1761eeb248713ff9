"""The page of a report, as text and in a browser."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pictured import HOSTILE, PLAN, compared, seen

import spark_smote
from spark_smote import plots
from spark_smote.core.plan import ClassPlan, Plan
from spark_smote.errors import MissingExtraError, ParameterError
from spark_smote.evaluation import Diagnosis, Report, to_html
from spark_smote.evaluation.crossing import Crossing

REPORT = Report(PLAN, {"ok": 900, HOSTILE: 900}, {"read": 0.5, "plan": 3.75, "resample and write": 20.0})


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    REPORT.to_html(path, comparison=compared(), pictures=plots.gallery(seen(3, (HOSTILE,), categories=1)))
    return path


class Reader(HTMLParser):
    """Text of table cells row by row, and all tags with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        self._cell = self._cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.rows[-1][-1] = " ".join(f"{self.rows[-1][-1]} {data}".split())


def test_findings_of_synthetic_rows_come_with_examples_and_pictures(tmp_path: Path) -> None:
    parents = [{"x": 0.0}, {"x": 2.0}]
    one = Crossing("<b>", {"x": 0.5, "y": "a"}, 7, 9, 0.25, parents)
    found = Diagnosis((), {"<b>": 4}, 60, "A note.", examples=(one,), sample=seen(2, labels=range(6)))
    assert "  class <b>: x 0.5, y a; 0.25 of the way from 7 (x 0) to 9 (x 2)" in str(found).splitlines()
    assert str(replace(one, parents=())).endswith("from 7 to 9") and "sample" not in found.to_dict()
    found.to_html(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text("utf-8")
    assert "class &lt;b&gt;: x 0.5" in text
    # A projection, and two pictures of each of four classes.
    assert text.count("data:image/png") == 9


def test_the_page_shows_the_run(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    rows = Reader(text).rows
    assert rows[0] == ["class", "rows before", "synthetic", "removed", "rows after", "search", "neighbours found"]
    assert rows[1] == ["ok", "1,000", "-", "-100", "900", "exact", "100.0%"]
    assert rows[2] == [HOSTILE, "50", "+850", "-", "900", "approximate (LSH)", "95.3%"]
    assert ["resample and write", "20.0"] in rows
    assert ["in all", "24.2"] in rows
    first = f"850 synthetic rows were added to class {HOSTILE}, which had 50 rows and has 900; 100 rows were removed."
    assert html.escape(first, quote=False) in html.unescape(text).replace("<", "&lt;").replace(">", "&gt;")


def test_the_text_of_the_report_shows_removed_rows_where_there_are_any() -> None:
    head, first, second = (line.split() for line in str(REPORT).splitlines()[:3])
    assert " ".join(head) == "class rows before synthetic removed rows after search recall"
    assert first == ["ok", "1,000", "0", "100", "900", "exact", "1.000"]
    assert second[-6:] == ["50", "850", "0", "900", "lsh", "0.953"]
    added = Report(Plan((ClassPlan("a", 3, to_synthesise=1),), {}, None), None, {})
    assert str(added).split()[:7] == ["class", "rows", "before", "synthetic", "rows", "after", "search"]


def test_the_page_shows_the_comparison(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    comparison = compared()
    rows = {row[0]: row[1:] for row in Reader(text).rows[::-1] if len(row) == 8}
    assert rows["method"][:4] == ["AUC", "AUPRC", "G-mean", "recall at precision 0.5"]
    nothing, _, smote = comparison.summary[:3]
    for name, row in (("nothing", nothing), ("SMOTE", smote)):
        for cell, metric in zip(rows[name], row.mean, strict=True):
            assert cell.removeprefix("★ ") == f"{row.mean[metric]:.3f} ± {row.spread[metric]:.3f}"
    # The best Brier score is the lowest; the best mean probability is nearest to the share of positive rows.
    for place, metric in ((4, "brier"), (6, "meanProbability")):
        best = min((nothing, smote), key=lambda row: abs(row.mean[metric] - {"brier": 0}.get(metric, 0.15)))
        assert rows[best.method][place].startswith("★")
        assert not rows[smote.method if best is nothing else "nothing"][place].startswith("★")
    assert html.escape(comparison.advice) in text


def test_names_are_text_and_nothing_is_asked_for_elsewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    tags = Reader(text).tags
    assert not {"script", "link", "iframe", "object", "base", "form"} & {tag for tag, _ in tags}
    assert not [name for _, given in tags for name in given if name.startswith("on") or name in ("href", "srcset")]
    sources = [given["src"] or "" for _, given in tags if "src" in given]
    assert len(sources) == 5
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert not re.search(r"url\(|@import|https?://", text)


def test_the_page_of_a_plan_says_that_nothing_was_made(tmp_path: Path) -> None:
    plan = Plan((ClassPlan(0, rows=90), ClassPlan(1, rows=10, to_synthesise=5), ClassPlan(2, rows=8)), {}, None)
    to_html(tmp_path / "plan.html", plan)
    text = (tmp_path / "plan.html").read_text(encoding="utf-8")
    assert (
        "5 synthetic rows will be added to class 1, which has 10 rows and will have 15; no row will be removed." in text
    )
    assert "What would happen" in text
    assert "Does it help?" not in text


def test_a_comparison_alone(tmp_path: Path) -> None:
    compared(["trees"]).to_html(tmp_path / "comparison.html")
    text = (tmp_path / "comparison.html").read_text(encoding="utf-8")
    assert "Should you oversample?" in text
    assert "What happened" not in text


def test_an_error_names_a_page_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, message in (
        (tmp_path, "is a folder; name a file in it"),
        (tmp_path / "missing" / "page.html", "there is no folder .*missing"),
        (tmp_path / ("x" * 300 + ".html"), "cannot be written: File name too long"),
    ):
        with pytest.raises(ParameterError, match=message):
            REPORT.to_html(path)
    with pytest.raises(ParameterError, match="nothing to write"):
        to_html(tmp_path / "page.html")
    with pytest.raises(ParameterError, match="pictures: 'no figure' is no matplotlib figure"):
        REPORT.to_html(tmp_path / "page.html", pictures=[("caption", "no figure")])  # type: ignore[list-item]
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'spark-smote\[plot\]'"):
        REPORT.to_html(tmp_path / "page.html")
    assert not list(tmp_path.iterdir())


def test_the_page_works_from_a_zip(tmp_path: Path) -> None:
    """The template is found in a zip for ``--py-files``."""
    package = Path(spark_smote.__file__).parent
    with zipfile.ZipFile(tmp_path / "spark_smote.zip", "w") as archive:
        for path in package.rglob("*"):
            if path.suffix in (".py", ".html"):
                archive.write(path, path.relative_to(package.parent))
    script = f"""
import sys
sys.path.insert(0, {str(tmp_path / "spark_smote.zip")!r})
from spark_smote.core.plan import ClassPlan, Plan
from spark_smote.evaluation import to_html
assert "spark_smote.zip" in to_html.__code__.co_filename
to_html({str(tmp_path / "page.html")!r}, Plan((ClassPlan(0, rows=1),), {{}}, None))
"""
    subprocess.run([sys.executable, "-c", script], check=True, cwd=tmp_path)
    assert (tmp_path / "page.html").stat().st_size > 1000


# Only the test runs this script in the page, and therefore allows scripts, and nothing else.
PROBE = """
<script>
const refused = [];
addEventListener("securitypolicyviolation", event => refused.push(event.blockedURI));
addEventListener("load", () => {
  const images = [...document.images].map(image => [image.complete, image.naturalWidth, image.clientWidth]);
  const asked = performance.getEntriesByType("resource").map(entry => entry.name).filter(name => !/^data:/.test(name));
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const found = {images, asked, refused, wide, tables: document.querySelectorAll("table").length,
    alerts: document.querySelectorAll("td script").length, font: getComputedStyle(document.body).fontSize};
  document.body.dataset.found = JSON.stringify(found);
});
</script>
"""


@pytest.mark.parametrize("width", [1280, 520])
def test_a_browser_shows_the_page(page: Path, tmp_path: Path, width: int) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium on PATH; on Debian: apt-get install chromium")
    text = page.read_text(encoding="utf-8")
    probed = text.replace("default-src 'none'", "default-src 'none'; script-src 'unsafe-inline'", 1)
    probed = probed.replace("<style>", f"{PROBE}<style>", 1)
    (tmp_path / "probed.html").write_text(probed, encoding="utf-8")
    command = [
        *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        *(f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width},900", "--virtual-time-budget=5000"),
        *("--dump-dom", (tmp_path / "probed.html").as_uri()),
    ]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    document = Reader(shown)
    found = json.loads(next(given["data-found"] for tag, given in document.tags if tag == "body") or "")
    assert len(found["images"]) == 5
    assert all(complete and natural > 0 and seen > 0 for complete, natural, seen in found["images"])
    assert found["asked"] == []
    assert found["refused"] == []
    assert found["wide"] <= 0, "the page is wider than the window"
    assert found["tables"] == 3
    assert found["alerts"] == 0
    assert [HOSTILE, "50", "+850", "-", "900", "approximate (LSH)", "95.3%"] in document.rows
