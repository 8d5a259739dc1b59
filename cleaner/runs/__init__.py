"""Batch runs: find the inputs, plan the outputs, run, report."""

from cleaner.runs.loop import Engine, run
from cleaner.runs.plan import Plan, Task, make_plan
from cleaner.runs.report import RunReport

__all__ = ["Engine", "Plan", "RunReport", "Task", "make_plan", "run"]
