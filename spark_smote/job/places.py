"""Whether what is written would touch what is read."""

from __future__ import annotations

import os
import posixpath
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import unquote, urlsplit

_GLOB = set("*?[{")
_SPECIAL = re.compile(r"[]*?{}\\[]")
_ALIASES = {"s3a": "s3", "s3n": "s3", "abfss": "abfs", "wasbs": "wasb"}


@dataclass(frozen=True)
class Location:
    """A folder or file, wherever it is.

    Parameters
    ----------
    scheme, authority : str
        Empty where the path leaves them to Spark.
    path : str
        Absolute; of local files with symbolic links followed.
    """

    scheme: str
    authority: str
    path: str

    def contains(self, other: Location) -> bool:
        """Whether the other is this one, or inside it; parts that a path does not say count as equal."""
        for mine, its in ((self.scheme, other.scheme), (self.authority, other.authority)):
            if mine and its and mine != its:
                return False
        return other.path == self.path or other.path.startswith(self.path.rstrip("/") + "/")

    def matches(self, other: Location) -> bool:
        """The same, where this one may be a pattern such as ``/data/day=*``."""
        parts, its = self.path.split("/"), other.path.split("/")
        if not _GLOB & set(self.path):
            return self.contains(other)
        # Patterns of Hadoop's that Python's have not count as met.
        return len(its) >= len(parts) and all(
            "{" in part or fnmatchcase(name, part) for name, part in zip(its, parts, strict=False)
        )


def locate(path: str, uri: bool = False) -> Location:
    """Where a path is.

    Parameters
    ----------
    path : str
    uri : bool
        Whether characters are escaped, as in what ``inputFiles`` returns.

    Examples
    --------
    >>> locate("s3a://lake/a/../b/")
    Location(scheme='s3', authority='lake', path='/b')
    >>> locate("file:///tmp/a%20b", uri=True).path
    '/tmp/a b'
    """
    scheme, authority, rest = split(path)
    if uri:
        rest = unquote(rest)
    if scheme in ("", "file"):
        rest = os.path.realpath(rest)
    elif not rest.startswith("/"):
        rest = f"/{rest}"
    return Location(_ALIASES.get(scheme, scheme), authority, posixpath.normpath(rest))


def literal(path: str) -> str:
    """A path that Spark takes for no pattern, whatever stands in it.

    Examples
    --------
    >>> print(literal("/a/part[1]*.csv"))
    /a/part\\[1\\]\\*.csv
    """
    return _SPECIAL.sub(r"\\\g<0>", path)


def split(path: str) -> tuple[str, str, str]:
    """Scheme, authority and path; what a URL would take for a query or a fragment belongs to the path."""
    head = urlsplit(path.partition("?")[0].partition("#")[0])
    # One letter is a drive, and a column of a partition may hold a colon.
    if len(head.scheme) < 2 or not path.lower().startswith(f"{head.scheme}:/"):
        return "", "", path
    return head.scheme, head.netloc, path[len(head.scheme) + 1 :].removeprefix(f"//{head.netloc}")
