"""What the docstrings and the signatures of all samplers share, written once."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from typing import Any

# In the order in which they are documented; {} is the sampler's own default.
_SHARED = {
    "inputCols": """\
inputCols : list of str, optional
    Feature columns: any mix of byte, short, int, long, float, double, decimal, boolean, date and timestamp. Dates
    count as days, timestamps as seconds, booleans as 0 and 1. Synthetic values return in the column's own type,
    rounded to the nearest and clipped to its range. Distances are in double precision; values that a double does not
    hold, such as longs beyond 2^53, are interpolated from the seed in their own arithmetic.""",
    "featuresCol": """\
featuresCol : str, default {}
    One vector, array<float> or array<double> column, where ``inputCols`` is not given. Synthetic vectors are dense.""",
    "categoricalCols": """\
categoricalCols : list of str
    Categorical columns: any mix of string, boolean and whole numbers, be they of type double as StringIndexer gives
    them. Null is a category of its own. Synthetic values are copied from real rows, so none is new, whatever the number
    of categories.""",
    "labelCol": """\
labelCol : str, default {}
    Integer, double, string or boolean.""",
    "samplingStrategy": """\
samplingStrategy : float, str, dict or callable, default {}
    A float (two classes only) is the wanted ratio of minority to majority rows; 'auto' and 'not majority' bring all
    classes up to the largest, 'minority' only the smallest, 'not minority' all but the smallest, 'all' every class;
    a dict gives the total rows of each class named; a callable is given the counts and returns such a dict.""",
    "kNeighbors": """\
kNeighbors : int, default {}
    Number of nearest neighbours of the same class to draw from.""",
    "nNeighbors": """\
nNeighbors : int, default {}
    Number of nearest rows, whatever their class, that are asked. Of equally near rows those with the smaller content
    hash count as nearer, and of rows with equal features those of the row's own class.""",
    "kindSel": """\
kindSel : {{'all', 'mode'}}, default {}
    'all' keeps a row if all of its nearest are of its class, 'mode' if its class is the most frequent among them, of
    equally frequent ones the first in sorted order.""",
    "allowEmptyClasses": """\
allowEmptyClasses : bool, default {}
    Whether a class may lose its last row; an error otherwise.""",
    "mNeighbors": """\
mNeighbors : int, default {}
    Number of nearest rows, whatever their class, that tell how a row is surrounded.""",
    "shrinkK": """\
shrinkK : bool, default {}
    Whether a class with fewer rows than the neighbours to draw from need uses what there is (2 rows at least) rather
    than fail.""",
    "neighborSearch": """\
neighborSearch : {{'auto', 'exact', 'lsh'}}, default {}
    Exact search compares each row with its whole class and suits classes up to about 50,000 rows; LSH search
    compares it with the rows of its cell, see ``recallTarget``. 'auto' decides for each class.""",
    "recallTarget": """\
recallTarget : float, default {}
    Share of the true nearest neighbours that LSH search shall find, on (0, 1]. :meth:`plan` tells what it measured.""",
    "standardization": """\
standardization : bool, default {}
    Whether distance is measured in units of each feature's standard deviation over all rows.""",
    "seed": """\
seed : int, default {}
    Same data and same seed give the same synthetic rows, whatever the partitions, their order, or retries.""",
    "handleInvalid": """\
handleInvalid : {{'error', 'skip'}}, default {}
    What to do with rows with a null, NaN or infinite feature or a null label: fail, naming them, or pass them
    through without a part in the resampling. They count as rows of their class.""",
    "persistInput": """\
persistInput : bool, default {}
    Whether to take the input's rows as they are now, by Spark's local checkpoint (memory, then disk), and to read these
    only: for an input that may change, or would be another when read again. They are kept as long as the plan, the
    result or anything made of it is in use; if an executor is lost with its part of them, the job fails. Without it,
    an input that is found changed is an error, see ``docs/design.md``.""",
    "inheritCols": """\
inheritCols : list of str, default {}
    Columns that a synthetic row copies from its seed. Others that are not features are null in synthetic rows;
    those that cannot be null must be listed.""",
    "syntheticCol": """\
syntheticCol : str, optional
    Name of a boolean column to add, true for synthetic rows.""",
    "provenanceCol": """\
provenanceCol : str, optional
    Name of a struct column to add with the ids of the seed and the neighbour, and the gap; needs ``idCol``.""",
    "idCol": """\
idCol : str, optional
    Column that identifies a row.""",
    "bucketLength": """\
bucketLength : float, optional
    For experts: LSH bucket length in units of distance, derived from the data where not set.""",
    "numHashTables": """\
numHashTables : int, optional
    For experts: number of LSH functions, derived from the number of features where not set.""",
    "cellRows": """\
cellRows : int, optional
    For experts: rows that an LSH cell should have, derived from the number of rows where not set.""",
}
_SECTION = re.compile(r"^Parameters\n-+\n", re.MULTILINE)


def complete(
    docstring: str, params: Iterable[str], defaults: Mapping[str, Any], texts: Mapping[str, str] | None = None
) -> str:
    """A sampler's docstring with the shared parameters after its own, and what all samplers raise.

    Parameters
    ----------
    docstring : str
        With a section for the parameters, if only an empty one.
    params : iterable of str
        All that the sampler takes.
    defaults : mapping of str to object
    texts : mapping of str to str, optional
        Of shared parameters that this kind of sampler takes in another sense.

    Examples
    --------
    >>> whole = complete("Be.\\n\\nParameters\\n----------\\n\\nReferences", ["seed"], {"seed": 3})
    >>> print(whole.partition(", whatever")[0])
    Be.
    <BLANKLINE>
    Parameters
    ----------
    seed : int, default 3
        Same data and same seed give the same synthetic rows
    """
    text = inspect.cleandoc(docstring)
    found = _SECTION.search(text)
    if found is None:
        return text
    head, rest = text[: found.end()], text[found.end() :]
    own, _, after = rest.partition("\n\n") if rest[:1] != "\n" else ("", "", rest.lstrip("\n"))
    names = set(params)
    shared = [
        entry.format(repr(defaults.get(name)))
        for name, entry in {**_SHARED, **(texts or {})}.items()
        if name in names and f"\n{name} : " not in f"\n{own}"
    ]
    entries = "\n".join([*([own] if own else []), *shared])
    return f"{head}{entries}\n\n{_RAISES}\n\n{after}"


def signature(params: Iterable[str]) -> inspect.Signature:
    """Keywords only, None standing for the default."""
    order = {name: place for place, name in enumerate(_SHARED)}
    names = sorted(params, key=lambda name: (order.get(name, -1), name))
    keyword = inspect.Parameter.KEYWORD_ONLY
    return inspect.Signature([inspect.Parameter(name, keyword, default=None) for name in names])


_RAISES = """\
Raises
------
ParameterError
    For values that are wrong whatever the data."""
