"""Batch runs: find the inputs, plan the outputs, run, report."""

from cleaner.runs.loop import run
from cleaner.runs.plan import Plan, Settings, Task, make_plan
from cleaner.runs.report import RunReport
from cleaner.runs.work import Engine

__all__ = ["Engine", "Plan", "RunReport", "Settings", "Task", "make_plan", "run"]
