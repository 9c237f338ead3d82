"""The numbers of what a reload took away go with it, as Prometheus expects of a target that is gone."""

import re
from threading import Thread

from gateway import expect, python_function, wait_for
from limits import MB, SANITIZED
from test_reload_load import reload, rss

RELOADS = 60 if SANITIZED else 300


def answering(*names):
    return {f"GET /{name}": {"respond": {"text": name}} for name in names}


def numbers(gateway, **labels):
    """How many series carry these labels."""
    text = gateway.get("/metrics", admin=True).body.decode()
    wanted = [f'{name}="{value}"' for name, value in labels.items()]
    return sum(all(word in line for word in wanted) for line in text.splitlines())


def asked(gateway, route):
    return gateway.metric("lambdagate_requests_total", route=route, status="2xx")


def test_the_numbers_of_a_removed_route_vanish_and_those_of_others_go_on(start):
    gateway = start({"routes": answering("a", "b")})
    for path in ("/a", "/b", "/b"):
        expect(gateway.get(path), 200)
    # A request counts when its connection is done with it: after its client has the answer.
    wait_for("both numbers", lambda: (asked(gateway, "GET /a"), asked(gateway, "GET /b")) == (1, 2))
    reload(gateway, {"routes": answering("b")})
    wait_for("the end of its numbers", lambda: numbers(gateway, route="GET /a") == 0)
    expect(gateway.get("/b"), 200)
    wait_for("a third request", lambda: asked(gateway, "GET /b") == 3)


def test_a_route_that_comes_again_counts_from_zero(start):
    gateway = start({"routes": answering("a", "b")})
    expect(gateway.get("/a"), 200)
    wait_for("its number", lambda: asked(gateway, "GET /a") == 1)
    reload(gateway, {"routes": answering("b")})
    wait_for("the end of its numbers", lambda: asked(gateway, "GET /a") is None)
    reload(gateway, {"routes": answering("a", "b")})
    assert asked(gateway, "GET /a") == 0


def test_a_removed_route_is_counted_until_its_last_request_ended(start, tmp_path):
    functions = {"act": python_function("act", workers={"max": 1})}
    gateway = start({"functions": functions, "routes": {"POST /act": {"function": "act"}}})
    answers = []
    order = {"do": "gate", "name": "one", "gate": str(tmp_path)}
    client = Thread(target=lambda: answers.append(gateway.post_json("/act", order)))
    client.start()
    wait_for("the call", (tmp_path / "started-one").exists)
    reload(gateway, {"functions": functions, "routes": answering("b")})
    assert gateway.metric("lambdagate_requests_in_flight", route="POST /act") == 1
    (tmp_path / "open-one").touch()
    client.join()
    expect(answers[0], 200)
    wait_for("the end of its numbers", lambda: numbers(gateway, route="POST /act") == 0)


def test_routes_of_one_key_in_two_apis_are_counted_apart(start):
    apis = {
        "one": {"base_path": "/one", "routes": answering("a")},
        "two": {"base_path": "/two", "routes": answering("a")},
    }
    gateway = start({"apis": apis})
    assert numbers(gateway, api="one", route="GET /a") == numbers(gateway, api="two", route="GET /a") > 0


def test_the_numbers_of_a_removed_function_vanish_when_its_workers_have_ended(start):
    stays = {"stays": python_function("act", workers={"max": 1})}
    goes = {"goes": python_function("act", workers={"max": 1})}
    routes = {"POST /stays": {"function": "stays"}}
    gateway = start(
        {"functions": {**stays, **goes}, "routes": {**routes, "POST /goes": {"function": "goes"}}}
    )
    for path in ("/stays", "/goes"):
        expect(gateway.post_json(path, {"do": "describe"}), 200)
    before = numbers(gateway, function="stays")
    assert numbers(gateway, function="goes") == before
    reload(gateway, {"functions": stays, "routes": routes})
    wait_for("the end of its numbers", lambda: numbers(gateway, function="goes") == 0)
    assert numbers(gateway, function="stays") == before
    assert gateway.metric("lambdagate_invocations_total", function="stays", cause="ok") == 1


def test_a_function_that_changed_counts_on(start):
    def config(timeout):
        return {
            "functions": {"act": python_function("act", timeout=timeout, workers={"max": 1})},
            "routes": {"POST /act": {"function": "act"}},
        }

    gateway = start(config("20s"))
    expect(gateway.post_json("/act", {"do": "describe"}), 200)
    reload(gateway, config("21s"))
    expect(gateway.post_json("/act", {"do": "describe"}), 200)
    assert gateway.metric("lambdagate_invocations_total", function="act", cause="ok") == 2


def test_names_that_change_with_every_reload_do_not_make_the_process_grow(start):
    def config(number):
        names = [f"route-{number}-{i}" for i in range(100)]
        functions = {
            f"function-{number}-{i}": python_function("act", workers={"max": 1}) for i in range(5)
        }
        calls = {f"POST /{name}": {"function": name} for name in functions}
        return {"functions": functions, "routes": {**answering(*names), **calls}}

    def settled(number):
        """How many lines there are, once all numbers of the configurations before are gone."""

        def of_others():
            nonlocal lines
            lines = gateway.get("/metrics", admin=True).body.decode().splitlines()
            return [line for line in lines if set(re.findall(r"(?:route|function)-(\d+)-", line)) - {str(number)}]

        lines = []
        wait_for("the end of the last", lambda: not of_others())
        return len(lines)

    gateway = start(config(0))
    seen = {}
    for number in range(1, RELOADS + 1):
        reload(gateway, config(number))
        if number in (RELOADS // 3, RELOADS):
            seen[number] = settled(number), rss(gateway)
    early, late = seen[RELOADS // 3], seen[RELOADS]
    assert late[0] == early[0]
    if not SANITIZED:
        assert late[1] <= early[1] + 4 * MB, f"RSS went from {early[1] / MB:.1f} to {late[1] / MB:.1f} MB"
