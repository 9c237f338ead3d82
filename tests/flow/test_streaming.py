"""`invoke_mode: stream`: an answer reaches its client while its function still makes it."""

import base64
import json
import os
import re
from pathlib import Path

import pytest

from gateway import FUNCTIONS, PYTHON, SLOW, expect, wait_for
from limits import SANITIZED
from streams import AHEAD, LARGE, MEBIBYTE, progress_of, read_until_cut, resident

INTEGRATION = "application/vnd.awslambda.http-integration-response"
ERROR = {"message": "Internal Server Error"}
UNAVAILABLE = {"message": "Service Unavailable"}
NULS = "\0" * 8


def streamer(**options):
    workers = {"command": [PYTHON, str(FUNCTIONS / "streamer.py")], "max": 1}
    workers.update(options.pop("workers", {}))
    return {"timeout": SLOW, "invoke_mode": "stream", **options, "workers": workers}


ROUTES = {"ANY /s": {"function": "s"}, "POST /whole": {"function": "s", "invoke_mode": "buffered"}}
CONFIG = {
    "functions": {"s": streamer()},
    "routes": ROUTES,
    "limits": {"stream": "1GB"},
    "loops": 2,
}


def prelude(**members):
    return json.dumps(members) + NULS


def order(*steps, type=None, **more):
    return json.dumps({"type": type, "steps": steps, **more}).encode()


def stream(gateway, *steps, method="POST", target="/s", **more):
    """A connection on which the streamed answer to the order will come."""
    return gateway.peer().request(method, target, body=order(*steps, **more))


def works(gateway):
    """The next call is served. Returns nothing: which process serves it is the log's to tell."""
    expect(gateway.request("POST", "/s", order("fine")), 200, text="fine")


# --- answers ----------------------------------------------------------------------------------------


def test_a_piece_reaches_the_client_while_the_function_still_runs(gateway, tmp_path):
    gates = [tmp_path / "one", tmp_path / "two"]
    steps = ["first", {"gate": str(gates[0])}, "second", {"gate": str(gates[1])}, "third"]
    with stream(gateway, *steps, type="text/event-stream") as peer:
        head = peer.head()
        expect(head, 200)
        assert head.header("content-type") == "text/event-stream"
        assert head.header("transfer-encoding") == "chunked"
        assert head.header("content-length") is None
        for text, gate in (("first", gates[0]), ("second", gates[1]), ("third", None)):
            while text.encode() not in peer.buffer:
                assert peer._more()
            if gate:
                gate.touch()
        assert peer._chunks() == b"firstsecondthird"


def test_the_head_reaches_the_client_before_any_of_the_body(gateway, tmp_path):
    gate = tmp_path / "gate"
    with stream(gateway, {"gate": str(gate)}, "body") as peer:
        expect(peer.head(), 200)
        gate.touch()
        assert peer._chunks() == b"body"


def test_an_answer_without_a_prelude_is_200_with_the_body_as_it_is(gateway):
    answer = gateway.request("POST", "/s", order('{"statusCode":404}', NULS, "x", type="text/html"))
    expect(answer, 200, text='{"statusCode":404}' + NULS + "x")
    assert answer.header("content-type") == "text/html"


def test_an_answer_without_a_content_type_is_application_octet_stream(gateway):
    answer = expect(gateway.request("POST", "/s", order("x")), 200, text="x")
    assert answer.header("content-type") == "application/octet-stream"


def test_a_prelude_is_the_head_of_the_answer(gateway):
    head = prelude(
        statusCode=201,
        headers={"Content-Type": "text/plain", "X-One": "1", "x-n": 7, "x-also": "1"},
        multiValueHeaders={"x-many": ["a", "b"], "X-Also": ["2"]},
        cookies=["a=b; Path=/", "c=d"],
    )
    answer = gateway.request("POST", "/s", order(head, "body", type=INTEGRATION))
    expect(answer, 201, text="body")
    assert answer.header("content-type") == "text/plain"
    assert (answer.header("x-one"), answer.header("x-n")) == ("1", "7")
    assert (answer.header("x-many"), answer.header("x-also")) == ("a, b", "1, 2")
    assert answer.all("set-cookie") == ["a=b; Path=/", "c=d"]
    assert answer.header("apigw-requestid")


@pytest.mark.parametrize("size", [1, 3, 7])
def test_a_prelude_may_come_in_pieces_of_any_size(gateway, size):
    text = prelude(statusCode=202, headers={"content-type": "text/plain"}) + "\0\0body"
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    answer = gateway.request("POST", "/s", order(*pieces, type=INTEGRATION + "; charset=utf-8"))
    expect(answer, 202, text="\0\0body")


