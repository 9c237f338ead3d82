"""What systemd is told: ready, reloading, stopping, and that every loop still turns."""

import os
import signal
import socket

from gateway import expect, wait_for

CONFIG = {"loops": 2, "routes": {"GET /ping": {"respond": {"status": 200, "text": "pong"}}}}


class Manager:
    """The notification socket of a service manager."""

    def __init__(self, folder):
        self.path = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.setblocking(False)
        self.heard = []

    def listen(self):
        while True:
            try:
                self.heard.append(self.socket.recv(65536).decode())
            except BlockingIOError:
                return

    def has(self, word, count=1):
        self.listen()
        return sum(word in message.split("\n") for message in self.heard) >= count

    def wait(self, word, count=1):
        wait_for(f"{count} x {word} (heard: {self.heard})", lambda: self.has(word, count))


def test_ready_is_told_when_requests_are_served(start, tmp_path):
    manager = Manager(tmp_path)
    gateway = start(CONFIG, environment={"NOTIFY_SOCKET": manager.path})
    manager.wait("READY=1")
    expect(gateway.get("/ping"), 200)
    assert "STATUS=serving 1 routes, 0 functions" in manager.heard[0].split("\n"), manager.heard


def test_a_reload_is_told_before_and_after(start, tmp_path):
    manager = Manager(tmp_path)
    gateway = start(CONFIG, environment={"NOTIFY_SOCKET": manager.path})
    manager.wait("READY=1")
    gateway.send_signal(signal.SIGHUP)
    manager.wait("READY=1", count=2)
    words = [message.split("\n")[0] for message in manager.heard]
    assert words == ["READY=1", "RELOADING=1", "READY=1"], manager.heard
    assert any(line.startswith("MONOTONIC_USEC=") for line in manager.heard[1].split("\n"))


def test_a_refused_reload_ends_in_ready_too(start, tmp_path):
    manager = Manager(tmp_path)
    gateway = start(CONFIG, environment={"NOTIFY_SOCKET": manager.path})
    manager.wait("READY=1")
    gateway.write({**CONFIG, "nonsense": 1})
    gateway.send_signal(signal.SIGHUP)
    manager.wait("READY=1", count=2)
    expect(gateway.get("/ping"), 200)


def test_the_stop_is_told_with_the_time_it_may_take(start, tmp_path):
    manager = Manager(tmp_path)
    gateway = start({**CONFIG, "drain_timeout": "3s"}, environment={"NOTIFY_SOCKET": manager.path})
    manager.wait("READY=1")
    gateway.stop()
    manager.wait("STOPPING=1")
    stopping = next(m for m in manager.heard if m.startswith("STOPPING=1"))
    assert "EXTEND_TIMEOUT_USEC=8000000" in stopping.split("\n"), stopping


def test_the_watchdog_is_fed_while_every_loop_turns(start, tmp_path):
    manager = Manager(tmp_path)
    start(CONFIG, environment={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "200000"})
    manager.wait("WATCHDOG=1", count=3)


def test_without_a_watchdog_nothing_is_fed(start, tmp_path):
    manager = Manager(tmp_path)
    gateway = start(CONFIG, environment={"NOTIFY_SOCKET": manager.path})
    manager.wait("READY=1")
    gateway.stop()
    manager.listen()
    assert not manager.has("WATCHDOG=1"), manager.heard


def test_outside_a_service_manager_nothing_is_needed(start):
    gateway = start(CONFIG)
    assert "NOTIFY_SOCKET" not in os.environ
    expect(gateway.get("/ping"), 200)
