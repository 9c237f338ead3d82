"""Callers that go on and on, each call with an id of its own, and the ledger that keeps what they saw."""

import http.client
import json
import random
import select
import threading
import traceback

from gateway import PATIENCE, Answer, wait_for

THINKING = 0.006  # seconds at most between an answer and the next call
LEAVING = 0.03  # seconds at most that a caller waits who does not wait for the answer
RESTING = 0.03  # after a bad one: nobody learns more from thousands of refusals
LONG_ONE_IN = 12  # so many calls take a while


class Load:
    """with Load(rig, seed): calls go out. Gateways that stop listening are asked again and again."""

    def __init__(self, gateways, ledger, seed, callers=6, long_ms=60, leave_one_in=0):
        self.gateways = gateways  # name -> gateway, looked at for each call
        self.ledger = ledger
        self.long_ms = long_ms
        self.leave_one_in = leave_one_in  # so many callers do not wait for their answer
        self.good = self.ended = 0
        self.broken = []  # faults of the test's own
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self._go_on, args=(random.Random(f"{seed}-{who}"),), daemon=True)
                        for who in range(callers)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, kind, *_):
        self.stopped.set()
        for thread in self.threads:
            thread.join(PATIENCE * 2)
        if kind is None:
            assert not any(thread.is_alive() for thread in self.threads), "a call has no answer"
            assert not self.broken, self.broken[0]

    def flows(self, count=20):
        """Waits until so many more calls were answered by the function."""
        enough = self.good + count
        wait_for("good answers", lambda: self.good >= enough)

    def goes_on(self, count=30):
        """Waits until so many more calls have ended, well or badly."""
        enough = self.ended + count
        wait_for("ends of calls", lambda: self.ended >= enough)

    def _go_on(self, chance):
        try:
            self._call_on(chance)
        except Exception:
            self.broken.append(traceback.format_exc())

    def _call_on(self, chance):
        connections = {}
        good = True
        while not self.stopped.wait(chance.random() * (THINKING if good else RESTING)):
            known = list(self.gateways.items())
            if not known:
                continue  # the only one was killed
            name, gateway = chance.choice(known)
            ms = chance.randrange(self.long_ms) if chance.randrange(LONG_ONE_IN) == 0 else 0
            leaves = self.leave_one_in and chance.randrange(self.leave_one_in) == 0
            good = self._call(connections, name, gateway, ms, chance.random() * LEAVING if leaves else None)
        for connection in connections.values():
            connection.close()

    def _call(self, connections, name, gateway, ms, leave=None):
        """Whether the function answered. With `leave` the caller is gone after so many seconds."""
        connection = connections.get(name)
        if connection is None:
            connection = connections[name] = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=PATIENCE)
            try:
                connection.connect()
            except OSError:
                del connections[name]
                return False  # nobody is there: nothing was sent
        call = self.ledger.begin(name)
        try:
            connection.request("POST", "/echo", body=json.dumps({"id": call.id, "ms": ms}),
                               headers={"content-type": "application/json"})
            if leave is not None and not select.select([connection.sock], [], [], leave)[0]:
                call.left = True
                connection.close()
                del connections[name]
                return False
            response = connection.getresponse()
            call.answers.append(Answer(response.status, response.getheaders(), response.read()))
            self.good += response.status == 200
            self.ended += 1
            return response.status == 200
        except (OSError, http.client.HTTPException) as fault:
            call.lost = repr(fault)
            connection.close()
            del connections[name]
            return False