def test_a_prelude_without_members_is_200_and_application_octet_stream(gateway):
    answer = expect(gateway.request("POST", "/s", order(prelude(), "x", type=INTEGRATION)), 200, text="x")
    assert answer.header("content-type") == "application/octet-stream"


def test_a_streamed_answer_may_be_empty(gateway):
    expect(gateway.request("POST", "/s", order()), 200, text="")
    expect(gateway.request("POST", "/s", order(prelude(statusCode=404), type=INTEGRATION)), 404, text="")


def test_the_body_keeps_every_byte(gateway):
    size = 300000
    data = bytes(range(256))
    steps = [{"send": base64.b64encode(data).decode()}, {"fill": size}]
    answer = expect(gateway.request("POST", "/s", order(*steps)), 200)
    block = data * 256
    assert answer.body == data + (block * (size // len(block) + 1))[:size]


def test_connections_serve_more_requests_after_a_stream(gateway):
    with gateway.peer() as peer:
        for n in range(3):
            peer.request("POST", "/s", body=order(f"answer {n}"))
            expect(peer.answer(), 200, text=f"answer {n}")


def test_streams_reach_clients_of_every_loop(gateway):
    """Connections are dealt out to the loops in turn; the workers live on one of them."""
    for n in range(6):
        answer = expect(gateway.request("POST", "/s", order(f"{n}", {"fill": 200000})), 200)
        assert len(answer.body) == 200001
    loops = [gateway.metric("lambdagate_loop_connections_total", loop=str(loop)) for loop in (0, 1)]
    assert all(loops), loops


def test_head_is_answered_without_a_body_and_with_its_length(gateway):
    head = prelude(statusCode=203, headers={"x-a": "1"})
    with stream(gateway, head, "12345", method="HEAD", type=INTEGRATION) as peer:
        answer = expect(peer.answer(to="HEAD"), 203)
        assert answer.header("x-a") == "1" and answer.header("content-length") == "5"
    works(gateway)


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_none(gateway, status):
    with stream(gateway, prelude(statusCode=status), "dropped", type=INTEGRATION) as peer:
        expect(peer.answer(), status)
        peer.request("POST", "/s", body=order("next"))
        expect(peer.answer(), 200, text="next")


def test_an_answer_that_is_not_streamed_is_mapped_as_on_every_route(gateway):
    answer = gateway.request("POST", "/s", json.dumps({"return": {"statusCode": 418, "body": "tea"}}))
    expect(answer, 418, text="tea")


def test_a_buffered_route_gets_a_streamed_answer_whole(gateway):
    head = prelude(statusCode=201, headers={"x-a": "1"}, cookies=["c=d"])
    answer = gateway.request("POST", "/whole", order(head, "one", "two", type=INTEGRATION))
    expect(answer, 201, text="onetwo")
    assert answer.header("content-length") == "6"
    assert answer.header("x-a") == "1" and answer.header("set-cookie") == "c=d"


def test_a_buffered_route_gets_no_half_of_an_answer(gateway):
    answer = gateway.request("POST", "/whole", order("one", {"end": "trailers"}))
    expect(answer, 500, ERROR)


def test_invoke_gets_a_streamed_answer_whole_with_its_prelude(gateway):
    text = prelude(statusCode=201) + "body"
    target = "/2015-03-31/functions/s/invocations"
    answer = gateway.request("POST", target, order(text, type=INTEGRATION), admin=True)
    expect(answer, 200, text=text)


# --- failures before the answer began ---------------------------------------------------------------


def test_a_function_that_fails_before_it_answers_is_500(gateway):
    expect(gateway.request("POST", "/s", json.dumps({"fail": "no"})), 500, ERROR)


@pytest.mark.parametrize(
    "steps, reason",
    [
        (["{nonsense" + NULS], "no JSON object"),
        (["[]" + NULS], "no JSON object"),
        ([prelude(statusCode=99)], "statusCode outside"),
        ([prelude(headers={"a b": "c"})], "no HTTP token"),
        ([prelude(headers=[])], "headers of type array"),
        (['{"statusCode":200}'], "ended before its prelude"),
        (["{}", "\0" * 7, "x", "\0" * 7], "ended before its prelude"),
        (["{" + " " * 16375, "}" + NULS], "no end within 16 KB"),
    ],
)
def test_a_prelude_that_is_none_is_500_and_the_log_says_why(gateway, steps, reason):
    expect(gateway.request("POST", "/s", order(*steps, type=INTEGRATION)), 500, ERROR)
    gateway.log.wait(f"malformed_answer: .*{reason}")
    works(gateway)


def test_a_prelude_of_16_kb_is_taken(gateway):
    text = "{" + " " * (16384 - 8 - 2) + "}" + NULS
    expect(gateway.request("POST", "/s", order(text, "body", type=INTEGRATION)), 200, text="body")


@pytest.mark.parametrize("how", ["trailers", "exit", "cut"])
def test_a_failure_within_the_prelude_is_500(gateway, how):
    expect(gateway.request("POST", "/s", order('{"statusCode":', {"end": how}, type=INTEGRATION)), 500, ERROR)
    works(gateway)


def test_a_route_waits_for_the_beginning_of_an_answer_no_longer_than_its_timeout(start, tmp_path):
    routes = {"POST /s": {"function": "s", "timeout": "300ms"}}
    gateway = start({"functions": {"s": streamer()}, "routes": routes})
    gate = tmp_path / "gate"
    unfinished = order('{"statusCode":200}', {"gate": str(gate)}, type=INTEGRATION)
    wait_for("a worker that is warm", lambda: gateway.request("POST", "/s", order("x")).status == 200)

    def started():  # on a slow machine the worker may come too late for the call
        answer = expect(gateway.request("POST", "/s", unfinished), 503, UNAVAILABLE)
        return answer.header("x-lambdagate-outcome") == "unknown"

    wait_for("a call that was begun and not answered in time", started)
    gate.touch()
    gateway.log.wait("runtime was cut off")
    wait_for("the next call", lambda: gateway.request("POST", "/s", order("x")).status == 200)


def test_a_route_whose_answer_has_begun_waits_as_long_as_its_function_may_run(start, tmp_path):
    routes = {"POST /s": {"function": "s", "timeout": "2s"}}
    gateway = start({"functions": {"s": streamer()}, "routes": routes})
    gate = tmp_path / "gate"
    wait_for("a worker that is warm", lambda: gateway.request("POST", "/s", order("x")).status == 200)
    with stream(gateway, "begun", {"gate": str(gate)}, "whole") as peer:
        expect(peer.head(), 200)
        # One that comes later finds no worker, and its time is over: so is that of the first.
        expect(gateway.request("POST", "/s", order("x")), 503)
        gate.touch()
        assert peer._chunks() == b"begunwhole"


# --- failures in the middle -------------------------------------------------------------------------


def cut_with(gateway, *steps, cause, **more):
    before = gateway.metric("lambdagate_streams_cut_total", cause=cause) or 0
    with stream(gateway, *steps, **more) as peer:
        head = expect(peer.head(), 200)
        assert read_until_cut(peer) == b"begun"
    request_id = head.header("apigw-requestid")
    gateway.log.wait(rf"{request_id}.*answer cut.*status=200.*cause=\"?{cause}")
    wait_for("the count", lambda: gateway.metric("lambdagate_streams_cut_total", cause=cause) == before + 1)


def test_an_error_in_the_trailers_cuts_the_answer(gateway):
    cut_with(gateway, "begun", {"end": "trailers"}, cause="function_error")
    gateway.log.wait("answer cut: function_error: function failed: .*in the middle")
    works(gateway)


def test_a_worker_that_dies_in_the_middle_cuts_the_answer(gateway, tmp_path):
    seen = tmp_path / "seen"
    with stream(gateway, "begun", {"gate": str(seen)}, {"end": "exit"}) as peer:
        expect(peer.head(), 200)
        seen.touch()
        assert read_until_cut(peer) == b"begun"
    gateway.log.wait("answer cut: function_error: .*exit status 3")
    works(gateway)


def test_a_connection_that_ends_in_the_middle_cuts_the_answer_and_the_worker_lives_on(gateway):
    cut_with(gateway, "begun", {"end": "cut"}, cause="function_error")
    gateway.log.wait("answer cut: function_error: .*Runtime.TruncatedResponse")
    works(gateway)


def test_a_timeout_in_the_middle_cuts_the_answer(start):
    functions = {"s": streamer(timeout="2s")}
    gateway = start({"functions": functions, "routes": ROUTES})
    wait_for("a worker that is warm", lambda: gateway.request("POST", "/s", order("x")).status == 200)
    cut_with(gateway, "begun", {"end": "silence"}, cause="timeout")
    gateway.log.wait("Task timed out after 2.00 seconds")
    assert gateway.metric("lambdagate_invocations_total", function="s", cause="timeout") >= 1
    wait_for("the next call", lambda: gateway.request("POST", "/s", order("x")).status == 200)


def test_what_came_before_an_error_reaches_the_client(gateway):
    with stream(gateway, {"fill": 1000000}, {"end": "trailers"}) as peer:
        expect(peer.head(), 200)
        assert len(read_until_cut(peer)) == 1000000


def test_a_client_of_http_1_0_sees_a_cut_as_a_reset(gateway):
    with gateway.peer() as peer:
        peer.request("POST", "/s", body=order("begun", {"end": "trailers"}), version="HTTP/1.0")
        with pytest.raises((ConnectionResetError, AssertionError)):
            expect(peer.head(), 200)
            while peer._more():
                pass


def test_an_answer_over_the_limit_is_cut_and_the_worker_lives_on(start):
    config = {"functions": {"s": streamer()}, "routes": ROUTES, "limits": {"stream": "1MB"}}
    gateway = start(config)
    answer = expect(gateway.request("POST", "/s", order({"fill": MEBIBYTE})), 200)
    assert len(answer.body) == MEBIBYTE
    with stream(gateway, {"fill": MEBIBYTE + 1}) as peer:
        expect(peer.head(), 200)
        assert len(read_until_cut(peer)) <= MEBIBYTE
    gateway.log.wait("answer cut: too_large")
    gateway.log.wait("runtime was answered 413")
    works(gateway)


# --- pace -------------------------------------------------------------------------------------------


def test_a_slow_client_slows_its_function_down_and_memory_stays_flat(start, tmp_path):
    config = {"functions": {"s": streamer(timeout="900s")}, "routes": ROUTES, "limits": {"stream": "1GB"}}
    gateway = start(config)
    for _ in range(2):  # both loops have done what they do for a first stream
        expect(gateway.request("POST", "/s", order({"fill": 4 * MEBIBYTE})), 200)
    before = resident(gateway)
    progress = tmp_path / "progress"
    with stream(gateway, {"fill": LARGE}, progress=str(progress)) as peer:
        expect(peer.head(), 200)
        stalled = None
        while stalled != progress_of(progress) or not stalled:  # a turn of this machine's patience
            stalled = progress_of(progress)
            os.sched_yield()
            wait_for("time to pass", lambda: gateway.get("/metrics", admin=True).status == 200)
        assert stalled < AHEAD, "the function ran ahead of its client"
        received, peak = 0, 0
        while received < LARGE:
            size = int(peer._line(), 16)
            assert size > 0
            received += len(peer._take(size))
            assert peer._line() == ""
            if received // (4 * MEBIBYTE) != (received - size) // (4 * MEBIBYTE):
                peak = max(peak, resident(gateway))
                assert progress_of(progress) - received < AHEAD
        assert peer._chunks() == b""
    assert received == LARGE
    # a sanitizer keeps what was freed for a while
    assert SANITIZED or peak - before < 8 * MEBIBYTE, f"memory grew by {peak - before} bytes"


# --- clients that leave -----------------------------------------------------------------------------


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_a_client_that_leaves_ends_the_stream_and_its_worker_serves_on(gateway, leave, tmp_path):
    pid = tmp_path / "begun"
    cut_before = len(gateway.log.find_all("runtime was cut off"))
    peer = stream(gateway, "begun", {"touch": str(pid)}, {"fill": 1 << 40})
    head = expect(peer.head(), 200)
    wait_for("the stream", pid.exists)
    getattr(peer, leave)()
    gateway.log.wait("runtime was cut off", count=cut_before + 1)
    request_id = head.header("apigw-requestid")
    gateway.log.wait(rf"{request_id}.*client left.*status=499")
    wait_for("its end to be counted", lambda: gateway.metric("lambdagate_invocations_total", function="s", cause="abandoned"))
    works(gateway)


def test_a_client_that_leaves_before_the_answer_begins_does_not_stop_the_function(gateway, tmp_path):
    started, gate, after = (tmp_path / name for name in ("started", "gate", "after"))
    before = {"touch": str(started), "gate": str(gate)}
    cuts = len(gateway.log.find_all("runtime was cut off"))
    peer = stream(gateway, {"touch": str(after)}, {"fill": 1 << 40}, before=before)
    wait_for("the function", started.exists)
    peer.close()
    gateway.log.wait("client left .*status=499")
    gate.touch()
    wait_for("the function to go on", after.exists)
    gateway.log.wait("runtime was cut off", count=cuts + 1)
    works(gateway)


def test_a_stop_waits_for_a_stream_and_cuts_it_at_the_drain_timeout(start, tmp_path):
    config = {"functions": {"s": streamer()}, "routes": ROUTES, "drain_timeout": "300ms"}
    gateway = start(config)
    peer = stream(gateway, "begun", {"end": "silence"})
    expect(peer.head(), 200)
    gateway.stop(statuses=(1,))
    assert read_until_cut(peer) == b"begun"
    peer.close()


def test_a_stop_lets_a_stream_end(start, tmp_path):
    gateway = start({"functions": {"s": streamer()}, "routes": ROUTES})
    gate = tmp_path / "gate"
    peer = stream(gateway, "begun", {"gate": str(gate)}, "whole")
    expect(peer.head(), 200)
    below = gateway.below()
    gateway.send_signal(15)
    gateway.log.wait("drain|stopping|stop")
    gate.touch()
    assert peer._chunks() == b"begunwhole"
    peer.close()
    gateway.wait_end(below)
