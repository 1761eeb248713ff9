"""The session of the tests in the place of a job's own."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession


class Kept:
    """The session of these tests in the place of the job's own, which the job would stop."""

    def __init__(self, session: SparkSession) -> None:
        self.session = session
        self.stopped = False
        self.settings: dict[str, str] = {}

    def getActiveSession(self) -> None:
        """As if the job had to start one."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)

    @property
    def builder(self) -> Kept:
        return self

    def appName(self, name: str) -> Kept:
        return self

    def config(self, key: str, value: str) -> Kept:
        self.settings[key] = value
        return self

    def getOrCreate(self) -> Kept:
        return self

    def stop(self) -> None:
        self.stopped = True
