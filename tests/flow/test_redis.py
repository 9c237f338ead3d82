"""Functions whose workers take calls from a queue in Redis, against a real redis-server."""

import json
import threading
import time

import pytest

from gateway import expect, wait_for
from redis_server import (  # noqa: F401 (fixtures)
    Client, RedisError, Taker, Worker, config, needs_redis, redis, reply, start_redis, take,
)

pytestmark = needs_redis


@pytest.fixture
def start(start):
    """Gateways that are ready: they wait for their first connections."""

    def start_ready(*arguments, **more):
        gateway = start(*arguments, **more)
        gateway.log.wait(" ready:")
        return gateway

    return start_ready


@pytest.fixture
def workers():
    """Stops the workers of a test at its end."""
    made = []
    yield lambda *arguments, **more: made.append(Worker(*arguments, **more)) or made[-1]
    for worker in made:
        worker.stopping = True
    for worker in made:
        worker.stop()


class Call(threading.Thread):
    """One POST /echo that is under way."""

    def __init__(self, gateway, body=b"{}"):
        super().__init__(daemon=True)
        self.gateway, self.body, self.answer = gateway, body, None
        self.start()

    def run(self):
        self.answer = self.gateway.post_json("/echo", self.body)

    def finish(self):
        self.join(60)
        assert self.answer is not None, "the call has no answer"
        return self.answer


def event_body(body):
    return json.loads(body)["body"]


def depth(server, queue="echo"):
    return server.call("LLEN", f"lg:q:{{{queue}}}")


# --- a call ---------------------------------------------------------------------------------------


def test_a_worker_answers(redis, start, workers):
    gateway = start(config(redis))
    workers(redis, handler=lambda line, body: {"statusCode": 201, "body": event_body(body)})
    answer = gateway.post_json("/echo", {"a": 1})
    expect(answer, 201, {"a": 1})


