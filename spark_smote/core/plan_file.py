"""The file of a saved plan: a zip with ``plan.json`` and one ``.npy`` file an array, read and written in one piece."""

from __future__ import annotations

import json
import zlib
from importlib import import_module
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import numpy as np

from spark_smote.core.coding import decode, encode
from spark_smote.errors import PlanError

FORMAT = 1
"""One more for each release whose plans the one before would misread."""
_VERSION = import_module(__name__.partition(".")[0]).__version__
_TEXT, _ARRAY = "plan.json", ".npy"
_MOST_BYTES = 1 << 32
"""Of all content: a file that unpacks to more is no plan."""
_BROKEN = (BadZipFile, zlib.error, EOFError, LookupError, MemoryError, RuntimeError, TypeError, ValueError)


def packed(plan: Any) -> bytes:
    """The content of the file.

    Raises
    ------
    PlanError
        The plan holds what is no data.
    """
    data, arrays = encode(plan)
    text = json.dumps({"format": FORMAT, "spark_smote": _VERSION, "plan": data}, indent=1, allow_nan=False)
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        archive.writestr(_TEXT, text)
        for name, array in arrays.items():
            with archive.open(f"{name}{_ARRAY}", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, array, allow_pickle=False)
    return buffer.getvalue()


def unpacked(content: bytes, path: str) -> Any:
    """The plan in a file; ``path`` names it in messages.

    Raises
    ------
    PlanError
        The file is broken, or of a version that this one cannot load.
    """
    version = "another program"
    try:
        with ZipFile(BytesIO(content)) as archive:
            if sum(one.file_size for one in archive.infolist()) > _MOST_BYTES:
                raise PlanError(f"it unpacks to more than {_MOST_BYTES >> 30} GiB")
            head = json.loads(archive.read(_TEXT))
            version = f"spark_smote {head['spark_smote']}"
            if head["format"] != FORMAT:
                raise PlanError(f"its format is {head['format']}, not {FORMAT}")
            arrays = {
                name.removesuffix(_ARRAY): np.lib.format.read_array(BytesIO(archive.read(name)), allow_pickle=False)
                for name in archive.namelist()
                if name.endswith(_ARRAY)
            }
        return decode(head["plan"], arrays)
    except _BROKEN as error:
        why = error.message if isinstance(error, PlanError) else error
        raise PlanError(
            f"{path}, written by {version}, is no plan for spark_smote {_VERSION}: {why}; plan again and save the plan"
        ) from error
