"""lambdagate worker: a gateway and a bridge with a real redis-server between them."""

import itertools
import json
import signal
import threading
import time

import pytest

from bridge import bridge, let_through, misbehaving, push, replies, wait_started  # noqa: F401 (fixture)
from gateway import expect, is_alive, wait_for
from redis_server import config, needs_redis, redis, start_redis  # noqa: F401 (fixtures)

pytestmark = needs_redis


@pytest.fixture
def start(start):
    def start_ready(*arguments, **more):
        gateway = start(*arguments, **more)
        gateway.log.wait(" ready:")
        return gateway

    return start_ready


class Call(threading.Thread):
    """One POST /echo that is under way."""

    def __init__(self, gateway, order):
        super().__init__(daemon=True)
        self.gateway, self.order, self.answer = gateway, order, None
        self.start()

    def run(self):
        self.answer = self.gateway.post_json("/echo", self.order)

    def finish(self):
        self.join(60)
        assert self.answer is not None, "the call has no answer"
        return self.answer


def invoke(gateway, event):
    return gateway.request("POST", "/2015-03-31/functions/echo/invocations", json.dumps(event), admin=True)


def order(**words):
    return {"body": json.dumps(words)}


# --- calls ----------------------------------------------------------------------------------------


def test_a_handler_behind_a_queue_answers_a_route(redis, start, bridge):
    gateway = start(config(redis))
    bridge(redis, handler="echo_answer")
    answer = expect(gateway.post_json("/echo?a=1", {"b": 2}), 200)
    assert answer.json()["rawQueryString"] == "a=1"
    assert json.loads(answer.json()["body"]) == {"b": 2}


def test_a_runtime_client_of_its_own_is_started_by_its_command(redis, start, bridge):
    gateway = start(config(redis))
    bridge(redis, command=misbehaving("verbatim"))
    expect(gateway.post_json("/echo", b'{"n": 1e999}'), 200, text='{"n": 1e999}')


def test_a_function_is_told_what_the_request_says(redis, bridge):
    bridge(redis, "--memory", "256")
    id = push(redis, json.dumps(order(do="describe")).encode(), arn="arn:aws:lambda:us-east-1:1:function:echo:live")
    line, body = replies(redis)[0]
    told = json.loads(body)
    assert (line["id"], line["status"]) == (id, "ok")
    assert told["request_id"] == id
    assert told["function_name"] == "echo"
    assert told["arn"].endswith(":live")
    assert told["memory"] in (256, "256")
    assert 0 < told["remaining"] <= 60000


def test_a_function_error_is_one(redis, start, bridge):
    gateway = start(config(redis))
    bridge(redis)
    answer = expect(invoke(gateway, order(do="fail", text="no")), 200)
    assert answer.header("X-Amz-Function-Error") == "Unhandled"
    assert answer.json()["errorType"] == "ValueError"
    expect(gateway.post_json("/echo", {"do": "fail", "text": "no"}), 500)


def test_an_initialisation_that_fails_is_the_error_of_the_call(redis, start, bridge):
    gateway = start(config(redis))
    bridge(redis, handler="not_there")
    answer = expect(invoke(gateway, {}), 200)
    assert answer.header("X-Amz-Function-Error") == "Unhandled"
    assert "not_there" in answer.json()["errorMessage"]


def test_a_worker_that_dies_is_an_error_and_another_takes_its_place(redis, start, bridge):
    gateway = start(config(redis))
    bridge(redis)
    answer = invoke(gateway, order(do="leave", status=3))
    assert answer.json()["errorType"] == "Runtime.ExitError", answer
    assert invoke(gateway, order(do="say", lines=["a"])).json() == 1


def test_a_call_that_takes_too_long_is_stopped(redis, bridge, tmp_path):
    one = bridge(redis, "--concurrency", "1")
    push(redis, json.dumps(order(do="describe")).encode())
    pid = json.loads(replies(redis)[0][1])["pid"]
    push(redis, json.dumps(order(do="hang", file=str(tmp_path / "pid"))).encode(), timeout_ms=300)
    line, body = replies(redis)[0]
    document = json.loads(body)
    assert line["status"] == "error"
    assert document["errorType"] == "Sandbox.Timedout"
    assert document["errorMessage"].endswith("Task timed out after 0.30 seconds")
    wait_for("the end of the process", lambda: pid not in {p for p, _ in one.workers()})


def test_a_request_past_its_deadline_is_not_run(redis, bridge):
    bridge(redis, command=["/bin/true"])
    push(redis, deadline=1)
    line, body = replies(redis)[0]
    assert (line["status"], body) == ("expired", b"")


def test_a_receipt_comes_first(redis, bridge):
    bridge(redis, handler="echo")
    id = push(redis, b'{"a":1}', start=True)
    (first, _), (second, body) = replies(redis, 2)
    assert (first["id"], first["status"]) == (id, "start")
    assert (second["id"], second["status"]) == (id, "ok")
    assert json.loads(body) == {"a": 1}