def test_every_field_of_the_request_line(redis, start):
    gateway = start(config(redis, function={"timeout": "7s", "queue_wait": "53s"}, redis={"gateway": "gw-1"}))
    call = Call(gateway)
    with redis.client() as client:
        line, body = take(client, "echo")
        seconds, micros = map(int, client.call("TIME"))
        reply(client, line, body={"statusCode": 204})
    expect(call.finish(), 204)
    assert set(line) == {"v", "id", "fn", "reply", "deadline", "timeout_ms", "attempt", "async", "trace", "arn"}
    assert (line["v"], line["fn"], line["attempt"], line["async"]) == (1, "echo", 1, False)
    assert line["reply"] in {f"lg:r:{{gw-1}}:{loop}" for loop in range(4)}
    assert line["timeout_ms"] == 7000
    assert line["trace"].startswith("Root=1-")
    assert line["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:echo"
    now = seconds * 1000 + micros // 1000
    assert now < line["deadline"] <= now + 60000 + 5000  # as near as the gateway knows Redis's clock
    assert json.loads(body)["routeKey"] == "POST /echo"


def test_bodies_are_passed_on_byte_for_byte(redis, start):
    gateway = start(config(redis))
    sent = b'{"n": 12345678901234567890123, "a":1.0,\n"z": "\\u0000\xc3\xa9"}'
    call = threading.Thread(
        target=lambda: setattr(call, "answer", gateway.request("POST", "/2015-03-31/functions/echo/invocations", sent, admin=True))
    )
    call.start()
    with redis.client() as client:
        line, body = take(client, "echo")
        reply(client, line, body=b'{"big": 1e999,\n\n "x":[]}')
    call.join()
    assert body == sent
    expect(call.answer, 200, text='{"big": 1e999,\n\n "x":[]}')


def test_an_error_is_a_function_error(redis, start):
    gateway = start(config(redis))
    document = {"errorType": "ValueError", "errorMessage": "no", "stackTrace": []}
    call = Call(gateway)
    with redis.client() as client:
        line, _ = take(client, "echo")
        reply(client, line, "error", document)
    expect(call.finish(), 500, {"message": "Internal Server Error"})
    gateway.log.wait("ValueError")
    results = []
    invoke = threading.Thread(
        target=lambda: results.append(gateway.request("POST", "/2015-03-31/functions/echo/invocations", "{}", admin=True))
    )
    invoke.start()
    with redis.client() as client:
        line, _ = take(client, "echo")
        reply(client, line, "error", document)
    invoke.join()
    expect(results[0], 200, document)
    assert results[0].header("X-Amz-Function-Error") == "Unhandled"


def test_many_calls_at_once_each_get_their_own_answer(redis, start, workers):
    gateway = start(config(redis, loops=3))
    for _ in range(4):
        workers(redis, handler=lambda line, body: {"statusCode": 200, "body": event_body(body)})
    calls = [Call(gateway, json.dumps({"n": n}).encode()) for n in range(60)]
    for n, call in enumerate(calls):
        expect(call.finish(), 200, {"n": n})
    assert gateway.metric("lambdagate_redis_in_flight", function="echo") == 0
    assert gateway.metric("lambdagate_redis_late_replies_total") == 0


def test_a_large_event_and_a_large_result(redis, start, workers):
    gateway = start(config(redis))
    workers(redis, handler=lambda line, body: {"statusCode": 200, "body": event_body(body)})
    text = json.dumps("x" * 3_000_000)
    expect(gateway.post_json("/echo", text), 200, text=text)


def test_a_result_over_the_limit_is_told(redis, start, workers):
    gateway = start(config(redis, limits={"result": "1KB"}))
    workers(redis, handler=lambda line, body: "x" * 2000)
    answer = gateway.request("POST", "/2015-03-31/functions/echo/invocations", "{}", admin=True)
    assert answer.json()["errorType"] == "Function.ResponseSizeTooLarge", answer


def test_a_reply_of_any_length_costs_no_other_call_its_own(redis, start):
    gateway = start(config(redis, loops=1, limits={"payload": "1MB", "result": "1KB"}))
    calls = [Call(gateway) for _ in range(3)]
    with redis.client() as client:
        lines = [take(client, "echo")[0] for _ in calls]
        heads = [json.dumps({"id": line["id"], "status": "ok"}).encode() + b"\n" for line in lines]
        # In one command, so that they are read in one: far more than the gateway would hold is in the middle.
        bodies = [b'{"statusCode":204}', b"x" * 40_000_000, b'{"statusCode":204}']
        client.call("RPUSH", lines[0]["reply"], *[head + body for head, body in zip(heads, bodies)])
    assert sorted(call.finish().status for call in calls) == [204, 204, 500]
    gateway.log.wait("the result is over limits.result")
    assert gateway.metric("lambdagate_redis_connects_total", loop="0") == 1
    assert gateway.metric("lambdagate_redis_bad_replies_total") == 0


# --- waiting, and not being taken -----------------------------------------------------------------


def test_a_call_that_no_worker_takes_is_withdrawn(redis, start):
    gateway = start(config(redis, function={"queue_wait": "100ms"}))
    answer = expect(gateway.post_json("/echo", {}), 503, {"message": "Service Unavailable"})
    assert answer.header("x-lambdagate-outcome") == "not-started"
    assert depth(redis) == 0


def test_a_call_whose_caller_left_is_withdrawn(redis, start):
    gateway = start(config(redis, function={"queue_wait": "60s"}))
    with gateway.peer() as peer:
        peer.request("POST", "/echo", body=b"{}")
        wait_for("the call in the queue", lambda: depth(redis) == 1)
    wait_for("an empty queue", lambda: depth(redis) == 0)


def test_a_call_over_the_depth_is_503_and_taken_out_again(redis, start):
    gateway = start(config(redis, {"depth": 1}, function={"queue_wait": "60s"}))
    call = Call(gateway)
    wait_for("the call in the queue", lambda: depth(redis) == 1)
    answer = gateway.post_json("/echo", {})
    assert answer.status == 503 and answer.header("x-lambdagate-outcome") == "not-started"
    gateway.log.wait("too many calls wait already")
    assert depth(redis) == 1
    with redis.client() as client:
        line, _ = take(client, "echo")
        reply(client, line, body={"statusCode": 204})
    expect(call.finish(), 204)


def test_a_call_that_was_taken_and_never_answered_is_of_unknown_outcome(redis, start):
    gateway = start(config(redis, function={"queue_wait": "100ms", "timeout": "200ms"}))
    with Taker(redis) as worker:
        call = Call(gateway)
        worker.take()  # and is killed
    answer = call.finish()
    assert answer.status in (503, 504), answer
    assert answer.header("x-lambdagate-outcome") == "unknown"


def test_a_reply_after_the_deadline_is_counted_as_late(redis, start):
    gateway = start(config(redis, function={"queue_wait": "50ms", "timeout": "100ms"}))
    with Taker(redis) as worker:
        call = Call(gateway)
        line, _ = worker.take()
        assert call.finish().header("x-lambdagate-outcome") == "unknown"
        reply(worker.client, line, body={"statusCode": 200})
    wait_for("the late reply", lambda: gateway.metric("lambdagate_redis_late_replies_total") == 1)


def test_a_worker_that_answers_after_queue_wait_has_the_whole_timeout(redis, start):
    gateway = start(config(redis, function={"queue_wait": "50ms", "timeout": "20s"}))
    with Taker(redis) as worker:
        call = Call(gateway)
        line, _ = worker.take()
        time.sleep(0.2)  # past queue_wait: LREM finds it taken
        reply(worker.client, line, body={"statusCode": 204})
    expect(call.finish(), 204)


def test_an_expired_reply_says_that_nothing_ran(redis, start):
    gateway = start(config(redis))
    call = Call(gateway)
    with redis.client() as client:
        line, _ = take(client, "echo")
        reply(client, line, "expired")
    answer = call.finish()
    assert (answer.status, answer.header("x-lambdagate-outcome")) == (503, "not-started")
    assert gateway.metric("lambdagate_redis_expired_total") == 1


def test_a_start_receipt_begins_the_timeout(redis, start):
    gateway = start(config(redis, {"start_receipts": True}, function={"queue_wait": "60s", "timeout": "200ms"}))
    call = Call(gateway)
    with redis.client() as client:
        line, _ = take(client, "echo")
        assert line["start"] is True
        reply(client, line, "start", worker="host:1")
    answer = call.finish()  # long before queue_wait
    assert answer.header("x-lambdagate-outcome") == "unknown"


def test_priorities_are_queues_of_their_own(redis, start):
    gateway = start(config(redis, {"priority": "high", "queue": "work"}))
    call = Call(gateway)
    with redis.client() as client:
        found = client.call("BLPOP", "lg:q:{work}:hi", "lg:q:{work}", "lg:q:{work}:lo", 30)
        assert found[0] == b"lg:q:{work}:hi"
        line = json.loads(found[1].split(b"\n")[0])
        assert line["fn"] == "echo"
        reply(client, line, body={"statusCode": 204})
    expect(call.finish(), 204)


def test_without_a_worker_that_is_expected_calls_are_refused_at_once(redis, start, workers):
    gateway = start(config(redis, {"expect_workers": True}, function={"queue_wait": "5s"}))

    def refused():
        """At once, but for a call that comes before the first look, which waits."""
        answer = expect(gateway.post_json("/echo", {}), 503)
        assert answer.header("x-lambdagate-outcome") == "not-started"
        return gateway.log.find("no worker has said that it is there")

    wait_for("a call that is refused at once", refused)
    redis.call("ZADD", "lg:w:{echo}", int(time.time()) - 3600, "old:1")
    workers(redis, handler=lambda line, body: {"statusCode": 204}, announce=True)
    wait_for("the worker to be seen", lambda: gateway.metric("lambdagate_redis_workers", function="echo") == 1)
    expect(gateway.post_json("/echo", {}), 204)
    assert redis.call("ZRANGE", "lg:w:{echo}", 0, -1)[0].startswith(b"test:")


# --- replies that are none ------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [b"", b"no line", b"{}", b'{"id":1,"status":"ok"}', b'{"id":"x","status":"done"}\n1', b"[1]"])
def test_what_is_no_reply_is_dropped_and_counted(redis, start, workers, bad):
    gateway = start(config(redis, redis={"gateway": "g"}, loops=1))
    redis.call("RPUSH", "lg:r:{g}:0", bad)
    wait_for("the bad reply", lambda: gateway.metric("lambdagate_redis_bad_replies_total") == 1)
    workers(redis, handler=lambda line, body: {"statusCode": 204})
    expect(gateway.post_json("/echo", {}), 204)
    assert gateway.metric("lambdagate_redis_late_replies_total") == 0


def test_a_reply_with_another_id_ends_no_call(redis, start):
    gateway = start(config(redis))
    call = Call(gateway)
    with redis.client() as client:
        line, _ = take(client, "echo")
        reply(client, {**line, "id": "00000000-0000-4000-8000-000000000000"}, body={"statusCode": 200})
        wait_for("the stray reply", lambda: gateway.metric("lambdagate_redis_late_replies_total") == 1)
        reply(client, line, body={"statusCode": 204})
    expect(call.finish(), 204)
