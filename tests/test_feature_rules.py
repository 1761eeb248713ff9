"""Rules about features on samples with one planted fault each: they name it and nothing else of weight."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spark_smote.core.class_rules import CountedClasses
from spark_smote.core.symptom import OF_WEIGHT, by_weight
from spark_smote.evaluation.diagnosis import Diagnosis
from spark_smote.evaluation.feature_rules import SampledFeatures

ROWS = 800
DRAW = np.random.default_rng(8)
TRUTH = (DRAW.random(ROWS) < 0.2).astype(np.int64)
CLEAN = [DRAW.normal(size=ROWS) + TRUTH, DRAW.normal(size=ROWS) * 3, DRAW.gamma(4.0, size=ROWS)]
LEVELS = DRAW.integers(0, 4, ROWS)


def found(
    *more: Any, categories: Sequence[Any] = (), dates: int = 0, **given: Any
) -> list[tuple[str, tuple[str, ...]]]:
    """Names and columns of the faults of a sample with these features after three clean ones."""
    values = np.column_stack([*CLEAN, *more])
    names = [f"x{place}" for place in range(values.shape[1])]
    texts = np.array(categories, dtype=object).T.reshape(ROWS, len(categories))
    times = [False] * (len(names) - dates) + [True] * dates
    weights = np.where(TRUTH == 1, 1.0, 10.0)
    about = (values, texts, TRUTH, weights, names, [f"k{place}" for place in range(len(categories))], times)
    sample = SampledFeatures(*about, ["ok", "fraud"], **given)
    return [(one.name, one.columns) for one in sample.findings() if one.weight >= OF_WEIGHT]


@pytest.mark.parametrize(
    ("name", "columns", "more"),
    [
        ("constantFeatures", ("x3",), [np.full(ROWS, 0.1)]),
        ("ids", ("x3",), [DRAW.permutation(ROWS) + 1e6]),
        ("codes", ("x3", "x4"), [LEVELS * 10.0, LEVELS % 2]),
        ("leak", ("x3",), [-5.0 * TRUTH + DRAW.random(ROWS)]),
        ("oneHot", ("x3", "x4", "x5", "x6"), list(np.eye(4)[LEVELS].T)),
        ("correlated", ("x0", "x3"), [7 - 2 * CLEAN[0]]),
        ("skewed", ("x3",), [np.exp(2 * DRAW.normal(size=ROWS))]),
        ("scale", ("x3",), [DRAW.normal(size=ROWS) * 1e4]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_one_planted_fault(name: str, columns: tuple[str, ...], more: list[Any]) -> None:
    assert found(*more) == [(name, columns)]


def test_clean_features_have_no_fault_and_other_kinds_of_columns_theirs() -> None:
    assert found() == []
    assert found(DRAW.normal(size=ROWS) * 1e4, standardised=True) == []
    assert found(np.arange(ROWS) / 24, dates=1) == [("timeFeatures", ("x3",))]
    assert found(categories=[[f"id{row}" for row in range(ROWS)]]) == [("ids", ("k0",))]
    assert found(categories=[["a" if one else "b" for one in TRUTH]]) == [("leak", ("k0",))]
    assert found(categories=[[f"level {level}" for level in LEVELS]]) == []


PLAIN: dict[str, Any] = {
    "rows": {"ok": 900, "fraud": 100},
    "invalid": {},
    "unusable": 0,
    "equal": 0,
    "conflicting": 0,
    "features": 5,
    "others": {"fraud": [60, 20, 10, 5, 3, 2]},
    "first": {"ok": 0.01, "fraud": 0.1},
    "overlap": 0.5,
    "hubness": 0.2,
}


def counted(**more: Any) -> list[str]:
    return [one.name for one in by_weight(list(CountedClasses(**PLAIN | more).findings()))]


def test_counts_of_classes_and_neighbours() -> None:
    assert counted() == []
    assert counted(rows={"ok": 9100, "fraud": 100}) == ["imbalance"]
    assert counted(features=11) == ["dimension"]
    assert counted(unusable=3, invalid={"a": 3, "b": 0}) == ["invalid"]
    assert counted(conflicting=1, equal=50) == ["conflicts", "equalRows"]
    assert counted(others={"fraud": [60, 0, 0, 0, 0, 40]}) == ["overlap"]
    assert counted(others={"fraud": [20, 0, 30, 40, 10, 0]}) == ["borderline"]
    assert counted(grouped={"fraud": [5, 10, 10, 10, 0, 65]}) == ["smallDisjuncts"]
    # Rows that lie among others are in small groups too.
    assert counted(grouped={"fraud": [0, 99, 0, 0, 0, 1]}, others={"fraud": [60, 0, 0, 0, 40, 0]}) == ["overlap"]
    assert counted(joined={"fraud": 0.6, "ok": 0.7}) == ["boundary"] and not counted(joined={"ok": 0.7})
    assert counted(hubness=3.0, times=["day"]) == ["hubs", "timeColumns"]


def test_a_diagnosis_is_text_and_data() -> None:
    one = CountedClasses({"ok": 95, "fraud": 5}, {"a": 2}, 2, 0, 0, 3, {}, {}, 0.0, 0.0)
    made = Diagnosis(by_weight(list(one.findings())), one.rows, 100, "A note.")
    text = str(made)
    assert text.index("0.8  invalid: 2 rows have null") < text.index("0.6  dimension") < text.index("0.3  imbalance")
    assert "-> fill them, or handleInvalid='skip'" in text and text.endswith("A note.")
    assert made.to_dict()["findings"][0]["figures"] == {"a": 2.0}
    assert '"name": "invalid"' in made.to_json()
    assert [fault.name for fault in made.faults] == ["invalid", "dimension"]


def test_the_page_shows_findings_as_text(tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    more = {"rows": {"ok": 95, "<b>": 5}, "features": 3}
    every = by_weight(list(CountedClasses(**{**PLAIN, **more}).findings()))
    Diagnosis(every, more["rows"], 100, "A note.").to_html(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text("utf-8")
    assert "class &lt;b&gt; has 5 rows for 3 features" in text and "<b>" not in text
    assert text.index("choose features before") < text.index("A note.")
