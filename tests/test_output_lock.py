"""A folder is written beside the output and swapped in, by one job at a time."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import Any

import pytest

from spark_smote.errors import WriteError
from spark_smote.job import lock, swap


@pytest.mark.parametrize("exchanging", [True, False])
def test_a_swap_and_the_files_of_a_dead_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchanging: bool) -> None:
    if not exchanging:
        monkeypatch.setattr(swap, "_exchange", lambda one, other: False)
    target = tmp_path / "deep" / "out"
    with swap.beside(target) as place:
        place.new.mkdir()
        (place.new / "part").write_text("1")
        place.publish(replace=True)
    with swap.beside(target) as place:
        with pytest.raises(WriteError, match="another job is writing"), swap.beside(target):
            pass
        place.new.mkdir()
        (place.new / "part").write_text("2")
        place.publish(replace=True)
    assert (target / "part").read_text() == "2"
    assert [each.name for each in target.parent.iterdir()] == ["out"]
    # A job died between the two renamings.
    home = swap.Beside(target).home
    (home / "new").mkdir(parents=True)
    target.rename(home / "old")
    with swap.beside(target) as place:
        assert (target / "part").read_text() == "2"
        assert not place.new.exists()


def test_a_folder_made_in_between_is_removed(tmp_path: Path) -> None:
    with swap.beside(tmp_path / "a" / "b" / "out"):
        pass
    assert not list(tmp_path.iterdir())


def write(place: swap.Beside, text: str) -> None:
    place.new.mkdir()
    (place.new / "part").write_text(text)


def test_a_lock_on_a_removed_folder_is_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ends between B's opening and locking of the file, and C begins: B must not clear the files of C."""
    target = tmp_path / "out"
    first, third = swap.beside(target), swap.beside(target)
    first.__enter__()
    flock = fcntl.flock

    def late(*given: Any) -> None:
        monkeypatch.setattr(fcntl, "flock", flock)
        first.__exit__(None, None, None)
        write(third.__enter__(), "C")
        flock(*given)

    monkeypatch.setattr(fcntl, "flock", late)
    with pytest.raises(WriteError, match="another job is writing"), swap.beside(target):
        pass
    assert (swap.Beside(target).new / "part").read_text() == "C"
    third.__exit__(None, None, None)
    assert not list(tmp_path.iterdir())


def no_locks(*given: Any) -> None:
    raise OSError(95, "Operation not supported")


def test_a_job_on_another_machine_is_detected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock of another machine may be invisible here, but its name and the time of the file are visible."""
    target = tmp_path / "out"
    with swap.beside(target) as theirs:
        write(theirs, "theirs")
        file = swap.Beside(target).home / lock.NAME
        monkeypatch.setattr(lock, "_machine", lambda: "here")
        monkeypatch.setattr(fcntl, "flock", lambda *given: None)
        with (
            pytest.raises(WriteError, match=rf"process {os.getpid()} on \S+, \d s ago; wait for it"),
            swap.beside(target),
        ):
            pass
        assert (theirs.new / "part").exists()
        os.utime(file, (1, file.stat().st_mtime - lock.STALE - 1))
        with swap.beside(target) as ours:
            assert not theirs.new.exists(), "a job that has not renewed its lock is dead"
            write(ours, "ours")
            with pytest.raises(WriteError, match="a job on another machine has taken over"):
                theirs.publish(replace=True)
            theirs.remove()
            ours.publish(replace=True)
    assert (target / "part").read_text() == "ours"
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_a_lock_is_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "REFRESH", 0.01)
    with lock.locked(tmp_path, tmp_path) as held:
        os.utime(held.file, (1, 1))
        for _ in range(500):
            if held.file.stat().st_mtime > 1:
                break
            time.sleep(0.01)
        assert held.file.stat().st_mtime > 1


def test_a_file_system_without_locks_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcntl, "flock", no_locks)
    with swap.beside(tmp_path / "out") as place:
        assert place.lock is not None and place.lock.fault == "Operation not supported"
        with pytest.raises(WriteError, match="another job is writing"), swap.beside(tmp_path / "out"):
            pass


def test_an_output_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with swap.beside(target) as place:
        write(place, "ours")
        target.mkdir()
        (target / "part").write_text("theirs")
        with pytest.raises(WriteError, match="was made by somebody else while the job ran"):
            place.publish(replace=False)
    assert (target / "part").read_text() == "theirs"
