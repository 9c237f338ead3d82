"""Handlers of `runtime: nodejs` that stream with `awslambda`, unmodified, as on AWS."""

import json
import shutil

import pytest

from gateway import FUNCTIONS, SLOW, expect, wait_for
from streams import AHEAD, LARGE, MEBIBYTE, count_chunks, progress_of, read_until_cut

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node here")

HANDLERS = ("http", "bare", "piped", "headOnly", "fails", "plain", "returns", "late", "watches")
ERROR = {"message": "Internal Server Error"}


def streams(handler, **options):
    workers = {"runtime": "nodejs", "handler": f"streams.{handler}", "directory": str(FUNCTIONS), "max": 1}
    options = {"timeout": SLOW, "queue_wait": SLOW, "invoke_mode": "stream", **options}
    return {**options, "workers": {**workers, "init_timeout": SLOW}}


def config(**options):
    functions = {handler: streams(handler, **options) for handler in HANDLERS}
    routes = {f"POST /{handler}": {"function": handler, "timeout": SLOW} for handler in HANDLERS}
    return {"functions": functions, "routes": routes, "limits": {"stream": "1GB"}}


CONFIG = config()


def order(gateway, handler, **members):
    """A connection on which the answer of the handler will come."""
    return gateway.peer().request("POST", f"/{handler}", body=json.dumps(members).encode())


def ask(gateway, handler, **members):
    return gateway.request("POST", f"/{handler}", json.dumps(members))


def test_metadata_is_the_head_and_pieces_come_as_they_are_written(gateway, tmp_path):
    gate = tmp_path / "gate"
    with order(gateway, "http", gate=str(gate)) as peer:
        head = expect(peer.head(), 201)
        assert head.header("content-type") == "text/event-stream"
        assert head.all("set-cookie") == ["a=b", "c=d"]
        assert len(head.header("x-id")) == 36
        while b"first" not in peer.buffer:
            assert peer._more()
        assert b"second" not in peer.buffer
        gate.touch()
        assert peer._chunks() == b"firstsecond"


def test_metadata_alone_is_an_answer(gateway):
    answer = expect(ask(gateway, "headOnly"), 302, text="")
    assert answer.header("location") == "/x"


@pytest.mark.parametrize(
    "members, text",
    [
        ({"pieces": ["one,", "two"]}, "one,two"),
        ({"pieces": [], "last": "all"}, "all"),
        ({"pieces": []}, ""),
        ({"pieces": ["", "a", ""], "last": "Grüße"}, "aGrüße"),
        ({"pieces": [{"n": 1}, [2], 3]}, '{"n":1}[2]3'),
    ],
)
def test_all_that_is_written_is_the_body(gateway, members, text):
    answer = expect(ask(gateway, "bare", **members), 200, text=text)
    assert answer.header("content-type") == "application/octet-stream"


def test_a_content_type_may_be_set_until_something_was_written(gateway):
    answer = expect(ask(gateway, "bare", type="text/plain", pieces=["a"]), 200, text="a")
    assert answer.header("content-type") == "text/plain"
    with order(gateway, "bare", pieces=["begun"], late=True) as peer:
        expect(peer.head(), 200)
        assert read_until_cut(peer) == b"begun"
    gateway.log.wait("Cannot set content-type, too late")


def test_a_large_answer_keeps_every_byte_and_the_pace_of_its_client(gateway, tmp_path):
    progress = tmp_path / "progress"
    with order(gateway, "piped", size=LARGE, progress=str(progress)) as peer:
        expect(peer.head(), 200)
        stalled = None
        while stalled != progress_of(progress) or not stalled:
            stalled = progress_of(progress)
            wait_for("time to pass", lambda: gateway.get("/metrics", admin=True).status == 200)
        assert stalled < AHEAD, "the function ran ahead of its client"
        assert count_chunks(peer) == LARGE


def test_an_error_before_anything_was_written_is_500(gateway):
    expect(ask(gateway, "fails", before=True), 500, ERROR)
    target = "/2015-03-31/functions/fails/invocations"
    answer = gateway.request("POST", target, json.dumps({"before": True}), admin=True)
    assert answer.header("x-amz-function-error") == "Unhandled"
    assert answer.json()["errorType"] == "RangeError" and answer.json()["errorMessage"] == "before"