@pytest.mark.parametrize("bad", [
    b"", b"no line", b"{}\n", b'{"v":2,"id":"a","fn":"echo","reply":"lg:r:{test}:0"}\n{}',
    b'{"v":1,"id":"a","fn":"echo","reply":"lg:q:{other}"}\n{}',
    b'{"v":1,"id":"a","fn":"echo","reply":"lg:r:{test}:0","trace":"a\\r\\nb: c"}\n{}',
])
def test_what_is_no_request_is_dropped_and_said(redis, bridge, bad):
    one = bridge(redis, handler="echo")
    redis.call("RPUSH", "lg:q:{echo}", bad)
    one.log.wait("that are no request: dropped")
    push(redis, b"{}")
    assert replies(redis)[0][1] == b"{}"
    assert redis.call("LLEN", "lg:q:{other}") == 0


def test_queues_are_taken_in_the_order_of_priority(redis, bridge):
    for queue, n in (("echo}:lo", 3), ("echo", 2), ("echo}:hi", 1)):
        with redis.client() as client:
            line = {"v": 1, "id": str(n), "fn": "echo", "reply": "lg:r:{test}:0"}
            key = f"lg:q:{{{queue}" + ("" if "}" in queue else "}")
            client.call("RPUSH", key, json.dumps(line).encode() + b"\n%d" % n)
    bridge(redis, "--concurrency", "1", handler="echo")
    assert [body for _, body in replies(redis, 3)] == [b"1", b"2", b"3"]


def test_it_says_that_it_is_there_and_that_it_goes(redis, start, bridge):
    gateway = start(config(redis, {"expect_workers": True}))
    one = bridge(redis, handler="echo_answer")
    wait_for("its presence", lambda: redis.call("ZCARD", "lg:w:{echo}") == 1)
    wait_for("an answer", lambda: gateway.post_json("/echo", {}).status == 200)
    one.stop()
    assert redis.call("ZCARD", "lg:w:{echo}") == 0


# --- concurrency and the end ----------------------------------------------------------------------


def test_no_more_calls_are_taken_than_may_run(redis, bridge, tmp_path):
    bridge(redis, "--concurrency", "2")
    for name in "abc":
        push(redis, json.dumps(order(do="gate", gate=str(tmp_path), name=name)).encode())
    first = {wait_started(tmp_path, "a"), wait_started(tmp_path, "b")}
    assert len(first) == 2
    assert redis.call("LLEN", "lg:q:{echo}") == 1
    let_through(tmp_path, "a")
    assert wait_started(tmp_path, "c") in first
    let_through(tmp_path, "b")
    let_through(tmp_path, "c")
    assert {line["status"] for line, _ in replies(redis, 3)} == {"ok"}


def test_at_its_end_it_takes_nothing_more_and_answers_what_it_has(redis, bridge, tmp_path):
    one = bridge(redis, "--concurrency", "1")
    push(redis, json.dumps(order(do="gate", gate=str(tmp_path), name="a")).encode())
    wait_started(tmp_path, "a")
    below = one.below()
    one.send_signal(signal.SIGTERM)
    one.log.wait("stopping: Terminated")
    push(redis)
    let_through(tmp_path, "a")
    one.wait_end(below)
    assert len(replies(redis)) == 1
    assert redis.call("LLEN", "lg:q:{echo}") == 1
    assert one.log.find(r"1 calls taken, 1 answered \(0 of them expired\), 0 without a reply")


def test_under_load_every_call_is_answered_once_across_a_change_of_bridges(redis, start, bridge):
    gateway = start(config(redis))
    first = bridge(redis, "--concurrency", "3", handler="echo_answer")
    answers, enough = [], threading.Event()

    def call(n):
        for i in itertools.count():
            if enough.is_set():
                break
            answers.append((f"{n}-{i}", gateway.post_json("/echo", {"id": f"{n}-{i}"})))

    callers = [threading.Thread(target=call, args=(n,)) for n in range(6)]
    for caller in callers:
        caller.start()
    try:
        wait_for("the first answers", lambda: len(answers) >= 5)
        second = bridge(redis, "--concurrency", "3", handler="echo_answer")
        first.stop()
        alone = len(answers)
        wait_for("answers by the second alone", lambda: len(answers) >= alone + 20)
    finally:
        enough.set()
        for caller in callers:
            caller.join()
    for id, answer in answers:
        expect(answer, 200)
        assert json.loads(answer.json()["body"]) == {"id": id}
    second.stop()
    taken = [int(one.log.find(r"stopped: (\d+) calls taken").group(1)) for one in (first, second)]
    assert sum(taken) == len(answers) and min(taken) > 0
    assert gateway.metric("lambdagate_redis_late_replies_total") == 0


def test_a_second_signal_ends_it_at_once(redis, bridge, tmp_path):
    one = bridge(redis)
    push(redis, json.dumps(order(do="gate", gate=str(tmp_path), name="a")).encode())
    wait_started(tmp_path, "a")
    below = one.below()
    one.send_signal(signal.SIGTERM)
    one.log.wait("stopping: Terminated")
    one.send_signal(signal.SIGTERM)
    one.wait_end(below, statuses=(1,))


