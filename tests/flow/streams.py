"""What tests of streamed answers share: cut answers, the pace of a client, the memory of a daemon."""

import os
import re
from pathlib import Path

MEBIBYTE = 1024 * 1024
# A fault that only long streams show has room in the long run; CI has little time.
LARGE = int(os.environ.get("LAMBDAGATE_TEST_STREAM_MB", "64")) * MEBIBYTE
# What a stream may hold on its way, kernel buffers of two connections included.
AHEAD = 32 * MEBIBYTE


def read_until_cut(peer):
    """The bytes of a chunked answer that was cut: without its last chunk."""
    rest = peer.rest()
    assert not rest.endswith(b"0\r\n\r\n"), "the answer looks whole"
    body = b""
    while match := re.match(rb"([0-9a-f]+)\r\n", rest, re.IGNORECASE):
        size = int(match.group(1), 16)
        assert size > 0, "the answer looks whole"
        body += rest[match.end() : match.end() + size]
        rest = rest[match.end() + size + 2 :]
    return body


def count_chunks(peer):
    """The size of a chunked body, of which nothing is kept."""
    received = 0
    while size := int(peer._line(), 16):
        received += len(peer._take(size))
        assert peer._line() == ""
    assert peer._line() == ""
    return received


def resident(gateway):
    text = Path(f"/proc/{gateway.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", text).group(1)) * 1024


def progress_of(path):
    return int(path.read_text() or 0) if path.exists() else 0
