"""Frames that are read several times: staged where the user names a place, or else cached where the session can.

This is the one place that knows whether a session keeps frames. Nothing needs them kept: where a session cannot, as on
serverless platforms, the same rows come by reading again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from weakref import WeakKeyDictionary

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote.errors import ParameterError
from spark_smote.spark.staging import Staged, Staging, check_staging

_answers: WeakKeyDictionary[SparkSession, dict[str, bool]] = WeakKeyDictionary()


def can_cache(session: SparkSession) -> bool:
    """Whether the session caches frames; asked once, without a job."""

    def caches(probe: DataFrame) -> bool:
        kept = probe.persist()
        try:
            return is_cached(kept)
        finally:
            kept.unpersist()

    return _answer(session, "cache", caches)


def can_checkpoint(session: SparkSession) -> bool:
    """Whether the session takes local checkpoints; asked once, without a job."""
    return _answer(session, "checkpoint", lambda probe: bool(probe.localCheckpoint(eager=False).columns))


def is_cached(frame: DataFrame) -> bool:
    """Whether somebody has cached the frame, in a session that can."""
    level = frame.storageLevel
    return level.useMemory or level.useDisk


def checkpointed(frame: DataFrame) -> DataFrame | None:
    """The rows as they are now, for as long as anything refers to them; None where somebody has cached them already.

    Not by ``persist``: somebody would have to say when it is over, and only Spark knows when a lazy result is.

    Raises
    ------
    ParameterError
        The session takes no checkpoint.
    """
    if can_cache(frame.sparkSession) and is_cached(frame):
        return None
    if not can_checkpoint(frame.sparkSession):
        raise ParameterError(
            "persistInput=True: this platform keeps no frames (it refuses localCheckpoint); name a place for a copy of "
            "the rows: stagingTable, a table that may be made and dropped, or stagingPath, a folder"
        )
    return frame.localCheckpoint()


@contextmanager
def cached(frame: DataFrame, place: Staging | None = None) -> Iterator[DataFrame]:
    """Keeps the frame within the context: in the place named, or else cached, where the session can.

    A frame that is cached already is left cached.
    """
    if place is not None:
        staged = Staged(frame, place)
        try:
            yield staged.frame
        finally:
            staged.remove()
    elif not can_cache(frame.sparkSession) or is_cached(frame):
        yield frame
    else:
        kept = frame.persist()
        try:
            yield kept
        finally:
            kept.unpersist()


class FrameCache(ExitStack):
    """Keeps frames until its context ends, as :func:`cached` does, and some for longer.

    Parameters
    ----------
    session : SparkSession
    place : Staging, optional
        Where to stage frames, instead of caching them.

    Attributes
    ----------
    lasting : ExitStack
        Removes the frames that are staged for longer; if it is still theirs when the context ends, they are removed.
    reads : int
        Reads of kept frames after their first, as far as they are counted: what it costs not to keep them.

    Raises
    ------
    ParameterError
        The place cannot be used.
    """

    def __init__(self, session: SparkSession, place: Staging | None = None) -> None:
        super().__init__()
        if place is not None:
            check_staging(session, place)
        self.session, self.place, self.reads = session, place, 0
        self.lasting = self.enter_context(ExitStack())

    @property
    def keeps(self) -> bool:
        """Whether frames are kept, or else read again."""
        return self.place is not None or can_cache(self.session)

    def keep(self, frame: DataFrame) -> DataFrame:
        """The frame, kept until the context ends."""
        return self.enter_context(cached(frame, self.place))

    def keep_longer(self, frame: DataFrame) -> DataFrame:
        """The frame, staged until ``lasting`` is closed; as it is where no staging place is named."""
        if self.place is None:
            return frame
        staged = Staged(frame, self.place)
        self.lasting.callback(staged.remove)
        return staged.frame


def _answer(session: SparkSession, question: str, works: Callable[[DataFrame], bool]) -> bool:
    """Whether something works on a tiny frame; whatever error it raises means that it does not."""
    known = _answers.setdefault(session, {})
    if question not in known:
        # A frame that nobody else has cached.
        probe = session.range(0, 1, 1, 1).select(F.lit("spark_smote").alias("probe"))
        try:
            known[question] = works(probe)
        except Exception:
            known[question] = False
    return known[question]
