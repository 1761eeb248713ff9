"""Job files: the configuration of a valid file, and errors with file, key, line, value and remedy."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, field
from pathlib import Path
from typing import Any

import pytest
from config_texts import APPENDIX, GOOD, MINIMAL, fault, read

from spark_smote.errors import ConfigError
from spark_smote.job import make_sampler
from spark_smote.job.config import Input, JobConfig, Output, SamplerSpec, StagingSpec, load, sections


def test_a_whole_file(file: Path) -> None:
    job = read(file, GOOD)
    options = {"header": "true", "sep": ";", "version": "1.10", "start": "2024-01-01", "time": "12:30"}
    assert job.input == Input("data/in.tsv", format="tsv", options=options)
    (sampler,) = job.sampler
    assert sampler == SamplerSpec(
        "SMOTE",
        {
            "inputCols": ["amount", "age"],
            "kNeighbors": 5,
            "samplingStrategy": {0: 500, 1: 300, "2": 7, "true-ish": 8, 2.5: 9},
            "inheritCols": ["amount", "age"],
            "standardization": True,
            "idCol": None,
        },
    )
    assert [type(label) for label in sampler.params["samplingStrategy"]] == [int, int, str, str, float]
    assert job.output == Output("../out", mode="overwrite", partitionBy=("year", "month"))
    assert job.spark == {"spark.sql.shuffle.partitions": "8", "spark.sql.adaptive.enabled": "false"}


def test_defaults(file: Path) -> None:
    job = read(file, MINIMAL)
    assert job == JobConfig(Input("a"), (SamplerSpec("SMOTE", {}),), Output("b"))
    assert (job.output.mode, job.output.options, job.output.partitionBy) == ("errorifexists", {}, ())
    with pytest.raises(FrozenInstanceError):
        job.spark = {}  # type: ignore[misc]


def test_entries_that_are_commented_out_leave_the_default(file: Path) -> None:
    assert read(file, MINIMAL + "spark:\n  # spark.x: 1\n") == read(file, MINIMAL)
    assert read(file, "input: {path: a, options: , format: }\n" + MINIMAL[17:]) == read(file, MINIMAL)


def test_a_byte_order_mark_and_other_line_ends_do_no_harm(file: Path) -> None:
    assert read(file, "\ufeff" + GOOD.replace("\n", "\r\n")) == read(file, GOOD)


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("input", 2),
        ("input.options.sep", 7),
        ("sampler.class", 12),
        ("sampler.params.inputCols", 14),
        ("sampler.params.inputCols.1", 16),
        ("sampler.params.inputCols.9", 14),
        ("sampler.params.samplingStrategy.0", 18),
        ("sampler.params.kNeighbours", 13),
        ("spark.spark.sql.shuffle.partitions", 27),
        ("spark.spark.driver.memory", 26),
        ("report.path", 1),
        ("", 1),
    ],
)
def test_errors_name_the_place(file: Path, key: str, line: int) -> None:
    assert read(file, GOOD).where(key) == f"{file}:{line}"


def test_errors_name_the_key_without_a_file() -> None:
    assert JobConfig(Input("a"), (SamplerSpec("SMOTE"),), Output("b")).where("input.path") == ":1"


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (Output("b", mode=APPENDIX), "output.mode: must be one of .* mean 'append'.*; it is 'appendix'"),
        (Output("b", files=0), "output.files: must be 1 or more; it is 0"),
        (Output(), "output: give either path or table; neither is given"),
    ],
)
def test_a_configuration_made_in_python_is_checked_too(output: Output, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        JobConfig(Input("a"), (SamplerSpec("SMOTE"),), output)
    with pytest.raises(ConfigError, match="sampler: the list is empty"):
        JobConfig(Input("a"), (), Output("b"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        # Keys.
        (
            "  format: tsv",
            "  fromat: tsv",
            "4: input.fromat: unknown key (did you mean 'format'?); allowed: path, table, format, schema",
        ),
        (
            "\noutput:",
            "\nOutput:",
            "22: Output: unknown key (did you mean 'output'?); allowed: input, sampler, output, report, plan, spark, "
            "staging",
        ),
        ("  class: SMOTE", "  name: SMOTE", "12: sampler.name: unknown key; allowed: class, params"),
        ("spark:\n", "lines:\n", "26: lines: unknown key"),
        ("  format: tsv", "  path: csv", "4: input.path: given twice, first in line 3"),
        ("    version:", "    sep:", "8: input.options.sep: given twice, first in line 7"),
        ("{0: 500,", "{1.0: 500,", "18: sampler.params.samplingStrategy.1: given twice, first in line 18"),
        ("    kNeighbors:", "    inputCols:", "17: sampler.params.inputCols: given twice, first in line 14"),
        ("  format: tsv", "  5: csv", "4: input.5: unknown key; allowed: path, table, format, schema"),
        ("    sep:", "    ~:", "7: input.options.~: must be a non-empty string, in quotes if YAML takes it for"),
        ("{0: 500,", "{[0]: 500,", "18: sampler.params.samplingStrategy.?: must be a plain value; it is a list: [0]"),
        ("  path: data/in.tsv\n", "", "2: input: give either path or table; neither is given"),
        ("  class: SMOTE\n", "", "11: sampler.class: missing, but required"),
        ("input:\n", "spark.x:\n", "2: spark.x: unknown key"),
        # Values.
        ("data/in.tsv", "", "2: input: give either path or table; neither is given"),
        ("data/in.tsv", "''", "3: input.path: must be a non-empty string"),
        (
            "data/in.tsv",
            "[a, b]",
            "3: input.path: must be a non-empty string, in quotes if YAML takes it for",
        ),
        ('";"', "[a]", "7: input.options.sep: must be a string, a number, true or false; it is a list: [a]"),
        ('";"', "", "7: input.options.sep: must be a string, a number, true or false; it is empty: "),
        (
            "overwrite",
            "overwite",
            "24: output.mode: must be one of errorifexists, error, overwrite, append, ignore, replace (did you",
        ),
        ("overwrite", "[append]", "it is a list: [append]"),
        ("[year, month]", "year", "25: output.partitionBy: must be a list; it is a string: year"),
        ("[year, month]", "\n  - year\n  - [7]", "27: output.partitionBy.1: must be a non-empty string"),
        ("&features\n", "&features\n      - 2024-13-01\n", "15: sampler.params.inputCols.0: must be plain YAML"),
        ("kNeighbors: 5", "kNeighbors: !!int five", "17: sampler.params.kNeighbors: must be plain YAML"),
        ("kNeighbors: 5", "kNeighbors: !mine 5", "17: sampler.params.kNeighbors: must be plain YAML"),
        ("kNeighbors: 5", "<<: {seed: 5}", "17: sampler.params.<<: must be a non-empty string, in quotes if"),
        ("kNeighbors: 5", "kNeighbors: !!set {a, b}", "17: sampler.params.kNeighbors: must be a plain value"),
        ("kNeighbors: 5", "kNeighbors: !!str [a]", "17: sampler.params.kNeighbors: must be a plain value"),
        # Syntax.
        ("[year, month]", "[year, month", "26: not YAML: "),
        ("  format: tsv", "\tformat: tsv", "4: not YAML: "),
        ("*features", "*featrues", "19: not YAML:  found undefined alias 'featrues'"),
        ("spark:\n", "---\nspark:\n", "26: not YAML: expected a single document"),
        ('";"', '"\x07"', "7: neither UTF-8 nor YAML: '\\x07'"),
    ],
)
def test_faults_are_named_with_key_line_value_and_what_is_allowed(file: Path, old: str, new: str, message: str) -> None:
    assert GOOD.count(old) == 1
    assert message in fault(file, GOOD.replace(old, new))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ":1: the file is empty; its sections are input, sampler, output, report, plan, spark, staging"),
        ("# nothing\n", ":1: the file is empty"),
        ("- a\n", ":1: the file: must be a mapping; it is a list: - a"),
        ("input: {path: a}\n", ":1: sampler: missing, but required"),
        (MINIMAL.replace("{path: a}", "a"), ":1: input: must be a mapping; it is a string: a"),
        (MINIMAL.replace("{class", "!x {class"), ":2: sampler: must be a mapping; it is !x mapping"),
        ("[" * 20_000, ":1: not YAML that can be read: nested too deeply"),
    ],
)
def test_faults_of_the_whole_file(file: Path, text: str, message: str) -> None:
    assert fault(file, text).startswith(message)


def test_nothing_is_executed(file: Path, tmp_path: Path) -> None:
    call = f"!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path [{tmp_path}/touched]]"
    assert "must be" in fault(file, MINIMAL.replace("SMOTE}", f"SMOTE, params: {{a: {call}}}}}"))
    assert not (tmp_path / "touched").exists()
    assert "must be plain YAML" in fault(
        file, MINIMAL.replace("SMOTE}", "SMOTE, params: {a: !!python/name:os.system }}")
    )


def test_files_that_cannot_be_read(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read: No such file or directory"):
        load(file.with_name("none.yaml"))
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(str(file.parent))
    file.write_bytes(b"# one\n# \xe4 is Latin 1\n")
    with pytest.raises(ConfigError, match=r"job\.yaml:2: neither UTF-8 nor YAML: '\\udce4'"):
        load(file)


def test_without_pyyaml(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert "pip install 'spark-smote[job]'" in fault(file, MINIMAL)


@dataclass(frozen=True)
class Report:
    rows: int
    share: float = 0.5
    plots: bool = False


@dataclass(frozen=True)
class Reports:
    reports: tuple[Report, ...]
    file: str = field(default="", metadata={"key": None})
    places: Mapping[str, str] = field(default_factory=dict, metadata={"key": None})
    written: Mapping[str, str] = field(default_factory=dict, metadata={"key": None})
    expanded: Mapping[str, str] = field(default_factory=dict, metadata={"key": None})
    texts: Mapping[str, str] = field(default_factory=dict, metadata={"key": None})


def test_sections_are_only_dataclasses(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new section, a list of sections and plain values of other types need fields only."""
    monkeypatch.setattr(sections, "JobConfig", Reports)
    found: Any = read(file, "reports:\n- {rows: 1}\n- {rows: 2, plots: yes, share: 0.1}\n")
    assert found.reports == (Report(1), Report(2, 0.1, True))
    assert (
        fault(file, "reports:\n- rows: 1\n- rows: x\n")
        == ":3: reports.1.rows: must be an integer; it is a string: x [ConfigError]"
    )
    assert fault(file, "reports:\n- rows: 1\n  rosw: 2\n").startswith(
        ":3: reports.0.rosw: unknown key (did you mean 'rows'?)"
    )


