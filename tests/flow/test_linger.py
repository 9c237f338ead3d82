"""A client that sends its whole body before it listens still hears why it was refused."""

import pytest

from gateway import expect, python_function

MB = 1024 * 1024


CONFIG = {
    "functions": {"act": python_function("act")},
    "routes": {"POST /act": {"function": "act"}},
}


@pytest.mark.parametrize("size", [11 * MB, 40 * MB])
def test_a_body_over_the_limit_is_sent_whole_and_413_is_heard(gateway, size):
    for _ in range(3):
        with gateway.peer() as peer:
            peer.send(f"POST /act HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode())
            peer.send(b"x" * size)
            answer = expect(peer.answer(), 413, {"message": "Request Entity Too Large"})
            assert answer.header("connection").lower() == "close"
            peer.expect_closed()


def test_a_body_for_an_unknown_route_is_sent_whole_and_404_is_heard(gateway):
    with gateway.peer() as peer:
        peer.send(b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n")
        peer.send(b"x" * 8000000)
        expect(peer.answer(), 404, {"message": "Not Found"})


def test_a_client_that_listens_need_not_send_its_body(gateway):
    with gateway.peer() as peer:
        peer.send(b"POST /act HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n")
        expect(peer.answer(), 413)


def test_the_daemon_ends_while_refused_clients_still_send(start):
    gateway = start(CONFIG)
    with gateway.peer() as peer:
        peer.send(b"POST /act HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n")
        expect(peer.answer(), 413)
        peer.send(b"x" * 100000)
        gateway.stop()
