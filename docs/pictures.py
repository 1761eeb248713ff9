"""Draws the picture of the page "Choosing a sampler": every over-sampler on the same data; ``make docs`` runs it."""

from pathlib import Path

import numpy as np
from pyspark.sql import SparkSession

from spark_smote.core.registry import COMBINATION, OVER_SAMPLER, samplers
from spark_smote.evaluation.plots.style import OTHERS, REAL, SYNTHETIC, figure

FILE = Path(__file__).parent / "pictures" / "over-samplers.png"
# On so few rows no cluster has half of the class.
PARAMS = {"KMeansSMOTE": {"clusterBalanceThreshold": 0.1}}


def main() -> None:
    settings = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2", "spark.sql.adaptive.enabled": "false"}
    spark = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
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
    for kind, panel in zip(kinds, panels, strict=True):
        given = {"inputCols": ["x", "y"], "labelCol": "rare", "samplingStrategy": 0.4, "syntheticCol": "new", "seed": 7}
        sampler = kind(**given, **PARAMS.get(kind.__name__, {}))
        found = np.array(sampler.resample(df).select("x", "y", "rare", "new").collect(), dtype=float)
        x, y, rare, new = found.T
        parts = ((rare == 0, OTHERS, 3), (new == 1, SYNTHETIC, 6), ((rare == 1) & (new == 0), REAL, 4))
        for chosen, colour, size in parts:
            panel.scatter(x[chosen], y[chosen], s=size, color=colour, linewidths=0)
        panel.set(title=kind.__name__, xlim=(-1.5, 2.6), ylim=(-1.45, 1.45), aspect="equal")
        panel.set_axis_off()
    FILE.parent.mkdir(exist_ok=True)
    made.savefig(FILE, dpi=75)
    spark.stop()


if __name__ == "__main__":
    main()
