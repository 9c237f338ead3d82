"""SIGHUP: a new configuration under traffic, or none of it."""

import json
import signal
import socket
import threading

from gateway import expect, python_function, wait_for


def config(text="old", **more):
    functions = {"act": python_function("act", workers={"max": 1}), **more.pop("functions", {})}
    routes = {
        "POST /act": {"function": "act"},
        "GET /text": {"respond": {"status": 200, "text": text}},
        **more.pop("routes", {}),
    }
    return {"functions": functions, "routes": routes, **more}


def reload(gateway, new, result="done"):
    count = len(gateway.log.find_all(rf"reload {result}"))
    gateway.write(new)
    gateway.send_signal(signal.SIGHUP)
    gateway.log.wait(rf"reload {result}", count=count + 1)


def pid_of(gateway, target="/act"):
    return expect(gateway.post_json(target, {"do": "describe"}), 200).json()["pid"]


def test_changed_routes_are_served_after_a_reload(start):
    gateway = start(config())
    expect(gateway.get("/text"), 200, text="old")
    reload(gateway, config("new", routes={"GET /more": {"respond": {"status": 200, "text": "more"}}}))
    expect(gateway.get("/text"), 200, text="new")
    expect(gateway.get("/more"), 200, text="more")
    reload(gateway, config("newer"))
    expect(gateway.get("/text"), 200, text="newer")
    expect(gateway.get("/more"), 404)


def test_an_open_connection_sees_the_new_routes(start):
    gateway = start(config())
    with gateway.peer() as peer:
        peer.request("GET", "/text")
        expect(peer.answer(), 200, text="old")
        reload(gateway, config("new"))
        peer.request("GET", "/text")
        expect(peer.answer(), 200, text="new")


def test_a_function_that_did_not_change_keeps_its_workers(start):
    gateway = start(config())
    before = pid_of(gateway)
    reload(gateway, config("new"))
    assert pid_of(gateway) == before


def test_a_function_that_changed_gets_new_workers_and_the_old_ones_end(start):
    gateway = start(config())
    before = pid_of(gateway)
    function = python_function("act", memory=512, workers={"max": 1})
    reload(gateway, config(functions={"act": function}))
    after = pid_of(gateway)
    assert after != before
    wait_for("the end of the old worker", lambda: before not in {p for p, _ in gateway.workers()})
    assert {p for p, _ in gateway.workers()} == {after}


def test_a_function_that_was_removed_ends(start):
    gateway = start(config(functions={"other": python_function("act")}, routes={"POST /other": {"function": "other"}}))
    pid = pid_of(gateway, "/other")
    reload(gateway, config())
    wait_for("the end of its worker", lambda: pid not in {p for p, _ in gateway.workers()})
    expect(gateway.post_json("/other", {}), 404)


def test_a_request_in_flight_ends_by_the_rules_it_began_with(start, tmp_path):
    gateway = start(config())
    order = {"do": "gate", "name": "a", "gate": str(tmp_path)}
    answers = []
    thread = threading.Thread(target=lambda: answers.append(gateway.post_json("/act", order)))
    thread.start()
    wait_for("the function's start", lambda: (tmp_path / "started-a").exists())
    function = python_function("act", memory=512, workers={"max": 1})
    reload(gateway, config(functions={"act": function}))
    (tmp_path / "open-a").touch()
    thread.join()
    expect(answers[0], 200)
    assert pid_of(gateway) != answers[0].json()["pid"]


def test_workers_of_the_old_and_of_the_new_configuration_are_counted_together(start, tmp_path):
    gateway = start(config())

    def begin(name):
        order = {"do": "gate", "name": name, "gate": str(tmp_path)}
        thread = threading.Thread(target=gateway.post_json, args=("/act", order))
        thread.start()
        wait_for("the function's start", (tmp_path / f"started-{name}").exists)
        return thread

    old = begin("old")
    reload(gateway, config(functions={"act": python_function("act", memory=512, workers={"max": 1})}))
    new = begin("new")
    busy = gateway.metric("lambdagate_workers", function="act", state="busy")
    (tmp_path / "open-old").touch()
    old.join()
    gateway.log.wait("function act retired")
    left = gateway.metric("lambdagate_workers", function="act", state="busy")
    (tmp_path / "open-new").touch()
    new.join()
    assert (busy, left) == (2, 1)


def test_a_bad_configuration_changes_nothing_and_all_its_faults_are_logged(start):
    gateway = start(config())
    before = pid_of(gateway)
    reload(gateway, config("new", lisen="x", routes={"get /x": {"respond": {"text": "x"}}}), "refused")
    gateway.log.wait("reload .*lisen: found an unknown key")
    expect(gateway.get("/text"), 200, text="old")
    assert pid_of(gateway) == before
    reload(gateway, config("new"))
    expect(gateway.get("/text"), 200, text="new")


def test_what_is_read_at_the_start_only_cannot_be_changed(start):
    gateway = start(config())
    reload(gateway, config("new", loops=1, region="eu-west-1"), "refused")
    gateway.log.wait("loops: changed, but this option is read at start only")
    gateway.log.wait("region: changed, but this option is read at start only")
    expect(gateway.get("/text"), 200, text="old")


def test_a_signal_before_the_start_is_over_is_heard_after_it(start):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # keys that never come are awaited for 3 s
        issuer = f"http://127.0.0.1:{silent.getsockname()[1]}"
        jwt = {"issuer": issuer, "jwks_url": issuer + "/jwks", "audience": "shop"}
        guarded = {"GET /who": {"authorizer": "idp", "respond": {"text": "you"}}}
        gateway = start({"authorizers": {"idp": {"jwt": jwt}}, "routes": guarded}, wait=False)
        gateway.port = int(gateway.log.wait(r" listening on 127\.0\.0\.1:(\d+)").group(1))
        gateway.write(config("new"))
        gateway.send_signal(signal.SIGHUP)
        gateway.log.wait("reload done")
    expect(gateway.get("/text"), 200, text="new")


def test_a_file_that_is_gone_changes_nothing(start):
    gateway = start(config())
    gateway.file.unlink()
    gateway.send_signal(signal.SIGHUP)
    gateway.log.wait("reload refused")
    expect(gateway.get("/text"), 200, text="old")


def test_a_file_that_was_cut_to_nothing_changes_nothing(start):
    gateway = start(config())
    gateway.file.write_text("")
    gateway.send_signal(signal.SIGHUP)
    gateway.log.wait("found neither routes nor functions")
    gateway.log.wait("reload refused")
    expect(gateway.get("/text"), 200, text="old")


def test_many_reloads_under_load_lose_no_request(start):
    gateway = start(config("0"))
    stop = threading.Event()
    wrong = []

    def client():
        with gateway.peer() as peer:
            while not stop.is_set():
                peer.request("GET", "/text")
                answer = peer.answer()
                if answer.status != 200:
                    wrong.append(answer)
                peer.request("POST", "/act", body=json.dumps({"do": "return", "value": 1}).encode())
                answer = peer.answer()
                if answer.status != 200:
                    wrong.append(answer)

    threads = [threading.Thread(target=client) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in range(1, 11):
            memory = 128 + number % 2
            function = python_function("act", memory=memory, workers={"max": 2})
            reload(gateway, config(str(number), functions={"act": function}))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not wrong, wrong[:3]
    expect(gateway.get("/text"), 200, text="10")


def test_a_signal_to_stop_during_a_reload_wins(start):
    gateway = start(config())
    below = gateway.below()
    gateway.send_signal(signal.SIGHUP)
    gateway.send_signal(signal.SIGTERM)
    gateway.wait_end(below)
