"""What two readers of one connection could read differently is refused, and the connection closed."""

import json
import re

import pytest

from gateway import command_function, expect

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

# Ambiguous, or not HTTP: 400.
BAD = {
    "length and coding": POST + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "coding and length": POST + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "gzip, chunked": POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "xchunked": POST + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "identity": POST + "Transfer-Encoding: identity\r\n\r\n",
    "chunked twice": POST + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "two codings": POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "coding in HTTP/1.0": "POST /x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two equal lengths": POST + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "two different lengths": POST + "Content-Length: 3\r\nContent-Length: 30\r\n\r\nabc",
    "length 3, 3": POST + "Content-Length: 3, 3\r\n\r\nabc",
    "length +3": POST + "Content-Length: +3\r\n\r\nabc",
    "length -1": POST + "Content-Length: -1\r\n\r\nabc",
    "length 3abc": POST + "Content-Length: 3abc\r\n\r\nabc",
    "length 0x3": POST + "Content-Length: 0x3\r\n\r\nabc",
    "length of 2^64": POST + "Content-Length: 18446744073709551616\r\n\r\nabc",
    "length of 2^64-1": POST + "Content-Length: 18446744073709551615\r\n\r\nabc",
    "empty length": POST + "Content-Length:\r\n\r\nabc",
    "two hosts": "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "no host": "GET /x HTTP/1.1\r\n\r\n",
    "host with a path": "GET /x HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "two content types": POST + "Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 0\r\n\r\n",
    "target of another host": "GET http://evil.example/x HTTP/1.1\r\nHost: a\r\n\r\n",
    "target with a user": "GET http://a@a/x HTTP/1.1\r\nHost: a\r\n\r\n",
    "target without slash": "GET x HTTP/1.1\r\nHost: a\r\n\r\n",
    "asterisk of GET": "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
    "fragment": "GET /x#y HTTP/1.1\r\nHost: a\r\n\r\n",
    "blank in the target": "GET /x y HTTP/1.1\r\nHost: a\r\n\r\n",
    "two blanks": "GET  /x HTTP/1.1\r\nHost: a\r\n\r\n",
    "byte over 127 in the target": "GET /caf\u00e9 HTTP/1.1\r\nHost: a\r\n\r\n",
    "control byte in a value": GET + "X-A: a\x01b\r\n\r\n",
    "NUL in a value": GET + "X-A: a\0b\r\n\r\n",
    "NUL in a name": GET + "X\0A: b\r\n\r\n",
    "folded line": POST + "Transfer-Encoding:\r\n chunked\r\nContent-Length: 3\r\n\r\nabc",
    "folded first line": "POST /x HTTP/1.1\r\n Content-Length: 3\r\nHost: a\r\n\r\nabc",
    "line without a name": POST + ": x\r\nContent-Length: 3\r\n\r\nabc",
    "blank before the colon": POST + "Transfer-Encoding : chunked\r\nContent-Length: 3\r\n\r\nabc",
    "blank in a name": GET + "X A: x\r\n\r\n",
    "line without a colon": GET + "nonsense\r\n\r\n",
    "line feeds alone": "GET /x HTTP/1.1\nHost: a\n\n",
    "line feed in the middle": GET + "A: b\nC: d\r\n\r\n",
    "carriage return in the middle": GET + "A: b\rTransfer-Encoding: chunked\r\n\r\n",
    "empty line of a line feed": GET + "\n",
    "version in lower case": "GET /x http/1.1\r\nHost: a\r\n\r\n",
    "no version": "GET /x\r\n\r\n",
    "method that is no token": "F(O /x HTTP/1.1\r\nHost: a\r\n\r\n",
    "TLS hello": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "x" * 100 + "\r\n\r\n",
}

