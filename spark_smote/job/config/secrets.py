"""Secrets, which no log, message or report may show."""

from __future__ import annotations

import re
from collections.abc import Mapping

HIDDEN = "***"
SHORTEST = 4
"""Shorter values from the environment are ordinary words and numbers, and stay in running text."""
LONG = 8
"""Values of this length are hidden even within a word; shorter ones may be a part of a word by chance."""

_SECRET = re.compile(r"secret|token|passw|pwd|credential|key|signature|\bsas\b|\bsig\b", re.IGNORECASE)
_URL_LOGIN = re.compile(r"(?<=://)[^\s/@]+@")
_URL_PARAMETER = re.compile(r"(?<=[?&;])([^\s=&;]*)=[^\s&;'\"]*")
# A secret setting in running text; `key=len`, `tokens=3` and the folder `token=a` of a path hold no secret.
_SETTING = re.compile(
    r"""(?<![\w./-])
    ([\w.-]*(?:passw(?:or)?d|passphrase|pwd|secret|token|credentials?|(?:access|account|api|private|secret)[._-]?key)
    (?:\s*=(?!=)\s*|["']\s*[=:]\s*))
    (?:"[^"]*"|'[^']*'|[^\s&;'"]+)""",
    re.IGNORECASE | re.VERBOSE,
)


def is_secret(name: str) -> bool:
    """Whether an option or a setting of this name holds a secret.

    Examples
    --------
    >>> is_secret("spark.hadoop.fs.s3a.secret.key"), is_secret("header")
    (True, False)
    """
    return bool(_SECRET.search(name))


def hide(text: str, expanded: Mapping[str, str]) -> str:
    """A text without secrets: logins and parameters of URLs, settings, values from the environment.

    Parameters
    ----------
    text : str
    expanded : mapping of str to str
        Values to hide, and what to show instead.

    Examples
    --------
    >>> hide("jdbc:x://ann:pw@host/db?user=ann&password=pw in /mnt/a7", {"/mnt/a7": "${ROOT}"})
    'jdbc:x://***@host/db?user=ann&password=*** in ${ROOT}'
    >>> hide("no login with user=ann, password='p w', of 3 tokens", {})
    'no login with user=ann, password=***, of 3 tokens'
    """
    told = {value: shown for value, shown in expanded.items() if shown == HIDDEN or len(value) >= SHORTEST}
    if told:
        longest_first = sorted(told, key=len, reverse=True)
        text = re.sub("|".join(map(_pattern, longest_first)), lambda found: told[found[0]], text)
    return _SETTING.sub(rf"\1{HIDDEN}", hide_in_urls(text))


def _pattern(value: str) -> str:
    """Finds a value; a short one as a word of its own only, or ``id`` would turn ``invalid`` into ``inval***``."""
    pattern = re.escape(value)
    if len(value) >= LONG:
        return pattern
    return (r"(?<!\w)" if re.match(r"\w", value) else "") + pattern + (r"(?!\w)" if re.search(r"\w\Z", value) else "")


def hide_in_urls(text: str) -> str:
    """A text without logins and secret parameters of URLs; all else, such as a condition in SQL, stays as it is.

    Examples
    --------
    >>> hide_in_urls("s3a://ann:pw@lake/in?sig=a"), hide_in_urls("password = 'a'")
    ('s3a://***@lake/in?sig=***', "password = 'a'")
    """
    text = _URL_LOGIN.sub(f"{HIDDEN}@", text)
    return _URL_PARAMETER.sub(lambda found: f"{found[1]}={HIDDEN}" if is_secret(found[1]) else found[0], text)
