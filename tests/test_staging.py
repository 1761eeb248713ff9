"""What removes staged rows, by the kind of the place; and names that are none. No Spark runs."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from spark_smote import SMOTE
from spark_smote.errors import ParameterError
from spark_smote.spark.staging import StagingPath, StagingTable, staging


@pytest.mark.parametrize("form", ["{}", "{}/", "file:{}", "file://{}"])
def test_a_local_folder_is_removed_by_python_and_its_neighbours_stay(tmp_path: Path, form: str) -> None:
    for name in ("mine", "other"):
        (tmp_path / name).mkdir()
    StagingPath(form.format(tmp_path)).remover(Any, "mine")()
    assert [one.name for one in tmp_path.iterdir()] == ["other"]


@pytest.mark.parametrize(
    ("path", "mounted"),
    [("dbfs:/Volumes/main/tmp", "/Volumes/main/tmp/mine"), ("dbfs:/tmp/", "/dbfs/tmp/mine")],
)
def test_databricks_folders_are_removed_where_they_are_mounted(path: str, mounted: str) -> None:
    assert StagingPath(path).remover(Any, "mine").args == (mounted,)  # type: ignore[attr-defined]


def test_a_store_is_reached_by_fsspec_or_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    removed: list[Any] = []
    store = SimpleNamespace(rm=lambda path, recursive: removed.append((path, recursive)))
    core = ModuleType("fsspec.core")
    core.url_to_fs = lambda url: (store, url.partition("://")[2])  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "fsspec", ModuleType("fsspec"))
    monkeypatch.setitem(sys.modules, "fsspec.core", core)
    StagingPath("s3a://lake/tmp").remover(Any, "mine")()
    assert removed == [("lake/tmp/mine", True)]
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(ParameterError, match=r"fsspec is not installed; .* or set stagingTable"):
        StagingPath("s3a://lake/tmp").remover(Any, "mine")


def test_tables_are_named_beside_the_name_given() -> None:
    dropped: list[str] = []
    session: Any = SimpleNamespace(sql=dropped.append)
    for name in ("lake.tmp.smote", "lake.`my tmp`"):
        StagingTable(name).remover(session, "mine")()
    assert dropped == ["DROP TABLE IF EXISTS lake.tmp.smote_mine", "DROP TABLE IF EXISTS lake.`my tmp_mine`"]


@pytest.mark.parametrize("table", ["", "a b", "t -- ", "a..b", "t; DROP TABLE u"])
def test_what_names_no_table_is_refused(table: str) -> None:
    with pytest.raises(ParameterError, match="stagingTable must be the name of a table"):
        SMOTE(stagingTable=table)


def test_one_place_only() -> None:
    with pytest.raises(ParameterError, match="give stagingPath or stagingTable, not both"):
        staging("here", "there")
    with pytest.raises(ParameterError, match="stagingPath must be the path of a folder"):
        SMOTE(stagingPath="")