def test_what_was_written_but_had_not_left_before_an_error_never_does(gateway):
    expect(ask(gateway, "fails", corked=True), 500, ERROR)
    expect(ask(gateway, "fails", before=True), 500, ERROR)
    assert gateway.metric("lambdagate_worker_starts_total", function="fails") in (None, 1)


def cut_with(gateway, handler, reason, **members):
    before = len(gateway.log.find_all(rf"answer cut: function_error: .*{reason}"))
    with order(gateway, handler, **members) as peer:
        expect(peer.head(), 200)
        body = read_until_cut(peer)
    gateway.log.wait(rf"answer cut: function_error: .*{reason}", count=before + 1)
    return body


@pytest.mark.parametrize("members, reason", [
    ({"throws": "in the middle"}, "RangeError.*in the middle"),
    ({"throws": "uncaught", "forever": True}, "nobody catches"),
    ({"forever": True}, "Runtime.NodeJsExit"),
    ({}, "Response stream is not finished"),
])  # fmt: skip
def test_an_error_in_the_middle_cuts_the_answer_and_the_next_call_works(gateway, members, reason):
    for _ in range(2):
        assert cut_with(gateway, "fails", reason, **members) == b"begun"


def test_a_source_that_fails_cuts_the_answer(gateway):
    body = cut_with(gateway, "piped", "RangeError.*dry", size=3 * MEBIBYTE, fails="dry")
    assert len(body) <= 3 * MEBIBYTE
    assert len(expect(ask(gateway, "piped", size=10), 200).body) == 10


def test_a_handler_that_is_not_async_cannot_stream(gateway):
    cut_with(gateway, "plain", "Streaming does not support non-async handlers")


def test_a_value_that_is_returned_is_ignored(gateway):
    expect(ask(gateway, "returns"), 200, text="whole")
    gateway.log.wait("WARN\tStreaming handlers ignore return values")


def test_work_that_is_left_belongs_to_the_call_unless_the_handler_says_otherwise(gateway):
    expect(ask(gateway, "late", waits=True), 200, text="whole")
    id = gateway.log.wait(r"\t([0-9a-f-]{36})\tINFO\tlate work is done").group(1)
    gateway.log.wait(rf"REPORT RequestId: {id}")
    lines = gateway.log.find_all(rf"{id}.*late work is done|REPORT.*{id}")
    assert ["REPORT" in line for line in lines] == [False, True]
    for _ in range(2):
        expect(ask(gateway, "late", waits=False), 200, text="whole")


def test_a_client_that_leaves_fails_the_pipeline_and_the_worker_serves_on(gateway):
    peer = order(gateway, "piped", size=1 << 40)
    expect(peer.head(), 200)
    peer.close()
    gateway.log.wait("pipeline is over")
    starts = gateway.metric("lambdagate_worker_starts_total", function="piped")
    assert len(expect(ask(gateway, "piped", size=10), 200).body) == 10
    assert gateway.metric("lambdagate_worker_starts_total", function="piped") == starts


def test_a_handler_hears_that_its_client_has_left(gateway):
    peer = order(gateway, "watches")
    expect(peer.head(), 200)
    peer.close()
    gateway.log.wait("the stream was closed")
    expect(ask(gateway, "watches", once=True), 200, text="begun")


def test_an_answer_over_the_limit_is_cut_and_the_worker_serves_on(start):
    gateway = start({**config(), "limits": {"stream": "1MB"}})
    with order(gateway, "piped", size=2 * MEBIBYTE) as peer:
        expect(peer.head(), 200)
        assert len(read_until_cut(peer)) <= MEBIBYTE
    gateway.log.wait("answer cut: too_large")
    assert len(expect(ask(gateway, "piped", size=10), 200).body) == 10


def test_a_buffered_caller_gets_it_whole(start):
    gateway = start(config(invoke_mode="buffered"))
    answer = expect(ask(gateway, "http"), 201, text="firstsecond")
    assert answer.all("set-cookie") == ["a=b", "c=d"]
    expect(ask(gateway, "fails", throws="x"), 500, ERROR)