@pytest.mark.parametrize("text", ["2026-11-30", "007", "1.10", "12:30", "yes", "no", "1e3", "0x1F"])
def test_what_yaml_takes_for_something_else_is_text_where_a_key_takes_text(file: Path, text: str) -> None:
    """In the file, from the command line, and from the environment, without quotes."""
    job = read(file, f"input: {{path: {text}, filter: {text}}}\nsampler: {{class: SMOTE}}\noutput: {{path: b}}\n")
    assert job.input == Input(text, filter=text)
    settings = [f"output.{key}" for key in ("format", "runId", "runIdCol")]
    settings += ["plan", "staging.path", "report.json", "sampler.params.labelCol"]
    lists = [f"sampler.params.inputCols=[a, {text}]", f"output.partitionBy=[{text}]", f"spark={{{text}: {text}}}"]
    job = load(file, [*(f"{key}={text}" for key in settings), *lists])
    output, sampler = job.output, make_sampler(job)
    assert {output.format, output.runId, output.runIdCol, *output.partitionBy} == {text}
    assert {job.plan, job.staging.path, job.report.json, *job.spark, sampler.getLabelCol()} == {text}
    assert sampler.getInputCols() == ["a", text]
    steps = make_sampler(load(file, ["sampler.class=SMOTETomek", f"sampler.params.labelCol={text}"])).steps
    assert [step.getLabelCol() for step in steps] == [text, text]