# What we do not serve, in a status of its own.
OTHER = {
    "two authorizations": (401, GET + "Authorization: a\r\nAuthorization: b\r\n\r\n"),
    "HTTP/2 preface": (505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "unknown version": (505, "GET /x HTTP/3.7\r\nHost: a\r\n\r\n"),
    "lower-case method": (501, "get /x HTTP/1.1\r\nHost: a\r\n\r\n"),
    "TRACE": (501, "TRACE /x HTTP/1.1\r\nHost: a\r\n\r\n"),
    "CONNECT": (501, "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"),
    "a miracle": (417, POST + "Content-Length: 3\r\nExpect: miracle\r\n\r\nabc"),
}
HEADS = {name: (400, text) for name, text in BAD.items()} | OTHER

# The head is sound, the body is not.
CHUNKS = {
    "chunk of 0x3": "0x3\r\nabc\r\n0\r\n\r\n",
    "negative chunk": "-3\r\nabc\r\n0\r\n\r\n",
    "chunk of 2^64": "10000000000000000\r\nabc\r\n0\r\n\r\n",
    "blank behind the size": "3 \r\nabc\r\n0\r\n\r\n",
    "blank before the size": " 3\r\nabc\r\n0\r\n\r\n",
    "no end of a chunk": "3\r\nabcX0\r\n\r\n",
    "size ended by a line feed": "3\nabc\r\n0\r\n\r\n",
    "data ended by a line feed": "3\r\nabc\n0\r\n\r\n",
    "line feed in an extension": "3;a\nabc\r\n0\r\n\r\n",
    "long extension": "3;" + "a" * 300 + "\r\nabc\r\n0\r\n\r\n",
    "folded trailer": "3\r\nabc\r\n0\r\nA: b\r\n c\r\n\r\n",
}


@pytest.mark.parametrize("name", HEADS)
def test_a_head_that_must_not_be_served_is_refused_in_json_and_the_connection_is_closed(gateway, name):
    status, text = HEADS[name]
    with gateway.peer() as peer:
        peer.try_send((text + SECOND).encode("latin-1"))
        answer = expect(peer.answer(), status)
        assert answer.header("connection").lower() == "close"
        assert isinstance(answer.json()["message"], str)
        assert answer.header("content-type") == "application/json"
        request_id = re.escape(answer.header("apigw-requestid"))
        peer.expect_closed()
    gateway.log.wait(rf"request \[{request_id}\] {status} \w+: (?!no reason)")


@pytest.mark.parametrize("name", CHUNKS)
def test_a_function_never_gets_a_body_that_is_cut_up_wrongly(gateway, name):
    with gateway.peer() as peer:
        head = POST.replace("/x", "/body") + "Transfer-Encoding: chunked\r\n\r\n"
        peer.try_send((head + CHUNKS[name] + SECOND).encode("latin-1"))
        answer = expect(peer.answer(), 400, {"message": "Bad Request"})
        assert answer.header("connection").lower() == "close"
        peer.expect_closed()


@pytest.mark.parametrize("name", CHUNKS)
def test_behind_chunks_that_nobody_reads_nothing_is_served(gateway, name):
    with gateway.peer() as peer:
        peer.try_send((POST + "Transfer-Encoding: chunked\r\n\r\n" + CHUNKS[name] + SECOND).encode("latin-1"))
        answer = expect(peer.answer(), 200, text="first")
        assert answer.header("connection").lower() == "close"
        peer.expect_closed()


def test_a_chunk_extension_is_not_part_of_the_body(gateway):
    chunks = "Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0;last\r\nT: x\r\n\r\n"
    with gateway.peer() as peer:
        peer.send((POST.replace("/x", "/body") + chunks + GET + "\r\n").encode())
        expect(peer.answer(), 200, text="abc")
        expect(peer.answer(), 200, text="first")


def test_a_target_with_a_scheme_is_served_as_its_path(gateway):
    with gateway.peer() as peer:
        peer.send(b"GET http://a:80/x?y HTTP/1.1\r\nHost: A:80\r\n\r\n")
        expect(peer.answer(), 200, text="first")


def test_an_empty_line_before_a_request_is_not_one(gateway):
    with gateway.peer() as peer:
        for _ in range(2):
            peer.send(b"\r\n" + GET.encode() + b"\r\n")
            expect(peer.answer(), 200, text="first")


def test_bytes_after_a_refused_request_are_never_an_answer(gateway):
    with gateway.peer() as peer:
        peer.try_send((BAD["two different lengths"] + SECOND).encode())
        found = peer.rest()
    assert found.count(b"HTTP/1.1") == 1, found
    json.loads(found.split(b"\r\n\r\n", 1)[1])
