"""The tables of docs/performance.md are made from lines of results."""

from __future__ import annotations

from typing import Any

from benchmarks.tables import Results, cases, growth, put, warm


def _line(contender: str, seconds: float, number: int = 1, **more: Any) -> dict[str, Any]:
    data = {"case": "B", "rows": 1000, "features": 30, "minority": 100}
    run = {"contender": contender, "seconds": seconds, "round": number, "sitting": 1, "peak_mb": {"worker": 200}}
    return data | run | more


def test_a_case_has_medians_ranges_and_ratios_within_rounds() -> None:
    ours = [_line("spark_smote", seconds, number) for number, seconds in enumerate((20.0, 30.0, 12.0), 1)]
    floor = [_line("copy_floor", seconds, number) for number, seconds in enumerate((10.0, 10.0, 3.0), 1)]
    quality = {"pairs_true": 0.947, "distance_ratio": 1.0012}
    classes = [{"label": 1, "recall": 0.95}]
    traced = _line("spark_smote", 40.0, 0, quality=quality, classes=classes, peak_mb={"worker": 300, "driver": 150})
    _, row = cases(Results([*ours, *floor, traced]))
    assert row[0] == "B: 1,000 x 30, 100 minority"
    assert row[1] == "20.0 (12.0 to 30.0)"
    assert row[2] == "3.00"  # of 2, 3 and 4
    assert row[3:] == ("not run", "94.7%", "1.001", "300", "150", "0.950", "`B`")


def test_the_last_sitting_counts_and_another_sitting_s_ratio_is_marked() -> None:
    lines = [_line("spark_smote", 99.0), _line("imbalanced_learn", 40.0), _line("spark_smote", 20.0, sitting=2)]
    _, row = cases(Results(lines))
    assert (row[1], row[3]) == ("20.0", "~0.50")
    _, row = cases(Results([*lines, _line("imbalanced_learn", 0.0, sitting=3, error="over 900 s")]))
    assert row[3] == "over 900 s"


def test_growth_is_relative_to_200_thousand_minority_rows() -> None:
    sizes = {100_000: 10.0, 200_000: 16.0, 400_000: 40.0}
    lines = [_line("spark_smote", s, case=f"growth {m // 1000}k", minority=m) for m, s in sizes.items()]
    _, *rows = growth(Results(lines))
    assert [row[3:5] for row in rows] == [("100", ""), ("80", "1.00"), ("100", "1.25")]


def test_warm_runs_are_apart_from_cold_ones() -> None:
    lines = [_line("spark_smote", 20.0), _line("spark_smote", 8.0, warm=True), _line("copy_floor", 4.0, warm=True)]
    _, row = warm(Results(lines))
    assert row[1:] == ("1", "8.0", "4.0", "2.00", "`B --warm 1`")
    assert next(iter(list(cases(Results(lines)))[1:]))[1] == "20.0"


def test_a_table_is_put_between_its_marks_only() -> None:
    page = "a\n<!-- cases -->\nold\n<!-- /cases -->\nb\n<!-- warm -->\nkept\n<!-- /warm -->\n"
    assert put(page, "cases", "| new |") == page.replace("old\n", "\n| new |\n\n")
    assert put(page, "growth", "| new |") == page
