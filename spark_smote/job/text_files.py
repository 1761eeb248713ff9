"""Reports as files, on this machine or in a store that Arrow reaches."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Fault = Callable[[str], Exception]
"""Makes the error to raise of a problem."""


def check_writable(path: str, fault: Fault) -> None:
    """Refuse a path that cannot be written, before any work is done."""
    if _is_remote(path):
        try:
            _store(path)
        except Exception as error:
            raise fault(f"{path} cannot be reached: {error}") from error
        return
    file = _local(path)
    if file.is_dir():
        raise fault(f"{path} is a folder; name a file in it")
    nearest = next(parent for parent in file.absolute().parents if parent.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise fault(f"{nearest} cannot be written to")


def write_text(path: str, text: str) -> None:
    """Write a file; a local one changes in one step."""
    if _is_remote(path):
        store, name = _store(path)
        with store.open_output_stream(name) as stream:
            stream.write(text.encode())
        return
    file = _local(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(file)


def read_text(path: str, fault: Fault) -> str:
    """Read a file."""
    try:
        if _is_remote(path):
            store, name = _store(path)
            with store.open_input_stream(name) as stream:
                return bytes(stream.read()).decode()
        return _local(path).read_text(encoding="utf-8")
    except OSError as error:
        raise fault(f"{path} cannot be read: {error.strerror or error}") from error


def _is_remote(path: str) -> bool:
    return len(urlsplit(path).scheme) > 1 and not path.startswith("file:")


def _local(path: str) -> Path:
    return Path(urlsplit(path).path if path.startswith("file:") else path)


def _store(path: str) -> tuple[Any, str]:
    from pyarrow import fs

    store, name = fs.FileSystem.from_uri(path.replace("s3a://", "s3://", 1))
    return store, name
