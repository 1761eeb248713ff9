"""Places of files, compared whatever the spelling of their paths."""

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
    """A folder or a file in any file system.

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
        """Whether the other is this one, or inside it; a missing scheme or authority counts as equal."""
        for mine, its in ((self.scheme, other.scheme), (self.authority, other.authority)):
            if mine and its and mine != its:
                return False
        return other.path == self.path or other.path.startswith(self.path.rstrip("/") + "/")

    def matches(self, other: Location) -> bool:
        """As :meth:`contains`, for a place that may be a pattern such as ``/data/day=*``."""
        parts, its = self.path.split("/"), other.path.split("/")
        if not _GLOB & set(self.path):
            return self.contains(other)
        # Alternatives in braces, which Python's patterns lack, count as matched.
        return len(its) >= len(parts) and all(
            "{" in part or fnmatchcase(name, part) for name, part in zip(its, parts, strict=False)
        )


def locate(path: str, uri: bool = False) -> Location:
    """The location of a path.

    Parameters
    ----------
    path : str
    uri : bool
        Whether characters are escaped, as in the result of ``inputFiles``.

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
    """A path escaped so that Spark does not take it for a pattern.

    Examples
    --------
    >>> print(literal("/a/part[1]*.csv"))
    /a/part\\[1\\]\\*.csv
    """
    return _SPECIAL.sub(r"\\\g<0>", path)


def split(path: str) -> tuple[str, str, str]:
    """Scheme, authority and path; the query or fragment of a URL belongs to the path."""
    head = urlsplit(path.partition("?")[0].partition("#")[0])
    # A scheme of one letter is a drive, and the value of a partition may hold a colon.
    if len(head.scheme) < 2 or not path.lower().startswith(f"{head.scheme}:/"):
        return "", "", path
    return head.scheme, head.netloc, path[len(head.scheme) + 1 :].removeprefix(f"//{head.netloc}")
