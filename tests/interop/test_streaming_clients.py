"""Answers that the official Runtime API clients stream, to clients that take them as they come."""

import json

import pytest

from gateway import SLOW, Gateway, expect, wait_for
from runtimes import STREAMING
from streams import MEBIBYTE, count_chunks, read_until_cut, resident

LARGE = 48 * MEBIBYTE
SLOW_READS = 16  # a slow client takes so much, and then looks elsewhere for a while
FRAME = b"one,two"


class Streamed:
    def __init__(self, gateway, runtime):
        self.gateway, self.runtime = gateway, runtime

    def ask(self, **order):
        """A connection on which the streamed answer will come."""
        body = json.dumps({"do": "stream", **order}).encode()
        headers = [("Content-Type", "application/json")]
        return self.gateway.peer().request("POST", "/s", headers=headers, body=body)

    def begun(self, peer):
        head = expect(peer.head(), 201)
        assert head.header("content-type") == "text/event-stream"
        assert head.all("set-cookie") == ["a=b", "c=d"]
        assert head.header("transfer-encoding") == "chunked"
        return head

    def works(self):
        with self.ask(how="ends") as peer:
            self.begun(peer)
            assert peer._chunks() == FRAME

    def cut(self):
        """How many answers of ours were cut, and why the last one was."""
        return self.gateway.log.find_all("answer cut: ")


@pytest.fixture(scope="module", params=STREAMING)
def streamed(request, installed, tmp_path_factory):
    name, runtime_of = request.param
    runtime = runtime_of(installed(name))
    function = {**runtime.streamer(), "invoke_mode": "stream"}
    function["workers"]["max"] = 1
    routes = {"POST /s": {"function": "s", "timeout": SLOW}}
    config = {"functions": {"s": function}, "routes": routes}
    with Gateway(tmp_path_factory.mktemp(name), config) as gateway:
        yield Streamed(gateway, runtime)


def test_a_prelude_is_the_head_and_pieces_come_while_the_function_runs(streamed, tmp_path):
    gate = tmp_path / "gate"
    with streamed.ask(gate=str(gate), how="ends") as peer:
        streamed.begun(peer)
        while b"one," not in peer.buffer:
            assert peer._more()
        assert b"two" not in peer.buffer
        gate.touch()
        assert peer._chunks() == FRAME


def test_an_error_in_the_middle_is_a_cut_answer(streamed):
    before = len(streamed.cut())
    with streamed.ask(how="throws", text="in the middle") as peer:
        streamed.begun(peer)
        if streamed.runtime.tells_cuts:
            assert read_until_cut(peer) == b"one,"
            streamed.gateway.log.wait("answer cut: function_error: .*in the middle", count=1)
            assert len(streamed.cut()) == before + 1
        else:  # the client of Rust writes what should be trailers into the body
            body = peer._chunks()
            assert body.startswith(b"one,Lambda-Runtime-Function-Error-Type: Runtime.StreamError")
    streamed.works()


def test_a_worker_that_leaves_in_the_middle_is_a_cut_answer(streamed, tmp_path):
    gate = tmp_path / "gate"
    with streamed.ask(how="leaves", gate=str(gate)) as peer:
        streamed.begun(peer)
        while b"one," not in peer.buffer:
            assert peer._more()
        gate.touch()
        assert read_until_cut(peer) == b"one,"
    streamed.gateway.log.wait("answer cut: function_error: .*exit status 7")
    streamed.works()


def test_a_large_answer_reaches_a_slow_client_whole_and_memory_stays_flat(streamed):
    with streamed.ask(size=4 * MEBIBYTE, how="ends") as peer:
        streamed.begun(peer)
        assert count_chunks(peer) == 4 * MEBIBYTE + len(FRAME)
    before = resident(streamed.gateway)
    peak = 0
    with streamed.ask(size=LARGE, how="ends") as peer:
        streamed.begun(peer)
        for _ in range(SLOW_READS):
            for _ in range(SLOW_READS):
                assert peer._more()
            answered = wait_for("time to pass", lambda: streamed.gateway.get("/metrics", admin=True))
            expect(answered, 200)
            peak = max(peak, resident(streamed.gateway))
        assert count_chunks(peer) == LARGE + len(FRAME)
    assert peak - before < 8 * MEBIBYTE, f"memory grew by {peak - before} bytes"


def test_a_client_that_leaves_ends_the_stream_and_the_next_one_is_served(streamed):
    peer = streamed.ask(size=1 << 40, how="ends")
    head = streamed.begun(peer)
    peer.close()
    streamed.gateway.log.wait(rf"{head.header('apigw-requestid')}.*client left.*status=499")
    streamed.works()
