"""What pictures show, read off the figures."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from pictured import HOSTILE, PLAN, compared, of_class, seen

from spark_smote import plots
from spark_smote.core.plan import ClassPlan, Plan
from spark_smote.core.synthesis import Synthesis
from spark_smote.errors import MissingExtraError, ParameterError
from spark_smote.evaluation.plots import Sample
from spark_smote.evaluation.plots.nearness import distances_to_real
from spark_smote.kernels.seeding import Task
from spark_smote.search.weighting import Weighting


def texts(figure: Any) -> str:
    """All text in a figure, after drawing it, which fails where a text is not fit to be drawn."""
    figure.savefig(io.BytesIO(), format="png")
    return "\n".join(text.get_text() for text in figure.findobj(match=lambda one: hasattr(one, "get_text")))


def bars(axes: Any) -> list[tuple[float, float]]:
    """Left end and length of each bar."""
    return [(patch.get_x(), patch.get_width()) for patch in axes.patches]


def lines_of(axes: Any) -> list[Any]:
    return [line.get_xydata() for line in axes.lines]


def test_class_counts_shows_rows_before_and_after() -> None:
    figure = plots.class_counts(PLAN)
    (axes,) = figure.axes
    assert bars(axes) == [
        *((0, 1000), (0, 1000), (1000, 0), (900, 100)),  # before; real, synthetic, the last 100 of them removed
        *((0, 50), (0, 50), (50, 850)),
    ]
    assert [text.get_text() for text in axes.texts] == ["1,000", "900", "50", "900"]


def test_of_many_classes_those_that_change_most_are_shown() -> None:
    plan = Plan(tuple(ClassPlan(i, rows=1000, to_synthesise=10 * i) for i in range(50)), {}, None)
    figure = plots.class_counts(plan)
    shown = [text.get_text() for text in figure.axes[0].get_yticklabels()][::2]
    assert shown == [f"{label}: before" for label in range(30, 50)]
    assert "20 of 50 classes" in texts(figure)


def test_a_sample_is_made_by_the_plan_s_cells_weights_and_shares_of_clusters() -> None:
    """Of 30 and 10 rows of two clusters, 4 rows are 3 and 1; weighed rows have their quotas from the weights."""
    clusters = {0: Task(1, 8, 30, 2, (1, 1)), 1: Task(1, 9, 10, 2, (1, 1)), 2: Task(0, 7, 50, 2, (1, 1))}
    cells: Any = object()
    fewer = Synthesis([0, 1], cells, clusters, {}).with_totals({1: 4})
    assert {number: task.total for number, task in fewer.tasks.items()} == {0: 3, 1: 1, 2: 0}
    assert {number: task.rows for number, task in fewer.tasks.items()} == {0: 8, 1: 9, 2: 7}
    weighting = Weighting(cells, {}, {1: Task(1, 700, 40, 2, (1, 1))})
    weighed = Synthesis([1], cells, {1: clusters[0]}, {}, weighting).with_totals({1: 4})
    assert weighed.weighting is not None
    assert weighed.weighting.tasks == {1: Task(1, 700, 4, 2, (1, 1))}
    assert weighed.cells is fewer.cells is cells


@pytest.mark.parametrize("width", [2, 3])
def test_rows_that_lack_values_are_shown_by_what_they_have(width: int) -> None:
    """The first number is missing in some rows, the last of two or three in all."""
    data = seen(width)
    (one,) = data.classes
    for rows in (one.real, one.synthetic, data.others):
        rows[::3, 0] = rows[:, -1] = np.nan
    first, *_, last = plots.distances(data)
    assert first.real == np.isfinite(one.real[:, 0]).sum()
    assert 0 < first.statistic < 1
    assert last.real == 0
    texts(plots.distributions(data))
    points = [row for drawn in plots.projection(data).axes[0].collections for row in drawn.get_offsets()]
    assert len(points) >= len(one.real) + len(one.synthetic)
    assert bool(np.isfinite(points).all()) == (width > 2)


@pytest.mark.parametrize("labels", [(HOSTILE,), ("_a", HOSTILE, "x" * 500, "日本")])
@pytest.mark.filterwarnings("ignore:Glyph")
def test_names_are_drawn_as_they_are(labels: tuple[str, ...]) -> None:
    data = seen(3, labels, categories=1)
    odd = Sample(data.classes, data.others, (HOSTILE, "a\nb", "c" * 300), data.dates, ("$x$",))
    for figure in (plots.class_counts(PLAN), plots.projection(odd), plots.distributions(odd, label=HOSTILE)):
        text = texts(figure)
        assert "<script>" in text
        assert "x" * 100 not in text
        assert "c" * 100 not in text


def test_two_numbers_are_drawn_as_they_are_with_segments_from_seeds_to_neighbours() -> None:
    data = seen(2, ("fraud", "theft"))
    figure = plots.projection(data, segments=7)
    assert len(figure.axes) == 2
    for one, other, axes in zip(data.classes, data.classes[::-1], figure.axes, strict=True):
        others, synthetic, real, _ = [scatter.get_offsets() for scatter in axes.collections]
        np.testing.assert_array_equal(others, np.concatenate([data.others, other.real]))
        np.testing.assert_array_equal(synthetic, one.synthetic)
        np.testing.assert_array_equal(real, one.real)
        segments = lines_of(axes)
        assert len(segments) == 7
        ends = {(*seed, *end) for seed, end in zip(one.seeds.tolist(), one.neighbours.tolist(), strict=True)}
        assert {tuple(segment.ravel().tolist()) for segment in segments} <= ends
        assert axes.get_title(loc="left") == f"class {one.label}: 40 of 400 real rows, 60 of 600 synthetic"


def test_more_numbers_are_seen_along_the_directions_in_which_real_rows_differ_most() -> None:
    rng = np.random.default_rng(1)
    one = of_class("fraud", 4)
    common = rng.normal(size=200)
    # Two small features that go together, and two that go on their own, one of them large.
    for values in (one.real, one.synthetic, one.seeds, one.neighbours):
        values *= [0, 0, 1e6, 1]
    others = np.column_stack([1e-3 * common, 2e-3 * common, 1e6 * rng.normal(size=200), rng.normal(size=200)])
    figure = plots.projection(Sample((one,), others, ("a", "b", "c", "d"), (False,) * 4))
    drawn = figure.axes[0].collections[0].get_offsets()
    assert abs(np.corrcoef(drawn[:, 0], common)[0, 1]) > 0.9
    assert "direction 1: " in figure.axes[0].get_xlabel()
    segment = lines_of(figure.axes[0])[0]
    middle = segment.mean(axis=0)
    highlighted = figure.axes[0].collections[3].get_offsets()
    assert np.abs(highlighted - middle).sum(axis=1).min() < 1e-9


def test_rows_that_are_made_of_one_row_have_no_segment() -> None:
    data = seen(2)
    data.classes[0].neighbours[:] = np.nan
    figure = plots.projection(data)
    assert not figure.axes[0].lines
    assert "neighbour" not in texts(figure)


def test_one_number_is_spread_to_be_seen() -> None:
    figure = plots.projection(seen(1))
    drawn = figure.axes[0].collections[2].get_offsets()
    np.testing.assert_array_equal(drawn[:, 0], seen(1).classes[0].real[:, 0])
    assert len(set(drawn[:, 1].tolist())) == len(drawn)
    assert "has no meaning" in texts(figure)


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ParameterError, match="features are categories"):
        plots.projection(seen(0, categories=2))
    with pytest.raises(ParameterError, match=r"class 'theft'; its classes are 'fraud'"):
        plots.distributions(seen(2), label="theft")


def test_distances_are_those_of_the_sample() -> None:
    data = seen(2, categories=1)
    one = data.classes[0]
    one.real[:, 1] = 3.0
    one.synthetic[:, 1] = 3.0
    one.synthetic[:, 0] = one.real[:, 0].max() + 1 + np.arange(60)
    one.real_categories[:, 0] = ["a"] * 20 + ["b"] * 10 + [None] * 10
    one.synthetic_categories[:, 0] = ["a"] * 15 + [None] * 45
    apart, same, category = plots.distances(data)
    assert (apart.feature, apart.kind, apart.label, apart.real, apart.synthetic) == ("x0", "number", "fraud", 40, 60)
    assert apart.statistic == 1.0
    assert apart.shift == pytest.approx((one.synthetic[:, 0].mean() - one.real[:, 0].mean()) / one.real[:, 0].std())
    assert (same.statistic, same.shift) == (0.0, None)
    assert (category.feature, category.kind, category.shift) == ("c0", "category", None)
    assert category.statistic == pytest.approx((0.25 + 0.25 + 0.5) / 2)


def test_distributions_show_the_features_that_differ_most() -> None:
    data = seen(6, categories=1)
    data.classes[0].synthetic[:, 4] += 10
    data.classes[0].synthetic_categories[:, 0] = "new"
    figure = plots.distributions(data, features=2)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[0].startswith("x4\nKS 1.000, shift ")
    assert titles[1] == "c0\ndifference 1.000"
    assert [text.get_text() for text in figure.axes[1].get_yticklabels()][:1] == ["new"]
    text = texts(figure)
    assert "2 of 7 features" in text
    assert "this sample only" in text
    assert f"by up to {1.3581 * np.sqrt(1 / 40 + 1 / 60):.2f} by chance" in text


def test_heights_are_shares_of_rows() -> None:
    axes = plots.distributions(seen(1)).axes[0]
    for outline in axes.patches:
        x, y = outline.get_xy().T
        assert y.max() <= 1
        # Twice the area under the outline, over the width of a bin.
        width = np.diff(np.unique(x)).min()
        area = abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2
        assert area / width == pytest.approx(1.0)


def test_nearness_shows_distances_to_real_rows_of_the_class() -> None:
    one = of_class("fraud", 2)
    far, near = distances_to_real(one, np.array([1.0, 2.0]))
    apart = np.sqrt((((one.real[:, None] - one.real) / [1, 2]) ** 2).sum(axis=2))
    np.fill_diagonal(apart, np.inf)
    assert np.allclose(far, apart.min(axis=1)) and len(near) == len(one.synthetic)
    (panel,) = plots.nearness(seen(2)).axes
    assert panel.get_title(loc="left").startswith("class fraud: medians ")
    with pytest.raises(ParameterError, match="need numbers"):
        plots.nearness(seen(0, categories=1))


def test_dates_are_written_as_dates() -> None:
    data = seen(1)
    for values in (data.classes[0].real, data.classes[0].synthetic):
        values += 18000
    figure = plots.distributions(Sample(data.classes, data.others, ("day",), (True,)))
    assert "2019-Apr" in texts(figure)


def test_curves_are_those_of_all_folds() -> None:
    comparison = compared()
    for draw, expected in (
        (plots.calibration, lambda scores: np.column_stack(scores.calibration()[:2])),
        (plots.precision_recall, lambda scores: np.column_stack(scores.precision_recall())),
    ):
        figure = draw(comparison)
        assert [axes.get_title(loc="left") for axes in figure.axes] == ["logistic regression", "trees"]
        for estimator, axes in zip(("logistic regression", "trees"), figure.axes, strict=True):
            nothing, smote, *_ = lines_of(axes)
            np.testing.assert_allclose(nothing, expected(comparison.pooled(estimator, "nothing")))
            np.testing.assert_allclose(smote, expected(comparison.pooled(estimator, "SMOTE")))
        (legend,) = figure.legends
        assert [text.get_text() for text in legend.get_texts()] == ["nothing = best threshold", "SMOTE"]
        texts(figure)


def test_all_pictures_of_a_sample_with_captions() -> None:
    assert [caption for caption, _ in plots.gallery(seen(2, ("a", "b")))] == [
        "Synthetic rows and real rows in two dimensions",
        "Class a: are synthetic rows distributed as real ones?",
        "Class b: are synthetic rows distributed as real ones?",
    ]
    assert len(plots.gallery(seen(0, categories=1))) == 1


def test_without_matplotlib_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'spark-smote\[plot\]'"):
        plots.class_counts(PLAN)


def test_no_window_and_no_global_figure() -> None:
    script = """
import sys
from spark_smote import plots
from spark_smote.core.plan import ClassPlan, Plan
assert "matplotlib" not in sys.modules, "loaded before a picture is asked for"
plots.class_counts(Plan((ClassPlan(0, rows=1),), {}, None))
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)