def test_the_demo() -> None:
    job = load(Path(__file__).parents[1] / "conf" / "flights.yaml")
    assert job.sampler[0].name == "SMOTENC"


def test_samplers_of_a_job_pass_over_balanced_data_unless_told_otherwise() -> None:
    def made(*params: dict[str, Any]) -> Any:
        return make_sampler(JobConfig(Input("a"), tuple(SamplerSpec("SMOTE", each) for each in params), Output("b")))

    assert made({}).getIfBalanced() == "pass"
    assert [step.getIfBalanced() for step in made({}, {"ifBalanced": "error"}).steps] == ["pass", "error"]


@pytest.mark.parametrize(
    ("params", "told"),
    [
        (
            {"estimator": "os.system"},
            r"params\.estimator: estimator: 'os\.system' is no classifier that a job can name",
        ),
        ({"estimator": "NaiveBaies"}, r"did you mean 'NaiveBayes'\?"),
        ({"estimator": {"class": "NaiveBayes"}}, r"\{'class': 'NaiveBayes'\} is no classifier"),
        ({"estimatorParams": {"trees": 3}}, r"params\.estimator: .*RandomForestClassifier has no 'trees'.*numTrees"),
        ({"estimator": "NaiveBayes", "estimatorParams": ["x"]}, r"must be a mapping of the parameters of NaiveBayes"),
    ],
    ids=str,
)
def test_a_classifier_that_a_job_cannot_name_is_refused(params: dict[str, Any], told: str) -> None:
    spec = SamplerSpec("InstanceHardnessThreshold", params)
    with pytest.raises(ConfigError, match=told):
        make_sampler(JobConfig(Input("a"), (spec,), Output("b")))


def test_the_staging_place_is_that_of_all_samplers() -> None:
    specs = SamplerSpec("SMOTE"), SamplerSpec("SMOTETomek")

    def job(**place: str) -> JobConfig:
        return JobConfig(Input("a"), specs, Output("b"), staging=StagingSpec(**place))

    steps = make_sampler(job(table="lake.tmp")).steps
    assert [step.getStagingTable() for step in steps] == ["lake.tmp"] * 3
    assert job(path="here").digest() == job().digest(), "it has no say in the rows"
    with pytest.raises(ConfigError, match="staging: give either path or table; both are given"):
        job(path="here", table="there")
    with pytest.raises(ConfigError, match=r"staging\.table: stagingTable must be the name of a table"):
        make_sampler(job(table="no; table"))
