"""Settings of a job from outside its file, and secrets that must not leave its configuration."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from spark_smote.core.plan import ClassPlan, Plan
from spark_smote.errors import ConfigError, WriteError
from spark_smote.evaluation import Report
from spark_smote.evaluation.record import Run
from spark_smote.job import reports
from spark_smote.job.config import Input, JobConfig, Output, ReportSpec, SamplerSpec, load
from spark_smote.job.config.secrets import hide
from spark_smote.job.faults import committed
from spark_smote.job.folders import Folder, LocalFolder
from spark_smote.job.lock import Lock
from spark_smote.job.places import locate
from spark_smote.job.swap import Beside
from spark_smote.job.text_files import check_writable, read_text, write_text

TEXT = """\
input:
  path: ${ROOT}/in
  options: {password: hunter2, header: true}
sampler:
  class: SMOTE
  params: &params
    inputCols: [x]
    seed: ${SEED:-7}
output:
  path: s3a://ann:hunter3@lake/out?token=hunter4&x=1
  options: {user: ann}
spark:
  spark.hadoop.fs.s3a.secret.key: ${S3_KEY}
  spark.sql.shuffle.partitions: 8
"""
SECRETS = ("hunter2", "hunter3", "hunter4", "hunter5", "/mnt/volume7")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ROOT", "/mnt/volume7")
    monkeypatch.setenv("S3_KEY", "hunter5")
    monkeypatch.delenv("SEED", raising=False)
    path = tmp_path / "job.yaml"
    path.write_text(TEXT)
    return path


def test_variables_of_the_environment(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = load(file)
    assert job.input.path == "/mnt/volume7/in"
    assert job.sampler[0].params["seed"] == 7, "a number without quotes is a number"
    assert job.spark["spark.hadoop.fs.s3a.secret.key"] == "hunter5"
    monkeypatch.setenv("SEED", "8")
    assert load(file).sampler[0].params["seed"] == 8
    file.write_text(TEXT.replace("${SEED:-7}", '"${SEED}"'))
    assert load(file).sampler[0].params["seed"] == "8"
    file.write_text(TEXT.replace("${ROOT}", "$${ROOT}"))
    assert load(file).input.path == "${ROOT}/in"
    for wrong, told in (("${NONE_SUCH}", "no variable NONE_SUCH"), ("${A-B}", "letters, digits and _ only")):
        file.write_text(TEXT.replace("${ROOT}", wrong))
        with pytest.raises(ConfigError, match=rf"job\.yaml:2: input\.path: .*{told}"):
            load(file)


def test_keys_set_on_the_command_line(file: Path) -> None:
    settings = [
        "output.path=out",
        "output.mode=append",
        "output.partitionBy=[a, b]",
        "sampler.params.seed=8",
        "sampler.params.samplingStrategy={0: 5}",
        "input.options.header=false",
        "spark.spark.sql.shuffle.partitions=2",
        "report.json=r.json",
    ]
    job = load(file, settings)
    assert (job.output.path, job.output.mode, job.output.partitionBy) == ("out", "append", ("a", "b"))
    assert job.sampler[0].params == {"inputCols": ["x"], "seed": 8, "samplingStrategy": {0: 5}}
    assert job.input.options["header"] == "false"
    assert job.spark["spark.sql.shuffle.partitions"] == "2"
    assert job.report.json == "r.json"
    assert job.where("output.mode") == job.where("report.json") == "--set"
    assert job.where("input.path") == f"{file}:2"


def test_keys_set_in_a_chain_reach_one_step_only(file: Path) -> None:
    chain = TEXT.replace("  class: SMOTE\n  params: &params", "- class: SMOTE\n  params: &params")
    file.write_text(chain.replace("output:", "- class: TomekLinks\n  params: *params\noutput:", 1))
    first, second = load(file, ["sampler.1.params.seed=9"]).sampler
    assert (first.params["seed"], second.params["seed"]) == (7, 9)
    with pytest.raises(ConfigError, match=r"--set sampler\.params\.seed: this is a list; .*sampler\.0\.params\.seed"):
        load(file, ["sampler.params.seed=9"])
    with pytest.raises(ConfigError, match="there is no item 2"):
        load(file, ["sampler.2.class=SMOTE"])


@pytest.mark.parametrize("setting", ["output.mode", "=x", "output.mode=[a"])
def test_settings_of_another_form_are_refused(file: Path, setting: str) -> None:
    with pytest.raises(ConfigError, match=r"--set .*: (give it as key=value|the value is not YAML)"):
        load(file, [setting])


def test_secrets_stay_inside(file: Path) -> None:
    job = load(file)
    shown = json.dumps(job.shown())
    told = str(job.error("input.path", f"{job.input.path} and {job.output.path} with {job.input.options} hunter5"))
    run = Run("written", "r", *[datetime.now(timezone.utc)] * 2, "4", job.digest(), job.shown(), {"kind": "unknown"})
    record = Report(Plan((), {}, None), None, {}, run).to_json()
    for text in (shown, told, record, repr(job), repr(job.output)):
        assert not [secret for secret in SECRETS if secret in text], text
    assert "${ROOT}/in" in shown and "${ROOT}/in" in told
    assert job.shown()["spark"] == {"spark.hadoop.fs.s3a.secret.key": "***", "spark.sql.shuffle.partitions": "8"}
    assert job.shown()["output"]["path"] == "s3a://***@lake/out?token=***&x=1"
    assert job.shown()["sampler"][0]["params"]["seed"] == "${SEED:-7}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("password=hunter2", "password=***"),
        ("lost, PASSWORD = hunter2 at host", "lost, PASSWORD = *** at host"),
        ("login(user=ann,pwd='hunter2 ', retry=3)", "login(user=ann,pwd=***, retry=3)"),
        ("{'db.password': 'hunter2', \"token\": \"hunter3\"}", "{'db.password': ***, \"token\": ***}"),
        ("fs.s3a.secret.key=hunter2 accessKey=hunter3", "fs.s3a.secret.key=*** accessKey=***"),
        ('"?secret=hunter2", "secret=hunter3"', '"?secret=***", "secret=***"'),
    ],
)
def test_secrets_in_running_text(text: str, shown: str) -> None:
    assert hide(text, {}) == shown


@pytest.mark.parametrize(
    "text",
    [
        "sorted(rows, key=len), max_tokens=512, tokenizer=bpe",
        "input.options.password: missing",
        "the password is wrong: user=ann",
        "if token == end",
        "/lake/token=a/part-0.parquet",
        "keyboard=qwerty monkey = 7",
    ],
)
def test_innocent_words_stay(text: str) -> None:
    assert hide(text, {}) == text


def test_short_values_from_the_environment_are_hidden_where_they_are_secrets(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3_KEY", "zq")
    monkeypatch.setenv("SEED", "3")
    job = load(file)
    assert "zq" not in json.dumps(job.shown())
    assert job.hide("cannot sign with zq: 3 rows left") == "cannot sign with ***: 3 rows left"
    assert job.shown()["sampler"][0]["params"]["seed"] == "${SEED:-7}"


def test_a_short_secret_is_hidden_as_a_word_only() -> None:
    job = JobConfig(Input("a", options={"password": "id", "token": "c0ffee12"}), (SamplerSpec("SMOTE"),), Output("b"))
    assert job.hide("invalid id: id=7, user_id, xc0ffee12x") == "invalid ***: ***=7, user_id, x***x"
    assert hide("/mnt/prod/in of production", {"/mnt/prod": "${ROOT}", "prod": "${ENV}", "ROOT": "${A}"}) == (
        "${ROOT}/in of production"
    ), "replacements are not searched again"


def test_after_the_commit_there_are_warnings_only(tmp_path: Path) -> None:
    """A scheduler would start a failed job again, and append its rows twice."""
    (tmp_path / "file").touch()
    parts = (SamplerSpec("SMOTE"),), Output("out", mode="append")
    job = JobConfig(Input("a"), *parts, ReportSpec(json=f"{tmp_path}/file/r.json", html=f"{tmp_path}/file/r.html"))
    with pytest.warns(UserWarning) as caught:
        reports.leave(job, Report(Plan((ClassPlan("a", 3),), {}, None), None, {}), ())
    assert [str(one.message).split(": ")[0] for one in caught] == [
        f"{tmp_path}/file/r.json could not be written",
        f"{tmp_path}/file/r.html could not be written",
    ]
    nothing: Any = None
    assert Folder(nothing, job).mine() is None, "Spark is not asked about rows that cannot be distinguished from others"
    with pytest.raises(WriteError), committed(job, "counting"):
        raise WriteError("class 1 has 2 rows in place of 3")


def test_without_locks_nothing_is_replaced(tmp_path: Path) -> None:
    nothing: Any = None
    place = Beside(tmp_path / "out", Lock(tmp_path / "lock", "", "Operation not supported"))
    for mode in ("overwrite", "replace"):
        job = JobConfig(Input("a"), (SamplerSpec("SMOTE"),), Output(str(place.target), mode=mode))
        with pytest.raises(ConfigError, match=r"output\.mode: the file system of .* has no locks \(Operation not"):
            LocalFolder(nothing, job, place).refuse()


@pytest.mark.parametrize("name", ["monday", "2026-11-21T06:00:00+01:00", "scheduled__7@dag=a.b", "a" * 128])
def test_names_that_a_run_may_have(file: Path, name: str) -> None:
    file.write_text(TEXT.replace("output:", f"output:\n  runId: '{name}'"))
    assert load(file).output.runId == name


@pytest.mark.parametrize(
    "name",
    ["x; DROP TABLE t", "a`b", '"it\'s"', "../up", "' a'", '"a\\nb"', "ä", "$${spark.app.name}", "a" * 129, "-a"],
)
def test_names_that_no_run_may_have(file: Path, name: str) -> None:
    file.write_text(TEXT.replace("output:", f"output:\n  runId: {name}"))
    with pytest.raises(
        ConfigError, match=r"job\.yaml:10: output\.runId: must consist of letters, digits and .*; it is '?"
    ):
        load(file)


def test_the_hash_covers_all_settings_that_decide_the_rows(file: Path) -> None:
    def digest(old: str = "", new: str = "", *settings: str) -> str:
        file.write_text(TEXT.replace(old, new, 1) if old else TEXT)
        return load(file, settings).digest()

    first = digest()
    for old, new in (
        ("hunter2", "other"),
        ("hunter3", "other"),
        ("partitions: 8", "partitions: 9"),
        ("input:", "#\ninput:"),
    ):
        assert digest(old, new) == first, new
    assert digest("", "", "report.json=x", "output.mode=append", "output.runId=a") == first
    assert digest("", "", "input.filter=token = 'a'") != digest("", "", "input.filter=token = 'b'"), "all SQL counts"
    for setting in ("sampler.params.seed=8", "input.filter=x > 1", "output.rows=synthetic", "output.path=other"):
        assert digest("", "", setting) != first, setting


def test_the_report_for_programs() -> None:
    plan = Plan(
        (ClassPlan("a", 3, to_synthesise=2, search="exact", recall=1.0),), {"survey": 0.1234567}, None, ("said",)
    )
    found = json.loads(Report(plan, {"a": 5}, {"plan": 1.0}).to_json())
    assert found["schemaVersion"] == 1
    (one,) = found["classes"]
    assert (one["label"], one["rowsBefore"], one["synthetic"], one["rowsAfter"], one["rowsWritten"]) == (
        "a",
        3,
        2,
        5,
        5,
    )
    assert (one["search"], one["recall"], found["planningSeconds"]) == ("exact", 1.0, {"survey": 0.123})
    assert found["notes"] == ["said"] and "said" in str(Report(plan, None, {})).splitlines()


def test_small_files(tmp_path: Path) -> None:
    def fault(problem: str) -> Exception:
        return ConfigError(problem)

    for path in (f"{tmp_path}/new/a.json", f"file://{tmp_path}/b.json"):
        check_writable(path, fault)
        write_text(path, "ä")
        write_text(path, "ö")
        assert read_text(path, fault) == "ö"
    with pytest.raises(ConfigError, match="is a folder"):
        check_writable(str(tmp_path), fault)
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read_text(str(tmp_path / "none"), fault)
    with pytest.raises(ConfigError, match="cannot be written to"):
        check_writable(f"{tmp_path}/b.json/c.json", fault)
    with pytest.raises(ConfigError, match="cannot be reached"):
        check_writable("nowhere://x/y.json", fault)


@pytest.mark.parametrize(
    ("one", "other", "inside"),
    [
        ("/a/b", "/a/b/", True),
        ("/a/b", "/a/b/c", True),
        ("/a/b", "/a/bc", False),
        ("file:/a/b", "/a/b", True),
        ("s3a://x/a", "s3://x/a/b", True),
        ("s3://x/a", "s3://y/a", False),
        ("hdfs:///a", "hdfs://node:8020/a/b", True),
        ("hdfs://node/a", "/a", True),
        ("abfss://c@acc/a", "abfss://c@acc/a/../b", False),
    ],
)
def test_places_by_their_names(one: str, other: str, inside: bool) -> None:
    assert locate(one).contains(locate(other)) is inside


@pytest.mark.parametrize(
    ("pattern", "place", "met"),
    [("/a/*", "/a/b/c", True), ("/a/*.csv", "/a/out", False), ("/a/{b,c}", "/a/b", True), ("/a/day=*", "/b", False)],
)
def test_patterns_of_paths(pattern: str, place: str, met: bool) -> None:
    assert locate(pattern).matches(locate(place)) is met


def test_a_frozen_configuration_can_be_made_in_python() -> None:
    job = JobConfig(Input("a"), (SamplerSpec("SMOTE"),), Output("b"))
    assert job.shown()["sampler"] == [{"class": "SMOTE", "params": {}}]
