"""The account of a test: what each call was told, what ran, and what the gateways counted."""

import itertools
from collections import Counter

CAUSES = ("ok", "function_error", "timeout", "throttled", "never_started", "unknown", "too_large", "refused", "abandoned")
TOLD = {"not-started": ("throttled", "never_started", "refused"), "unknown": ("unknown", "timeout")}


class Call:
    """One request, and all that its caller learnt."""

    def __init__(self, id, gateway):
        self.id, self.gateway = id, gateway
        self.answers = []
        self.lost = None  # the connection ended before an answer: how
        self.left = False  # the caller did not wait

    def __repr__(self):
        told = [f"{a.status} {a.header('x-lambdagate-outcome') or ''} {a.body[:80]!r}" for a in self.answers]
        return f"{self.id} at gateway {self.gateway}: {', '.join(told) or self.lost or ('left' if self.left else 'no answer')}"


class Ledger:
    def __init__(self, book):
        self.book = book  # the file in which each execution is a line "ID PID"
        self.calls = {}
        self.numbers = itertools.count(1)

    def begin(self, gateway):
        id = f"{self.book.stem}-{next(self.numbers)}"
        call = self.calls[id] = Call(id, gateway)
        return call

    def runs(self):
        """id -> the processes that ran it."""
        found = {}
        if self.book.exists():
            for line in self.book.read_text().splitlines():
                id, pid = line.split(" ")
                found.setdefault(id, []).append(int(pid))
        return found

    def counts(self):
        """What callers were told, in numbers."""
        return Counter(self._told(call) for call in list(self.calls.values()))

    @staticmethod
    def _told(call):
        if not call.answers:
            return "left" if call.left else "cut"
        answer = call.answers[0]
        return answer.header("x-lambdagate-outcome") or str(answer.status)

    def faults(self, killed=()):
        """All that must never be, one text each. `killed`: gateways whose callers may be cut off."""
        runs = self.runs()
        found = [f"{id}: ran {pids}, and nobody sent it" for id, pids in runs.items() if id not in self.calls]
        for call in list(self.calls.values()):
            found += [f"{call!r}: {why}; ran in {runs.get(call.id, [])}"
                      for why in self._judge(call, len(runs.get(call.id, [])), killed)]
        return found

    def _judge(self, call, runs, killed):
        if runs > 1:
            yield f"ran {runs} times"
        if len(call.answers) != 1:
            if call.answers or (call.gateway not in killed and not call.left):
                yield f"{len(call.answers)} answers"
            return
        answer = call.answers[0]
        outcome = answer.header("x-lambdagate-outcome")
        if answer.status == 200:
            if answer.body.decode() != call.id:
                yield "got the answer of another"
            if runs == 0:
                yield "answered, and never ran"
            if outcome is not None:
                yield "answered, and of doubtful outcome"
        elif outcome == "not-started":
            if runs:
                yield "was said not to have started, and ran"
            if answer.status not in (429, 503):
                yield "has a wrong status"
        elif outcome == "unknown":
            if answer.status not in (503, 504):
                yield "has a wrong status"
        elif answer.status != 500:  # the rig looks for the reason; a process may have died before it ran anything
            yield "has a wrong status"

    def balance(self, name, causes):
        """Faults of a gateway's own count of ends by cause: each request that it got has one."""
        told = Counter(self._told(call) for call in list(self.calls.values()) if call.gateway == name)
        expected = {"all": told.total() - told["left"], "200": told["200"], "500": told["500"],
                    **{outcome: told[outcome] for outcome in TOLD}}
        counted = {"all": causes.total(), "200": causes["ok"], "500": causes["function_error"],
                   **{outcome: sum(causes[cause] for cause in TOLD[outcome]) for outcome in TOLD}}
        more = {what: counted[what] - expected[what] for what in counted}
        # What callers did not wait for ended somehow, if it was read before they left.
        if min(more.values()) >= 0 and more["all"] == sum(more.values()) - more["all"] <= told["left"]:
            return []
        return [f"gateway {name} counts {counted} ({dict(causes)}); its callers saw {expected}, {told['left']} left"]
