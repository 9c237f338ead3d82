"""A relay between a program and its Redis that can be cut, stalled, slowed, and robbed of what passes.

"up" is what the program sends, "down" what Redis answers. Every fault is undone by heal().
"""

import asyncio
import socket
import threading

from gateway import PATIENCE

PIECE = 64 * 1024
PAUSE = 0.005
WAYS = ("up", "down")


def reset(writer):
    """Ends a connection with RST, so that nothing that waits in it arrives any more."""
    one = writer.get_extra_info("socket")
    if writer.transport.is_closing():
        return
    if one.family == socket.AF_INET:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    writer.transport.abort()


class Pair:
    """One connection through the relay."""

    def __init__(self, program, redis):
        self.program, self.redis = program, redis
        self.robbed = False  # bytes of it are missing: it must never go on
        self.deaf = False  # one side is gone, and the other is not told
        self.left = {}  # way -> bytes after which it is cut

    def cut(self):
        for writer in (self.program, self.redis):
            reset(writer)


class Relay:
    def __init__(self, path):
        self.path = path
        self.pairs = set()
        self.delay = 0.0
        self.held = set()  # ways on which everything waits
        self.lost = set()  # ways on which everything vanishes
        self.refusing = False
        self.cuts = 0
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.port = self._do(self._listen())

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def _do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(PATIENCE)

    async def _listen(self):
        self.server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    async def _accept(self, reader, writer):
        try:
            if self.refusing:
                raise ConnectionRefusedError
            redis_reader, redis_writer = await asyncio.open_unix_connection(self.path)
        except OSError:
            reset(writer)
            return
        pair = Pair(writer, redis_writer)
        self.pairs.add(pair)
        try:
            await asyncio.gather(
                self._pump(pair, "up", reader, redis_writer), self._pump(pair, "down", redis_reader, writer)
            )
        except OSError:
            pass
        finally:
            if not pair.deaf:
                self._drop(pair)

    def _drop(self, pair):
        self.pairs.discard(pair)
        pair.cut()

    async def _pump(self, pair, way, reader, writer):
        while data := await reader.read(PIECE):
            if self.delay:
                await asyncio.sleep(self.delay)
            while way in self.held:
                await asyncio.sleep(PAUSE)
            if way in self.lost or pair.deaf:
                pair.robbed = True
                continue
            left = pair.left.get(way)
            if left is not None:
                data = data[:left]
                pair.left[way] -= len(data)
            writer.write(data)
            await writer.drain()
            if left is not None and pair.left[way] == 0:
                self.cuts += 1
                writer.transport.close()  # what was let through arrives
                self._drop(pair)
                return
        if not pair.deaf:
            raise ConnectionResetError

    # --- the faults -------------------------------------------------------------------------------

    def cut(self):
        """All connections end at once."""
        self._do(self._cut(lambda pair: True))

    async def _cut(self, which):
        for pair in [pair for pair in self.pairs if which(pair)]:
            self.cuts += 1
            self._drop(pair)

    def cut_after(self, way, size):
        """Each connection ends when `size` bytes more have passed: in the middle of something."""
        async def arm():
            for pair in self.pairs:
                pair.left[way] = size

        self._do(arm())

    def half_open(self, gone):
        """Ends one side ("program" or "redis") of all connections; the other is not told."""
        async def leave():
            for pair in self.pairs:
                pair.deaf = True
                reset(pair.program if gone == "program" else pair.redis)

        self._do(leave())

    def heal(self):
        """All is well again; connections that lost something are ended, as TCP loses nothing in the middle."""
        self.held, self.lost, self.delay, self.refusing = set(), set(), 0.0, False
        self._do(self._cut(lambda pair: pair.robbed or pair.deaf))

        async def disarm():
            for pair in self.pairs:
                pair.left = {}

        self._do(disarm())

    def end(self):
        async def close():
            self.server.close()
            await self._cut(lambda pair: True)
            await asyncio.sleep(0)
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        self._do(close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(PATIENCE)
        self.loop.close()
