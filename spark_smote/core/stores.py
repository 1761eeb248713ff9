"""Files in one piece: on this machine, and by fsspec in stores such as S3."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from spark_smote.errors import MissingExtraError, PlanError

_URL = re.compile(r"(?P<scheme>[A-Za-z][\w+.-]+):(?P<slashes>/+)")
"""A scheme of one letter is a drive."""


def write_bytes(path: str, content: bytes, overwrite: bool) -> None:
    """Write a file whose parts nobody sees: under another name first or, in a store, as one object.

    Raises
    ------
    PlanError
        The file exists and is not to be overwritten, or cannot be written.
    MissingExtraError
        The path needs fsspec, or a library that fsspec needs for it.
    """
    store, place = _located(path)
    try:
        if not overwrite and (store.exists(place) if store else os.path.exists(place)):
            raise PlanError(f"{path} exists; name another file, or set overwrite=True")
        if store:
            store.pipe_file(place, content)
            return
        file = Path(place)
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f".{file.name}.{os.getpid()}.part")
        try:
            part.write_bytes(content)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise PlanError(f"{path} cannot be written: {error.strerror or error}") from error


def read_bytes(path: str) -> bytes:
    """Read a file.

    Raises
    ------
    PlanError
        It cannot be read.
    MissingExtraError
        As :func:`write_bytes`.
    """
    store, place = _located(path)
    try:
        return bytes(store.cat_file(place)) if store else Path(place).read_bytes()
    except OSError as error:
        raise PlanError(f"{path} cannot be read: {error.strerror or error}") from error


def _located(path: str) -> tuple[Any, str]:
    """The file system of fsspec, None for this machine's own, and the path in it."""
    found = _URL.match(path)
    if not found or found["scheme"] == "file":
        return None, f"/{path[found.end() :]}" if found else path
    try:
        from fsspec.core import url_to_fs

        if found["slashes"] == "/":
            # fsspec would take it for a file of this machine.
            raise ValueError("no // after the scheme")
        store, place = url_to_fs(path)
    except (ImportError, ValueError) as error:
        raise MissingExtraError(
            f"{path}: {found['scheme']}:// needs fsspec and its library for the store, such as s3fs, gcsfs or adlfs "
            f"({error}); pip install them, or give a path of this machine or of a mount: /Volumes/... or /dbfs/..."
        ) from error
    return store, place
