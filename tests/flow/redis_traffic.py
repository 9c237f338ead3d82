"""Calls under way while something happens to Redis: each has a number, is run and answered by the book.

What is counted: who ran which number (workers write it down before they answer), and what its
caller heard. The sums must add up with what the gateway counted.
"""

import collections
import threading

from gateway import PATIENCE, wait_for

CAUSES = ("ok", "function_error", "throttled", "never_started", "unknown", "timeout")


class Traffic:
    """Callers that go on until they are stopped."""

    def __init__(self, gateway, folder, functions=("echo",), callers=6):
        self.gateway, self.functions = gateway, functions
        self.book = folder / "runs"
        self.book.touch()
        self.lock = threading.Lock()
        self.next = 0
        self.heard = {}  # number -> (status, outcome, right)
        self.served = collections.Counter()  # by function
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._call, args=(i,), daemon=True) for i in range(callers)]
        for thread in self.threads:
            thread.start()

    def _call(self, index):
        turn = index
        while not self.stopping.is_set():
            with self.lock:
                self.next += 1
                number = self.next
            function = self.functions[turn % len(self.functions)]
            turn += 1
            answer = self.gateway.post_json(f"/{function}", {"do": "note", "number": number, "file": str(self.book)})
            right = answer.status != 200 or answer.json() == {"number": number}
            self.heard[number] = answer.status, answer.header("x-lambdagate-outcome"), right
            self.served[function] += answer.status == 200
            if answer.status != 200:
                self.stopping.wait(0.01)

    def good(self):
        return sum(status == 200 for status, *_ in list(self.heard.values()))

    def flows(self, count=30, function=None, patience=PATIENCE):
        """Until so many more were answered well, of all functions or of one."""
        served = (lambda: self.served[function]) if function else self.good
        before = served()
        wait_for("calls to be answered", lambda: served() >= before + count, patience)

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(90)
            assert not thread.is_alive(), "a call has no end"

    def judge(self, twice=0):
        """`twice`: how many may have been run on both sides of what Redis itself has repeated."""
        self.stop()
        runs = [int(line) for line in self.book.read_text().split()]
        repeated = len(runs) - len(set(runs))
        assert all(right for *_, right in self.heard.values()), "an answer of another call"
        assert len(self.heard) == self.next, "a call without an end"
        assert repeated <= twice, f"{repeated} were run twice"
        ran = set(runs)
        for number, (status, outcome, _) in self.heard.items():
            if status == 200:
                assert number in ran, f"{number} was answered and not run"
            else:
                assert outcome in ("not-started", "unknown"), (number, status, outcome)
                assert outcome == "unknown" or number not in ran, f"{number} was run and told as not started"
        self.adds_up()

    def adds_up(self):
        gateway = self.gateway
        for function in self.functions:
            wait_for("all to have ended", lambda f=function: gateway.metric("lambdagate_redis_in_flight", function=f) == 0)
        counted = {
            cause: sum(gateway.metric("lambdagate_invocations_total", function=f, cause=cause) for f in self.functions)
            for cause in CAUSES
        }
        assert sum(counted.values()) == len(self.heard), counted
        assert counted["ok"] == self.good(), counted

    def counts(self):
        return collections.Counter((status, outcome) for status, outcome, _ in self.heard.values())
