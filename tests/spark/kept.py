"""A job uses the session of the tests."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession


class Kept:
    """The session of the tests, protected from a job that would stop its own session."""

    def __init__(self, session: SparkSession) -> None:
        self.session = session
        self.stopped = False
        self.settings: dict[str, str] = {}

    def getActiveSession(self) -> None:
        """No session, as if the job had to start one."""

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