def test_what_outlives_the_drain_timeout_is_killed(redis, bridge, tmp_path):
    one = bridge(redis, "--drain-timeout", "100ms")
    push(redis, json.dumps(order(do="gate", gate=str(tmp_path), name="a")).encode())
    wait_started(tmp_path, "a")
    below = one.below()
    one.send_signal(signal.SIGTERM)
    one.wait_end(below, statuses=(1,))
    assert one.log.find("stops at once: drain_timeout is over")


def test_a_bridge_that_is_killed_leaves_no_process_and_the_outcome_is_unknown(redis, start, bridge, tmp_path):
    gateway = start(config(redis, function={"timeout": "5s", "queue_wait": "2s"}))
    one = bridge(redis)
    call = Call(gateway, {"do": "gate", "gate": str(tmp_path), "name": "a"})
    wait_started(tmp_path, "a")
    below = one.below()
    one.process.kill()
    one.wait_end(below, statuses=(-signal.SIGKILL,))
    assert not any(is_alive(process) for process in below)
    answer = expect(call.finish(), 503)
    assert answer.header("x-lambdagate-outcome") == "unknown"


# --- Redis comes and goes -------------------------------------------------------------------------


def test_redis_is_restarted_while_nothing_runs(redis, start, bridge):
    gateway = start(config(redis))
    one = bridge(redis, handler="echo_answer")
    expect(gateway.post_json("/echo", {}), 200)
    redis.kill()
    one.log.wait("trying again")
    redis.start()
    one.log.wait("takes calls of", count=2)
    wait_for("an answer", lambda: gateway.post_json("/echo", {}).status == 200)


def test_a_reply_waits_for_a_redis_that_is_away(redis, bridge, tmp_path):
    one = bridge(redis)
    id = push(redis, json.dumps(order(do="gate", gate=str(tmp_path), name="a")).encode())
    wait_started(tmp_path, "a")
    redis.kill()
    one.log.wait("trying again")
    let_through(tmp_path, "a")
    one.log.wait("REPORT RequestId")
    redis.start()
    line, body = replies(redis)[0]
    assert (line["id"], line["status"]) == (id, "ok")
    assert json.loads(body)["through"] == "a"
    one.stop()
    assert one.log.find("stopped: 1 calls taken, 1 answered")


def test_a_reply_that_redis_refuses_is_pushed_again(redis, bridge, tmp_path):
    one = bridge(redis)
    id = push(redis, json.dumps(order(do="gate", gate=str(tmp_path), name="a")).encode())
    wait_started(tmp_path, "a")
    redis.call("CONFIG", "SET", "maxmemory", "1")
    let_through(tmp_path, "a")
    one.log.wait("Redis refused the reply: OOM")
    redis.call("CONFIG", "SET", "maxmemory", "0")
    assert replies(redis)[0][0]["id"] == id


# --- how it is told -------------------------------------------------------------------------------


def test_the_configuration_of_the_gateway_tells_it_redis_and_the_function(redis, bridge, tmp_path):
    file = tmp_path / "worker.yaml"
    file.write_text(json.dumps({
        "redis": {"url": redis.url, "prefix": "pre"},
        "functions": {"echo": {"timeout": "9s", "workers": {"command": misbehaving("verbatim")}}},
    }, default=str))
    bridge(redis, handler=None, config=file)
    with redis.client() as client:
        line = {"v": 1, "id": "a", "fn": "echo", "reply": "pre:r:{test}:0"}
        client.call("RPUSH", "pre:q:{echo}", json.dumps(line).encode() + b"\n{}")
    assert replies(redis, key="pre:r:{test}:0")[0][0]["status"] == "ok"


def test_the_queue_of_the_function_in_the_configuration_is_taken(redis, bridge, tmp_path):
    file = tmp_path / "worker.yaml"
    file.write_text(json.dumps({
        "redis": {"url": redis.url}, "functions": {"echo": {"redis": {"queue": "other"}}},
    }))
    bridge(redis, handler="echo", config=file)
    push(redis, b"[]", queue="other")
    assert replies(redis)[0][1] == b"[]"


@pytest.mark.parametrize("words, text", [
    ([], "--function is missing"),
    (["--function", "f"], "--redis or --config is missing"),
    (["--function", "f", "--redis", "unix:/x"], "nothing says how"),
    (["--function", "f", "--redis", "http://x", "--", "true"], "expected redis://HOST:PORT"),
    (["--function", "f", "--redis", "unix:/x", "--concurrency", "0", "--", "true"], "expected"),
    (["--function", "f", "--redis", "unix:/x", "--concurrency", "1001", "--", "true"], "expected"),
    (["--function", "f", "--redis", "unix:/x", "--env", "A", "--", "true"], "expected NAME=VALUE"),
    (["--function", "f", "--redis", "unix:/x", "--handler", "a.b"], "runtime"),
    (["--function", "f", "--redis", "unix:/x", "--directory", "/not/there", "--", "true"], "/not/there"),
])
def test_a_wrong_command_line_is_told(words, text):
    from gateway import COMMAND, run

    done = run(COMMAND, "worker", *words)
    assert done.returncode in (1, 2)
    assert text in done.stderr
