"""From samples to figures: medians of ratios that were taken in the same round, and verdicts.

Pure: numbers in, numbers and words out.
"""

from dataclasses import dataclass, replace
from statistics import median

CONTROL_MAX = 0.05  # how far the same server started twice may lie from itself
LOST_MAX = 0.01  # log lines a request that may be lost: what is not written costs nothing

MET, MISSED, NO_VERDICT = "met", "**missed**", "no verdict"


@dataclass(frozen=True)
class Spread:
    """A median with the smallest and the largest value."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(values):
        values = list(values)
        return Spread(median(values), min(values), max(values))

    def text(self, form):
        return f"{self.median:{form}} ({self.low:{form}}-{self.high:{form}})"


def spread(rounds, name, field):
    return Spread.of(getattr(samples[name], field) for samples in rounds)


def ratio(rounds, name, other, field):
    """name / other, within each round."""
    return Spread.of(
        getattr(samples[name], field) / getattr(samples[other], field) for samples in rounds
    )


def is_steady(control):
    """Whether the machine was quiet enough for this control to mean something."""
    return abs(control.median - 1) <= CONTROL_MAX


def judge_ratio(value, limit, control, at_least=False):
    """A ratio against its bar, if the control tells that ratios mean something here."""
    if not is_steady(control):
        return NO_VERDICT
    met = value.median >= limit if at_least else value.median <= limit
    return MET if met else MISSED


def judge_twice(first, second, limit):
    """An absolute value against its bar: both of the servers that are the same must agree."""
    if first <= limit and second <= limit:
        return MET
    if first > limit and second > limit:
        return MISSED
    return NO_VERDICT


@dataclass(frozen=True)
class Bar:
    """One line of the summary."""

    what: str
    bar: str
    found: str
    control: str
    verdict: str


def ratio_bar(what, value, limit, control, at_least=False, form=".3f"):
    sign = ">=" if at_least else "<="
    return Bar(
        what,
        f"{sign} {limit:g}",
        value.text(form),
        control.text(".3f"),
        judge_ratio(value, limit, control, at_least),
    )


def without_verdict(bar):
    return replace(bar, verdict=NO_VERDICT)


def absolute_bar(what, first, second, limit, unit, form=".1f"):
    return Bar(
        what,
        f"<= {limit:g} {unit}",
        f"{first.text(form)} {unit}",
        f"again {second.median:{form}} {unit}",
        judge_twice(first.median, second.median, limit),
    )


def table(head, rows):
    """A table in Markdown; the first column is text, the others are figures."""
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)
