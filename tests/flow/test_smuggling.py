"""What two readers of one connection could read differently is refused, and the connection closed."""

import json
import re

import pytest

from gateway import command_function, expect, run

CONFIG = {
    "functions": {"verbatim": command_function("verbatim")},
    "routes": {
        "ANY /x": {"respond": {"status": 200, "text": "first"}},
        "ANY /{other+}": {"respond": {"status": 200, "text": "SMUGGLED"}},
        "POST /body": {"function": "verbatim"},
    },
}

POST = "POST /x HTTP/1.1\r\nHost: a\r\n"
GET = "GET /x HTTP/1.1\r\nHost: a\r\n"
# Whoever takes this for a second request has been smuggled into.
SECOND = "GET /second HTTP/1.1\r\nHost: a\r\n\r\n"

# Refused by our own checks: 400, JSON, closed.
OURS = {
    "length and coding": POST + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "coding and length": POST + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "gzip, chunked": POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "xchunked": POST + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "identity": POST + "Transfer-Encoding: identity\r\n\r\n",
    "two codings": POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "coding in HTTP/1.0": "POST /x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two equal lengths": POST + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "two different lengths": POST + "Content-Length: 3\r\nContent-Length: 30\r\n\r\nabc",
    "two hosts": "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "two content types": POST + "Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 0\r\n\r\n",
    "absolute target": "GET http://evil.example/x HTTP/1.1\r\nHost: a\r\n\r\n",
    "target without slash": "GET x HTTP/1.1\r\nHost: a\r\n\r\n",
    "asterisk of GET": "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
    "fragment": "GET /x#y HTTP/1.1\r\nHost: a\r\n\r\n",
    "byte over 127 in the target": "GET /caf\u00e9 HTTP/1.1\r\nHost: a\r\n\r\n",
    "control byte in a value": GET + "X-A: a\x01b\r\n\r\n",
}

# From version 1.0 on the HTTP library refuses these itself, in HTML.
REFUSED_BY_LIBRARY_1_0 = {"length and coding", "coding and length", "gzip, chunked", "xchunked", "identity"}


def by_library(name):
    if name not in REFUSED_BY_LIBRARY_1_0:
        return False
    version = run("pkg-config", "--modversion", "libmicrohttpd").stdout
    return int(version.split(".")[0]) >= 1


# Some of these the HTTP library refuses by itself, in its own words. Where the head is sound and only
# the body is not, a route that does not look at bodies may answer; nothing behind it is served.
ANY_REFUSAL = {
    "blank before the colon": POST + "Transfer-Encoding : chunked\r\nContent-Length: 3\r\n\r\nabc",
    "length 3, 3": POST + "Content-Length: 3, 3\r\n\r\nabc",
    "length +3": POST + "Content-Length: +3\r\n\r\nabc",
    "length -1": POST + "Content-Length: -1\r\n\r\nabc",
    "length 3abc": POST + "Content-Length: 3abc\r\n\r\nabc",
    "length 0x3": POST + "Content-Length: 0x3\r\n\r\nabc",
    "length of 2^64": POST + "Content-Length: 18446744073709551616\r\n\r\nabc",
    "length of 2^64-1": POST + "Content-Length: 18446744073709551615\r\n\r\nabc",
    "chunk of 0x3": POST + "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
    "negative chunk": POST + "Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n",
    "chunk of 2^64": POST + "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\nabc\r\n0\r\n\r\n",
    "no end of a chunk": POST + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcX0\r\n\r\n",
    "blank in a name": GET + "X A: x\r\n\r\n",
    "name without a colon": GET + "nonsense\r\n\r\n",
    "no host": "GET /x HTTP/1.1\r\n\r\n",
    "HTTP/2 preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "unknown version": "GET /x HTTP/3.7\r\nHost: a\r\n\r\n",
    "lower-case method": "get /x HTTP/1.1\r\nHost: a\r\n\r\n",
    "method that is no token": "F(O /x HTTP/1.1\r\nHost: a\r\n\r\n",
    "TRACE": "TRACE /x HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT": "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
    "TLS hello": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "x" * 100 + "\r\n\r\n",
}


def ask(gateway, text):
    """All bytes that come back for the request and a second one behind it."""
    with gateway.peer() as peer:
        peer.try_send((text + SECOND).encode("latin-1"))
        peer.socket.shutdown(1)
        return peer.rest()


@pytest.mark.parametrize("name", OURS)
def test_an_ambiguous_request_is_400_in_json_and_the_connection_is_closed(gateway, name):
    with gateway.peer() as peer:
        peer.try_send((OURS[name] + SECOND).encode("latin-1"))
        answer = expect(peer.answer(), 400)
        assert answer.header("connection").lower() == "close"
        if not by_library(name):
            assert isinstance(answer.json()["message"], str)
            assert answer.header("content-type") == "application/json"
        peer.expect_closed()


@pytest.mark.parametrize("name", OURS)
def test_the_reason_of_a_refusal_is_in_the_log(gateway, name):
    if by_library(name):
        return
    with gateway.peer() as peer:
        peer.try_send(OURS[name].encode("latin-1"))
        request_id = re.escape(peer.answer().header("apigw-requestid"))
    gateway.log.wait(rf"request \[{request_id}\] 400 bad_request: (?!no reason)")


@pytest.mark.parametrize("name", ANY_REFUSAL)
def test_a_broken_request_is_refused_and_nothing_behind_it_is_served(gateway, name):
    found = ask(gateway, ANY_REFUSAL[name])
    assert b"SMUGGLED" not in found, found
    if found and "chunk" not in name:
        status = int(found.split(b" ", 2)[1])
        assert 400 <= status < 600, found


@pytest.mark.parametrize("name", [name for name in ANY_REFUSAL if "chunk" in name])
def test_a_function_never_gets_a_body_that_is_cut_up_wrongly(gateway, name):
    found = ask(gateway, ANY_REFUSAL[name].replace("POST /x", "POST /body"))
    assert b"HTTP/1.1 200" not in found, found


def test_a_chunk_extension_is_refused_or_read_as_one_body(gateway):
    chunks = "Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\n\r\n"
    found = ask(gateway, POST.replace("/x", "/body") + chunks)
    assert found.count(b"HTTP/1.1 200") in (0, 2), found
    if b"200" in found:
        assert b"\r\n\r\nabcHTTP/1.1 200" in found, found


def test_bytes_after_a_refused_request_are_never_an_answer(gateway):
    found = ask(gateway, OURS["two different lengths"])
    assert found.count(b"HTTP/1.1") == 1, found
    body = found.split(b"\r\n\r\n", 1)[1]
    json.loads(body)
