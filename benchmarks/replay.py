"""A recorded log as stages of tasks, and a list scheduler that runs them on another cluster; nothing here needs Spark.

Stages keep the order of the log: each waits for all stages that had ended before it was submitted there, and then for
the driver, as long as it did in the log.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

SCAN, CELLS, FIXED = "scan", "cells", "fixed"
# Fewer records or bytes are bookkeeping: markers, counts of classes, checks.
_LEAST_RECORDS = 1_000
_LEAST_SHUFFLED = 1 << 20


@dataclass(frozen=True)
class Task:
    """Seconds from launch to end, of which ``base`` do not depend on rows; ``kind`` says how a task grows."""

    kind: str
    seconds: float
    base: float = 0.0
    shuffled: float = 0.0
    result: float = 0.0


@dataclass(frozen=True)
class Stage:
    """Stages of these numbers come ``before``; the driver then takes ``gap`` seconds. ``step`` is the sampler's."""

    name: str
    step: str
    before: tuple[int, ...]
    gap: float
    tasks: tuple[Task, ...]

    @property
    def results(self) -> float:
        """Bytes that the driver collects."""
        return sum(task.result for task in self.tasks)


@dataclass(frozen=True)
class Recorded:
    """A run: its stages in the order of their submission, and the driver's seconds after the last of them."""

    about: dict[str, Any]
    stages: tuple[Stage, ...]
    tail: float

    @property
    def seconds(self) -> float:
        return float(self.about["end"] - self.about["start"]) / 1000


@dataclass(frozen=True)
class Machines:
    """Executors, their cores, bytes/s of each executor's network, and tasks/s that the driver launches."""

    executors: int
    cores: int = 1
    network: float = 500e6
    launches: float = 1000.0

    @property
    def slots(self) -> int:
        return self.executors * self.cores

    def transfer(self, shuffled: float) -> float:
        """Seconds to fetch a task's share of other executors, when all cores of its executor fetch."""
        return shuffled * (self.executors - 1) / self.executors / (self.network / self.cores)


@dataclass(frozen=True)
class Outcome:
    """Seconds in all, a core's mean seconds of work and of fetching, the driver's by step, and spans of stages."""

    seconds: float
    work: float
    fetch: float
    driver: dict[str, float]
    spans: tuple[tuple[float, float], ...]

    @property
    def idle(self) -> float:
        """Seconds in which stages run, but the mean core waits for the last tasks."""
        return max(0.0, self.seconds - self.work - self.fetch - sum(self.driver.values()))


def parse(lines: Iterable[str]) -> Recorded:
    """Reads a recorded log; without the line about the run, the whole event log is the run."""
    events = [json.loads(line) for line in lines]
    about = events.pop(0) if "Event" not in events[0] else {}
    ended = [event["Stage Info"] for event in events if event["Event"] == "SparkListenerStageCompleted"]
    start = about.get("start", min(stage["Submission Time"] for stage in ended))
    end = about.get("end", max(stage["Completion Time"] for stage in ended))
    about = {"executors": 1, "cores": 1, **about, "start": start, "end": end}
    infos = sorted((stage for stage in ended if stage["Submission Time"] >= start), key=lambda one: one["Stage ID"])
    infos.sort(key=lambda one: one["Submission Time"])
    ends = [info["Completion Time"] for info in infos]
    steps = list(_steps(about))
    stages = []
    for info in infos:
        submitted = info["Submission Time"]
        before = tuple(number for number, ended_at in enumerate(ends) if ended_at <= submitted)
        gap = (submitted - max((ends[number] for number in before), default=start)) / 1000
        step = next((name for name, until in steps if submitted <= until), "write")
        stages.append(Stage(info["Stage Name"], step, before, gap, _tasks(events, info)))
    least = min(task.seconds for stage in stages for task in stage.tasks)
    stages = [
        Stage(
            *(one.name, one.step, one.before, one.gap),
            tuple(Task(task.kind, task.seconds, least, task.shuffled, task.result) for task in one.tasks),
        )
        for one in stages
    ]
    return Recorded(about, tuple(stages), (end - max(ends)) / 1000)


def _steps(about: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """Steps of the run, and the times until which they lasted; the steps end with the run."""
    stages, parts = about.get("stages", {}), about.get("plan_stages", {})
    until = about["end"] - 1000 * sum(stages.values())
    for name, seconds in stages.items():
        inner = until
        for part, its in parts.items() if name == "plan" else ():
            inner += 1000 * its
            yield part, inner
        until += 1000 * seconds
        yield name, until


def _tasks(events: Sequence[dict[str, Any]], info: dict[str, Any]) -> tuple[Task, ...]:
    ended = [
        event
        for event in events
        if event["Event"] == "SparkListenerTaskEnd"
        and (event["Stage ID"], event["Stage Attempt ID"]) == (info["Stage ID"], info["Stage Attempt ID"])
        and event["Task End Reason"]["Reason"] == "Success"
    ]
    ended.sort(key=lambda event: event["Task Info"]["Index"])
    shuffled = [_shuffled(event["Task Metrics"]) for event in ended]
    big = sum(shuffled) >= _LEAST_SHUFFLED
    tasks = []
    for event, size in zip(ended, shuffled, strict=True):
        times, metrics = event["Task Info"], event["Task Metrics"]
        scans = metrics["Input Metrics"]["Records Read"] >= _LEAST_RECORDS
        # An empty partition of a shuffle is one that no cell was sent to.
        kind = SCAN if scans else CELLS if big and not metrics["Input Metrics"]["Records Read"] else FIXED
        seconds = (times["Finish Time"] - times["Launch Time"]) / 1000
        tasks.append(Task(kind, seconds, 0.0, size, metrics["Result Size"]))
    return tuple(tasks)


def _shuffled(metrics: dict[str, Any]) -> float:
    read = metrics["Shuffle Read Metrics"]
    return float(read["Remote Bytes Read"] + read["Local Bytes Read"])


def schedule(run: Recorded, machines: Machines) -> Outcome:
    """Runs the tasks of each stage, in order, each on the core that is free first."""
    # A core is one of equals: an executor matters only by its network, which all its cores share.
    free = [0.0] * machines.slots
    spans: list[tuple[float, float]] = []
    driver: dict[str, float] = {}
    work = fetch = busy_until = 0.0
    for stage in run.stages:
        ready = max((spans[number][1] for number in stage.before), default=0.0) + stage.gap
        if ready > busy_until:
            driver[stage.step] = driver.get(stage.step, 0.0) + ready - busy_until
        end = ready
        for number, task in enumerate(stage.tasks):
            begin = max(heapq.heappop(free), ready + number / machines.launches)
            fetching = machines.transfer(task.shuffled)
            work, fetch = work + task.seconds, fetch + fetching
            heapq.heappush(free, begin + task.seconds + fetching)
            end = max(end, begin + task.seconds + fetching)
        spans.append((ready, end))
        busy_until = max(busy_until, end)
    driver["end"] = run.tail
    return Outcome(busy_until + run.tail, work / machines.slots, fetch / machines.slots, driver, tuple(spans))
