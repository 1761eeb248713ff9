"""Draws the pictures of the documentation; ``make docs`` runs it."""

import re
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from pyspark.sql import SparkSession

from spark_smote import SMOTE
from spark_smote.core.registry import COMBINATION, OVER_SAMPLER, samplers
from spark_smote.evaluation.plots.style import MARKERS, OTHERS, REAL, SYNTHETIC, figure

DOCS = Path(__file__).parent
FOLDER = DOCS / "pictures"
# On so few rows no cluster has half of the class.
PARAMS = {"KMeansSMOTE": {"clusterBalanceThreshold": 0.1}}
FEW = ("SMOTE", "BorderlineSMOTE", "SMOTEENN")
STEPS = {
    "1. Survey": "counts rows, checks values,\ntakes a fingerprint of the content",
    "2. Plan": "quotas that add up exactly;\ncells, and the recall of the search",
    "3. Search": "one cell a task, features only,\nso memory is bounded",
    "4. Synthesis": "draws that depend on the seed\nand the content of rows alone",
    "5. Union": "your rows, untouched, and the new\nones; a guard against changed input",
}


def over_samplers(spark: SparkSession) -> None:
    """Every over-sampler on the same data."""
    # Points on two rings that touch; one ring is crowded. Sines of large multiples serve as noise.
    rows = spark.range(1500).selectExpr(
        "id % 10 = 0 AS rare", "id * 2.399963 AS angle", "0.25 * sin(id * 12.9898) + 0.2 * cos(id * 78.233) AS noise"
    )
    df = rows.selectExpr(
        "rare", "IF(rare, 1.1, 0) + (1 + noise) * cos(angle) AS x", "(IF(rare, 0.7, 1) + noise) * sin(angle) AS y"
    )
    kinds = [entry.sampler for entry in samplers().values() if entry.family in (OVER_SAMPLER, COMBINATION)]
    # Samplers for categories have nothing to draw here.
    kinds = [kind for kind in kinds if not hasattr(kind, "categoricalCols")]
    made, panels = figure(len(kinds), columns=5, width=13, margin=0.1, height=2.05)
    few, four = figure(4, columns=2, width=7, margin=0.1, height=2.5)
    shown = dict(zip(FEW, four[1:], strict=True))
    for kind, panel in zip(kinds, panels, strict=True):
        given = {"inputCols": ["x", "y"], "labelCol": "rare", "samplingStrategy": 0.4, "syntheticCol": "new", "seed": 7}
        sampler = kind(**given, **PARAMS.get(kind.__name__, {}))
        found = np.array(sampler.resample(df).select("x", "y", "rare", "new").collect(), dtype=float)
        _draw(panel, found, kind.__name__)
        if kind.__name__ in shown:
            _draw(shown[kind.__name__], found, kind.__name__, larger=2)
    _draw(four[0], np.array(df.selectExpr("x", "y", "rare", "0").collect(), dtype=float), "your rows", larger=2)
    made.savefig(FOLDER / "over-samplers.png", dpi=75)
    few.savefig(FOLDER / "samplers.png", dpi=110)


def _draw(panel: Axes, rows: np.ndarray, title: str, larger: float = 1) -> None:
    x, y, rare, new = rows.T
    parts = ((rare == 0, OTHERS, 3), (new == 1, SYNTHETIC, 6), ((rare == 1) & (new == 0), REAL, 4))
    for chosen, colour, size in parts:
        panel.scatter(x[chosen], y[chosen], s=size * larger, color=colour, linewidths=0)
    panel.set(title=title, xlim=(-1.5, 2.6), ylim=(-1.45, 1.45), aspect="equal")
    panel.set_axis_off()


