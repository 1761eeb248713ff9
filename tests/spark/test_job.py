"""The job from its command line: configuration in, table and report out, exit codes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from frames import clustered, labels_of, numbered, spark_frame
from pyspark.sql import SparkSession

from spark_smote import cli

SCRIPT = Path(__file__).parents[2] / "jobs" / "oversample.py"


class Kept:
    """The session of these tests in the place of the job's own, which the job would stop."""

    def __init__(self, session: SparkSession) -> None:
        self.session = session
        self.stopped = False
        self.settings: dict[str, str] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)

    @property
    def builder(self) -> Kept:
        return self

    def appName(self, name: str) -> Kept:
        return self

    def config(self, key: str, value: str) -> Kept:
        self.settings[key] = value
        return self

    def getOrCreate(self) -> Kept:
        return self

    def stop(self) -> None:
        self.stopped = True


@pytest.fixture
def session(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Kept:
    kept = Kept(spark)
    monkeypatch.setattr(cli, "SparkSession", kept)
    return kept


@pytest.fixture(scope="module")
def written(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """120 rows: 90 'ok', 20 'late', 10 'lost', with 'tag' to inherit."""
    data = numbered(clustered(120, 2, seed=1), ["ok"] * 90 + ["late"] * 20 + ["lost"] * 10)
    path = tmp_path_factory.mktemp("table") / "in"
    spark_frame(spark, data, "string").selectExpr("*", "concat('t', id) AS tag").write.parquet(str(path))
    return path


@pytest.fixture
def table(written: Path, tmp_path: Path) -> Path:
    """A copy for each test, beside which it writes."""
    return Path(shutil.copytree(written, tmp_path / "in"))


def configuration(table: Path, sampler: str = "", output: str = "", where: str = "out") -> str:
    head = f"input:\n  path: {table}\nsampler:\n  class: SMOTE\n  params:\n    inputCols: [x0, x1]\n"
    tail = f"output:\n  path: {table.parent / where}\n"
    return head + "".join(f"    {line}\n" for line in sampler.splitlines()) + tail + output


def run(tmp_path: Path, text: str) -> int:
    file = tmp_path / "job.yaml"
    file.write_text(text, encoding="utf-8")
    return cli.main(["--config", str(file)])


def test_a_job_writes_exact_counts_and_prints_a_report(
    session: Kept, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sampler = "samplingStrategy: {late: 60, lost: 33}\ninheritCols: [tag]\nsyntheticCol: made\nseed: 3"
    tail = "  partitionBy: [label]\nspark:\n  spark.some.setting: 12\n"
    assert run(tmp_path, configuration(table, sampler, tail)) == 0
    assert session.stopped
    assert session.settings == {"spark.some.setting": "12"}
    rows = session.read.parquet(str(table.parent / "out")).collect()
    assert labels_of(rows) == {"ok": 90, "late": 60, "lost": 33}
    assert Counter(row["made"] for row in rows) == {False: 120, True: 63}
    assert all(row["tag"].startswith("t") for row in rows)
    assert {path.name for path in (table.parent / "out").glob("label=*")} == {"label=ok", "label=late", "label=lost"}
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split() == ["class", "rows", "before", "rows", "after", "synthetic", "search", "recall"]
    assert [line.split()[:5] for line in printed[1:4]] == [
        ["late", "20", "60", "40", "exact"],
        ["lost", "10", "33", "23", "exact"],
        ["ok", "90", "90", "0", "none"],
    ]
    assert printed[4].startswith("seconds: read ")
    assert all(f"{stage} " in printed[4] for stage in ("plan", "resample and write", "count", "in all"))


@pytest.mark.parametrize(("sampler", "least"), [("RandomUnderSampler", 30), ("TomekLinks", 60), ("SMOTETomek", 200)])
def test_cleaners_and_under_samplers_are_jobs_too(
    session: Kept, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], sampler: str, least: int
) -> None:
    text = configuration(table).replace("class: SMOTE", f"class: {sampler}")
    if sampler == "RandomUnderSampler":
        text = text.replace("inputCols: [x0, x1]", "seed: 3")
    assert run(tmp_path, text) == 0
    counts = labels_of(session.read.parquet(str(tmp_path / "out")).collect())
    assert least <= counts.total() <= 270
    printed = capsys.readouterr().out
    assert all(str(rows) in printed for rows in counts.values())


def test_appending_reports_what_was_planned(
    session: Kept, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = configuration(table, "samplingStrategy: not minority\nkNeighbors: 3", "  mode: append\n")
    assert [run(tmp_path, text), run(tmp_path, text)] == [0, 0]
    assert labels_of(session.read.parquet(str(table.parent / "out")).collect()) == {"ok": 180, "late": 180, "lost": 20}
    assert capsys.readouterr().out.count("late           20          90         70   exact") == 2


@pytest.mark.classic("how a file is refused is no matter of the mode")
@pytest.mark.parametrize(
    ("sampler", "output", "line", "words"),
    [
        ("kNeighbours: 3", "", 7, ["sampler.params.kNeighbours", "no parameter", "kNeighbors"]),
        ("seed: 1\nkNeighbors: 0", "", 8, ["sampler.params.kNeighbors", "1 or more", "0"]),
        ("samplingStrategy: most", "", 7, ["sampler.params.samplingStrategy", "'most'", "'minority'"]),
        ("", "  mode: replace\n", 9, ["output.mode", "overwrite", "replace"]),
        ("", "  pth: x\n", 9, ["output.pth", "unknown key"]),
        ("", "  format: parkett\n", 9, ["output.format", "parkett"]),
        ("", "  partitionBy: [nope]\n", 9, ["output.partitionBy", "nope"]),
    ],
    ids=lambda value: None if isinstance(value, list | int) else value,
)
def test_a_wrong_configuration_is_refused_by_key_and_line(
    session: Kept,
    table: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    sampler: str,
    output: str,
    line: int,
    words: list[str],
) -> None:
    assert run(tmp_path, configuration(table, sampler, output)) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"ConfigError: {tmp_path / 'job.yaml'}:{line}: ")
    assert not [word for word in words if word not in told], told
    assert not (table.parent / "out").exists()


@pytest.mark.parametrize(("path", "where"), [("nowhere", "out"), ("in", "in"), ("in", "in/")])
def test_a_missing_input_and_an_output_onto_the_input_are_refused(
    session: Kept, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], path: str, where: str
) -> None:
    assert run(tmp_path, configuration(table.parent / path, where=where)) == 2
    told = capsys.readouterr().err
    assert ("input.path" if path == "nowhere" else "output.path") in told
    assert f"{tmp_path / 'job.yaml'}:{2 if path == 'nowhere' else 8}: " in told
    assert session.read.parquet(str(table)).count() == 120


def test_an_output_that_exists_is_not_replaced_unless_asked(
    session: Kept, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, configuration(table)) == 0
    assert run(tmp_path, configuration(table, "samplingStrategy: {lost: 11}")) == 2
    assert "output.path" in capsys.readouterr().err
    assert run(tmp_path, configuration(table, "samplingStrategy: {lost: 11}", "  mode: overwrite\n")) == 0
    assert session.read.parquet(str(table.parent / "out")).count() == 121


def test_refused_data_is_told_in_one_line_and_the_session_stopped(
    session: Kept, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, configuration(table, "kNeighbors: 12")) == 2
    told = capsys.readouterr().err
    assert told.startswith("TooFewRowsError: class 'lost' has 10 rows")
    assert told.count("\n") == 1
    assert session.stopped


@pytest.mark.classic("a process of its own in either mode")
def test_a_refused_configuration_is_the_exit_code_of_the_script(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), "--config", str(tmp_path / "none.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("ConfigError: ")
    assert "none.yaml: cannot be read" in done.stderr


@pytest.mark.classic("a process of its own in either mode")
def test_spark_submit_runs_the_job(spark: SparkSession, table: Path, tmp_path: Path) -> None:
    submit = shutil.which("spark-submit", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    assert submit is not None
    tail = '  format: json\nspark:\n  spark.master: "local[2]"\n  spark.ui.enabled: false\n'
    file = tmp_path / "job.yaml"
    file.write_text(configuration(table, output=tail))
    # Twenty seconds of which most would go to compiling what runs once.
    quick = ["--driver-java-options", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"]
    command = [submit, "--driver-memory", "1g", *quick, str(SCRIPT), "--config", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert "rows before  rows after" in done.stdout
    assert labels_of(spark.read.json(str(table.parent / "out")).collect()) == {"ok": 90, "late": 90, "lost": 90}
