"""The end of the daemon: what runs finishes, nothing new begins, and it all takes a bounded time."""

import json
import os
import signal

import pytest

from gateway import Peer, command_function, expect, python_function, wait_for


def order(folder, name):
    return json.dumps({"do": "gate", "name": name, "gate": str(folder)}).encode()


def config(**more):
    functions = {"act": python_function("act", workers={"max": 1})}
    routes = {
        "POST /act": {"function": "act"},
        "GET /ping": {"respond": {"status": 200, "json": {"ok": True}}},
    }
    return {"functions": functions, "routes": routes, **more}


def refuses(gateway):
    """Whether the listening socket is gone."""
    try:
        gateway.peer().close()
        return False
    except ConnectionResetError:
        return False  # it was closing in that moment
    except ConnectionRefusedError:
        return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_in_flight_finishes_before_the_daemon_ends(start, tmp_path, number):
    gateway = start(config())
    below = gateway.below()
    with gateway.peer() as peer:
        peer.request("POST", "/act", body=order(tmp_path, "a"))
        wait_for("the function's start", lambda: (tmp_path / "started-a").exists())
        below |= gateway.below()
        gateway.send_signal(number)
        wait_for("the end of listening", lambda: refuses(gateway))
        assert gateway.process.poll() is None
        (tmp_path / "open-a").touch()
        answer = expect(peer.answer(), 200)
        assert answer.json()["through"] == "a"
        assert answer.header("connection").lower() == "close"
        peer.expect_closed()
    gateway.wait_end(below)


def test_a_call_that_still_waits_is_served_too(start, tmp_path):
    gateway = start(config())
    with gateway.peer() as first, gateway.peer() as second:
        first.request("POST", "/act", body=order(tmp_path, "first"))
        wait_for("the function's start", lambda: (tmp_path / "started-first").exists())
        second.request("POST", "/act", body=order(tmp_path, "second"))
        wait_for("the second request", lambda: gateway.metric("lambdagate_requests_in_flight") == 2)
        below = gateway.below()
        gateway.send_signal(signal.SIGTERM)
        wait_for("the end of listening", lambda: refuses(gateway))
        (tmp_path / "open-first").touch()
        (tmp_path / "open-second").touch()
        expect(first.answer(), 200)
        assert second.answer().status in (200, 503)
    gateway.wait_end(below)


def test_idle_connections_do_not_hold_up_the_end(start):
    gateway = start(config())
    peers = [gateway.peer() for _ in range(20)]
    for peer in peers[:10]:
        peer.request("GET", "/ping")
        expect(peer.answer(), 200)
    gateway.stop()
    for peer in peers:
        peer.expect_closed()
        peer.close()


def test_a_half_sent_request_does_not_hold_up_the_end(start):
    gateway = start(config(drain_timeout="2s"))
    with gateway.peer() as head, gateway.peer() as body:
        head.send("GET /ping HTT")
        body.request("POST", "/act", [("Content-Length", "100")])
        gateway.stop(statuses=(0, 1))  # 1: the body was waited for until the drain timeout


def test_a_function_that_never_ends_is_cut_at_the_drain_timeout(start, tmp_path):
    gateway = start(config(drain_timeout="500ms"))
    with gateway.peer() as peer:
        body = {"do": "hang", "file": str(tmp_path / "hanging"), "stubborn": True}
        peer.request("POST", "/act", body=json.dumps(body).encode())
        wait_for("the function's start", lambda: (tmp_path / "hanging").exists())
        gateway.stop(statuses=[1])
        rest = peer.rest()
        assert b" 200 " not in rest[:20], rest


def test_a_stop_in_the_middle_of_the_start_of_a_worker_is_clean(start):
    functions = {"f": command_function("never-next", workers={"min": 2})}
    gateway = start({"functions": functions, "routes": {"POST /f": {"function": "f"}}})
    gateway.stop()


def test_a_second_signal_cuts_what_the_first_one_waits_for(start, tmp_path):
    gateway = start(config(drain_timeout="10m"))
    with gateway.peer() as peer:
        peer.request("POST", "/act", body=order(tmp_path, "a"))
        wait_for("the function's start", lambda: (tmp_path / "started-a").exists())
        below = gateway.below()
        gateway.send_signal(signal.SIGTERM)
        wait_for("the end of listening", lambda: refuses(gateway))
        gateway.send_signal(signal.SIGTERM)
        gateway.wait_end(below, [1])
        gateway.log.wait("stops at once: Terminated; requests that are cut: 1")


def stall_reload(gateway):
    """A reload that never ends: its file is a pipe that nobody writes to."""
    gateway.file.unlink()
    os.mkfifo(gateway.file)
    gateway.send_signal(signal.SIGHUP)
    gateway.log.wait("reload reading ")
    below = gateway.below()
    gateway.send_signal(signal.SIGTERM)
    gateway.log.wait("stopping once the reload has ended")
    return below


def test_a_second_signal_cuts_a_reload_that_the_first_one_waits_for(start):
    gateway = start(config(drain_timeout="10m"))
    below = stall_reload(gateway)
    gateway.send_signal(signal.SIGINT)
    gateway.wait_end(below, [1])
    assert gateway.log.find("stops at once: Interrupt")


def test_a_reload_that_never_ends_is_cut_at_the_drain_timeout(start):
    gateway = start(config(drain_timeout="100ms"))
    gateway.wait_end(stall_reload(gateway), [1])
    assert gateway.log.find("stops at once: drain_timeout is over")


def test_a_worker_is_told_by_sigterm_before_it_is_killed(start, tmp_path):
    gateway = start(config())
    mark = tmp_path / "told"
    body = {"do": "on_sigterm", "file": str(mark)}
    expect(gateway.send("POST", "/act", body=json.dumps(body).encode()), 200)
    gateway.stop()
    assert mark.exists(), "the worker was not told before its end"


def test_a_unix_socket_of_the_admin_api_is_removed(start, tmp_path):
    path = tmp_path / "admin.sock"
    document = {"listen": "127.0.0.1:0", "admin": str(path), **config()}
    gateway = start(document, wait=False)
    gateway.port = int(gateway.log.wait(r" listening on 127\.0\.0\.1:(\d+)").group(1))
    gateway.log.wait(r" admin on ")
    with Peer(str(path)) as peer:
        peer.request("GET", "/healthz", [("Host", "localhost")])
        expect(peer.answer(), 200)
    assert path.stat().st_mode & 0o777 == 0o660
    gateway.stop()
    assert not path.exists()


def test_the_same_port_can_be_used_again_at_once(start):
    first = start(config())
    with first.peer() as peer:
        peer.request("GET", "/ping")
        expect(peer.answer(), 200)
        first.stop()
    second = start({**config(), "listen": f"127.0.0.1:{first.port}"})
    assert second.port == first.port
    expect(second.get("/ping"), 200)