def flow() -> None:
    """The steps of a sampler, as boxes."""
    made, (panel,) = figure(1, columns=1, width=5.6, margin=0, height=3.9)
    panel.set(xlim=(0, 1), ylim=(-len(STEPS) + 0.4, 0.6))
    panel.set_axis_off()
    arrow = {"arrowstyle": "->", "color": OTHERS, "linewidth": 1.5}
    for place, (name, text) in enumerate(STEPS.items()):
        edge = {"boxstyle": "round,pad=0.5", "facecolor": "white", "edgecolor": REAL if place < 2 else SYNTHETIC}
        panel.text(0.13, -place, f"{name:^14}", ha="center", va="center", weight="bold", bbox=edge)
        panel.text(0.3, -place, text, va="center", fontsize=10)
        if place:
            panel.annotate("", (0.13, -place + 0.27), (0.13, -place + 0.73), arrowprops=arrow)
    for middle, text, colour in (
        (-0.5, "when you call\nplan or resample", REAL),
        (-3, "when you use\nthe result", SYNTHETIC),
    ):
        panel.text(0.99, middle, text, ha="right", va="center", fontsize=9, color=colour, style="italic")
    made.savefig(FOLDER / "flow.svg", metadata={"Date": None})


def recall(spark: SparkSession) -> None:
    """The recall that LSH search reaches, against the copies of rows that it costs."""
    made, (panel,) = figure(1, columns=1, width=6.5, margin=0.3, height=3.6)
    noise = "sqrt(-2 * log(rand({0}))) * cos(6.2832 * rand({1}))"
    kinds = {"10 clusters": "10 * (id % 10) * sin({0} * (1 + id % 10)) + ", "one Gaussian": ""}
    for (kind, centre), marker, colour in zip(kinds.items(), MARKERS, (REAL, SYNTHETIC), strict=False):
        columns = [f"{centre.format(number)}{noise.format(number, number + 50)} AS f{number}" for number in range(10)]
        df = spark.range(0, 40_000, numPartitions=2).selectExpr("id < 15000 AS label", *columns)
        points = []
        for target in (0.6, 0.8, 0.9, 0.95, 0.99):
            names = [f"f{number}" for number in range(10)]
            smote = SMOTE(inputCols=names, neighborSearch="lsh", cellRows=1000, recallTarget=target, seed=7)
            (rare,) = [one for one in smote.plan(df).classes if one.recall is not None]
            points.append((rare.halo_share, rare.recall))
        panel.plot(*np.array(points, dtype=float).T, marker=marker, color=colour, label=kind)
    panel.set(xlabel="extra copies of a row", ylabel="recall, measured by the plan", ylim=(None, 1.01))
    panel.legend(frameon=False, loc="lower right")
    made.savefig(FOLDER / "recall.png", dpi=110)


def cost() -> None:
    """The processor time of each sampler, from the table that the benchmarks left in performance.md."""
    table = (
        (DOCS / "performance.md").read_text("utf-8").partition("<!-- family -->")[2].partition("<!-- /family -->")[0]
    )
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()]
    column = rows[0].index("x SMOTE in processor time")
    found = {row[0]: float(row[column]) for row in rows[2:] if re.fullmatch(r"[\d.]+", row[column])}
    made, (panel,) = figure(1, columns=1, width=7, margin=0.4, height=0.24 * len(found))
    ordered = sorted(found.items(), key=lambda one: -one[1])
    bars = panel.barh([name for name, _ in ordered], [times for _, times in ordered], color=REAL)
    panel.bar_label(bars, fmt="%.1f", padding=3, fontsize=9)
    panel.set(xlabel="processor time, times that of SMOTE")
    panel.margins(y=0.01)
    made.savefig(FOLDER / "cost.png", dpi=110)


def main() -> None:
    matplotlib.rcParams["svg.hashsalt"] = "spark_smote"
    FOLDER.mkdir(exist_ok=True)
    flow()
    cost()
    settings = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2", "spark.sql.adaptive.enabled": "false"}
    spark = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    over_samplers(spark)
    recall(spark)
    spark.stop()


if __name__ == "__main__":
    main()
