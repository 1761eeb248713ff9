"""Synthetic rows nearest to a row of another class, with the rows that they were made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F

from spark_smote.spark.columns import CLASS, HASH, at
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.layout import Layout

_MOST = 5
_SHOWN = 6


@dataclass(frozen=True)
class Crossing:
    """A synthetic row whose nearest real row is of another class.

    Parameters
    ----------
    label : bool, int, float or str
        Its class.
    values : mapping of str to object
        Its features.
    seed, neighbour : object
        Ids of its parents; None where they are not known.
    gap : float or None
        How far it lies from the seed to the neighbour, from 0 to 1.
    parents : sequence of mapping of str to object
        Features of the seed and of the neighbour, as far as these were found.
    """

    label: Any
    values: Mapping[str, Any]
    seed: Any = None
    neighbour: Any = None
    gap: float | None = None
    parents: Sequence[Mapping[str, Any]] = ()

    def __str__(self) -> str:
        text = f"class {self.label}: {_told(self.values)}"
        if self.seed is None:
            return text
        ends = [str(self.seed), str(self.neighbour)]
        if len(self.parents) == 2:
            ends = [f"{end} ({_told(values)})" for end, values in zip(ends, self.parents, strict=True)]
        way = "" if self.gap is None else f"{self.gap:.2f} of the way "
        return f"{text}; {way}from {ends[0]} to {ends[1]}"


def crossings(
    real: InputRows,
    synthetic: InputRows,
    hashes: Mapping[int, Sequence[int]],
    provenance: str | None,
    identity: str | None,
) -> tuple[Crossing, ...]:
    """Some synthetic rows by their content hashes, and their parents: two small jobs.

    Parameters
    ----------
    real, synthetic : InputRows
    hashes : mapping of class to sequence of int
        Content hashes of rows of each class.
    provenance, identity : str, optional
        Names of the columns of provenance and of ids; without them, the parents are not known.
    """
    wanted = [(number, own) for number, several in hashes.items() for own in several][:_MOST]
    if not wanted:
        return ()
    layout = synthetic.layout
    rows = synthetic.keyed().filter(F.col(HASH).isin([own for _, own in wanted])).groupBy(CLASS, HASH)
    # Rows of one hash have the same features.
    same = [F.first(column).alias(f"feature{place}") for place, column in _features(layout).items()]
    origin = F.lit(None) if provenance is None else F.min(at(_place(layout, provenance)))
    found = {(row[CLASS], row[HASH]): row for row in rows.agg(*same, origin.alias("origin")).collect()}
    chosen = [found[key] for key in wanted if key in found]
    known = _rows_by_id(real, {end for row in chosen for end in tuple(row["origin"] or ())[:2]}, identity)
    made = []
    for row in chosen:
        seed, neighbour, gap = row["origin"] or (None, None, None)
        parents = [known[end] for end in (seed, neighbour) if end in known]
        made.append(Crossing(synthetic.labels[row[CLASS]], _values(row, layout), seed, neighbour, gap, parents))
    return tuple(made)


def _rows_by_id(real: InputRows, ids: set[Any], identity: str | None) -> dict[Any, dict[str, Any]]:
    wanted = sorted((one for one in ids if one is not None), key=str)
    if identity is None or not wanted:
        return {}
    layout = real.layout
    key = at(_place(layout, identity))
    columns = [column.alias(f"feature{place}") for place, column in _features(layout).items()]
    rows = real.frame.filter(key.isin(wanted)).select(key.alias("id"), *columns).collect()
    return {row["id"]: _values(row, layout) for row in rows}


def _place(layout: Layout, name: str) -> int:
    return [field.name for field in layout.schema.fields].index(name)


def _features(layout: Layout) -> dict[int, Column]:
    return {place: at(place) for place in layout.features.places}


def _values(row: Any, layout: Layout) -> dict[str, Any]:
    return {layout.schema[place].name: row[f"feature{place}"] for place in layout.features.places}


def _told(values: Mapping[str, Any]) -> str:
    shown = [
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {str(value)[:40]}"
        for name, value in list(values.items())[:_SHOWN]
    ]
    return ", ".join([*shown, "..."] if len(values) > _SHOWN else shown)
