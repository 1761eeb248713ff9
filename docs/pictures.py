"""Draws the pictures of the page "Choosing a sampler"; ``make docs`` runs this script."""

from pathlib import Path

from pyspark.sql import SparkSession

from spark_smote import ADASYN, SMOTE, BorderlineSMOTE, PolynomFitSMOTE, plots

FOLDER = Path(__file__).parent / "pictures"
SAMPLERS = (SMOTE, BorderlineSMOTE, ADASYN, PolynomFitSMOTE)


def main() -> None:
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    # Points on two rings that touch; one ring is crowded. Sines of large multiples serve as noise.
    rows = spark.range(1500).selectExpr(
        "id % 10 = 0 AS rare", "id * 2.399963 AS angle", "0.25 * sin(id * 12.9898) + 0.2 * cos(id * 78.233) AS noise"
    )
    df = rows.selectExpr(
        "rare", "IF(rare, 1.1, 0) + (1 + noise) * cos(angle) AS x", "(IF(rare, 0.7, 1) + noise) * sin(angle) AS y"
    )
    FOLDER.mkdir(exist_ok=True)
    for kind in SAMPLERS:
        sampler = kind(inputCols=["x", "y"], labelCol="rare", samplingStrategy=0.4, seed=7)
        plots.projection(sampler, df, rows=1200).savefig(FOLDER / f"{kind.__name__}.png", dpi=70)
    spark.stop()


if __name__ == "__main__":
    main()
