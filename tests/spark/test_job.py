"""The job from its command line: configuration in, table and report out, exit codes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from unittest.mock import Mock

import pytest
from frames import clustered, labels_of, numbered, spark_frame
from kept import Kept
from pyspark.sql import SparkSession

from spark_smote.core import resampler
from spark_smote.job import cli

SCRIPT = Path(__file__).parents[2] / "jobs" / "oversample.py"


@pytest.fixture
def session(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Kept:
    kept = Kept(spark)
    monkeypatch.setattr(cli, "SparkSession", kept)
    return kept


@pytest.fixture
def table(spark: SparkSession, tmp_path: Path) -> Path:
    """120 rows: 90 'ok', 20 'late', 10 'lost', with 'tag' to inherit."""
    data = numbered(clustered(120, 2, seed=1), ["ok"] * 90 + ["late"] * 20 + ["lost"] * 10)
    path = tmp_path / "in"
    spark_frame(spark, data, "string").selectExpr("*", "concat('t', id) AS tag").write.parquet(str(path))
    return path


def configuration(table: Path, sampler: str = "", output: str = "", where: str = "out") -> str:
    head = f"input:\n  path: {table}\nsampler:\n  class: SMOTE\n  params:\n    inputCols: [x0, x1]\n"
    tail = f"output:\n  path: {table.parent / where}\n"
    return head + "".join(f"    {line}\n" for line in sampler.splitlines()) + tail + output


def run(tmp_path: Path, text: str, *more: str) -> int:
    file = tmp_path / "job.yaml"
    file.write_text(text, encoding="utf-8")
    return cli.main(["resample", "--quiet", "--config", str(file), *more])


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
    assert printed[0].split() == ["class", "rows", "before", "synthetic", "rows", "after", "search", "recall"]
    assert [line.split()[:5] for line in printed[1:4]] == [
        ["late", "20", "40", "60", "exact"],
        ["lost", "10", "23", "33", "exact"],
        ["ok", "90", "0", "90", "none"],
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
    assert capsys.readouterr().out.count("late           20         70          90   exact") == 2


def test_a_plan_writes_nothing_and_a_run_leaves_reports(
    session: Kept, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each stage prints one line to stderr; there are reports for programs, for people and for `spark-smote report`."""
    pytest.importorskip("matplotlib")
    reports = f"report: {{json: {tmp_path}/made/report.json, html: {tmp_path}/made/report.html}}\n"
    file = tmp_path / "job.yaml"
    file.write_text(configuration(table, "samplingStrategy: {lost: 33}") + reports)
    arguments = ["--config", str(file), "--set", "sampler.params.seed=${SEED:-5}"]
    assert cli.main(["report", *arguments]) == 2
    assert "report.json: " in capsys.readouterr().err
    assert cli.main(["plan", *arguments]) == 0
    told = capsys.readouterr()
    assert "dry run; nothing was written" in told.out
    stages = [line[9:] for line in told.err.splitlines() if line.endswith("...")]
    assert stages[:3] == ["read ...", "plan ...", "  survey ..."]
    assert not (tmp_path / "out").exists() and not (tmp_path / "made").exists()
    planning = Mock(wraps=resampler.take_survey)
    monkeypatch.setattr(resampler, "take_survey", planning)
    assert cli.main(["resample", "--quiet", *arguments]) == 0
    assert planning.call_count == 1, "the pictures show rows of the plan that there is"
    told = capsys.readouterr()
    assert told.err == ""
    page = (tmp_path / "made" / "report.html").read_text(encoding="utf-8")
    assert page.count("<img") + page.count("<svg") >= 2
    assert cli.main(["report", *arguments]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["status"] == "written"
    assert {one["label"]: one["rowsWritten"] for one in found["classes"]} == {"ok": 90, "late": 20, "lost": 33}
    assert found["config"]["sampler"][0]["params"]["seed"] == "${SEED:-5}"
    assert (found["input"]["kind"], len(found["input"]["fingerprint"])) == ("files", 16)
    assert set(found["seconds"]) == {"read", "plan", "pictures", "count", "resample and write"}


def test_a_diagnosis_writes_nothing(
    session: Kept, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "job.yaml").write_text(configuration(table), encoding="utf-8")
    assert cli.main(["diagnose", "--quiet", "--config", str(tmp_path / "job.yaml")]) == 0
    said = capsys.readouterr().out
    assert said.startswith("rows per class lost: 10, late: 20, ok: 90; ")
    assert "dimension: class lost has 10 rows for 2 features" in said
    assert session.stopped and not (tmp_path / "out").exists()


def test_an_existing_session_keeps_running(session: Kept, table: Path, tmp_path: Path) -> None:
    session.getActiveSession = lambda: session  # type: ignore[method-assign,assignment,return-value]
    assert run(tmp_path, configuration(table, "kNeighbors: 12")) == 2
    assert not session.stopped


@pytest.mark.classic("no Spark job runs")
def test_an_error_in_spark_suggests_a_retry(
    session: Kept, tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def lost(*given: object) -> None:
        raise RuntimeError("executor lost, password=hunter2 at jdbc:x://ann:hunter2@host")

    monkeypatch.setattr(cli.flow, "run", lost)
    assert run(tmp_path, configuration(table)) == 1
    told = capsys.readouterr().err
    assert "executor lost, password=*** at jdbc:x://***@host" in told and "hunter2" not in told
    monkeypatch.setattr(cli.flow, "run", lambda *given: (_ for _ in ()).throw(KeyboardInterrupt()))
    assert run(tmp_path, configuration(table)) == 130


def test_an_existing_output_is_replaced_only_on_request(
    session: Kept, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, configuration(table)) == 0
    assert run(tmp_path, configuration(table, "samplingStrategy: {lost: 11}")) == 2
    assert "output.path" in capsys.readouterr().err
    assert run(tmp_path, configuration(table, "samplingStrategy: {lost: 11}", "  mode: overwrite\n")) == 0
    assert session.read.parquet(str(table.parent / "out")).count() == 121


def test_refused_data_is_reported_in_one_line_and_the_session_stops(
    session: Kept, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, configuration(table, "kNeighbors: 12")) == 2
    told = capsys.readouterr().err
    assert re.fullmatch(r"\S+\.yaml:\d+: sampler: class 'lost' has 10 rows.*\[TooFewRowsError\]\n", told)
    assert session.stopped


@pytest.mark.classic("a process of its own")
def test_a_refused_configuration_is_the_exit_code_of_the_script(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), "--config", str(tmp_path / "none.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "none.yaml: cannot be read" in done.stderr and done.stderr.endswith(" [ConfigError]\n")


@pytest.mark.classic("a process of its own")
def test_spark_submit_runs_the_job(spark: SparkSession, table: Path, tmp_path: Path) -> None:
    submit = shutil.which("spark-submit", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    assert submit is not None
    settings = ["spark.sql.shuffle.partitions=2", "spark.python.daemon.module=worker_daemon"]
    fast = ["--driver-java-options", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"]
    fast += [word for setting in settings for word in ("--conf", setting)]
    tail = '  format: json\nspark:\n  spark.master: "local[2]"\n  spark.ui.enabled: false\n'
    file = tmp_path / "job.yaml"
    file.write_text(configuration(table, output=tail))
    command = [submit, "--driver-memory", "1g", *fast, str(SCRIPT), "--config", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert "rows before  synthetic  rows after" in done.stdout
    assert labels_of(spark.read.json(str(table.parent / "out")).collect()) == {"ok": 90, "late": 90, "lost": 90}


def test_a_job_by_a_saved_plan_plans_nothing(
    session: Kept, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    saved, text = tmp_path / "saved.plan", configuration(table, "samplingStrategy: {lost: 33}")
    file = tmp_path / "job.yaml"
    file.write_text(text, encoding="utf-8")
    assert cli.main(["plan", "--quiet", "--config", str(file), "--save", str(saved)]) == 0
    assert f"plan: {saved}" in capsys.readouterr().out
    monkeypatch.setattr(resampler, "take_survey", None)
    arguments = ["--set", f"plan={saved}", "--set", f"report.json={tmp_path / 'report.json'}"]
    assert run(tmp_path, text, *arguments) == 0
    assert labels_of(session.read.parquet(str(tmp_path / "out")).collect()) == {"ok": 90, "late": 20, "lost": 33}
    assert json.loads((tmp_path / "report.json").read_text())["passesOverInput"]["planning"] == 0
    capsys.readouterr()
    assert run(tmp_path, text, *arguments, "--set", "output.path=other", "--set", "sampler.params.seed=5") == 2
    assert "the plan was made with seed=0, but SMOTE has seed=5: plan again" in capsys.readouterr().err
    assert run(tmp_path, text, "--set", f"plan={tmp_path / 'none.plan'}", "--set", "output.path=other") == 2
    assert re.search(r": plan: .*none\.plan cannot be read: No such file", capsys.readouterr().err)
