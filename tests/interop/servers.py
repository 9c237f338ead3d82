"""Servers that others wrote, each a child of the test that needs it."""

import http.client
import ssl
import subprocess

from gateway import PATIENCE, wait_for


class Server:
    """A program that listens on `port`; with Server(...): it answers `ready`, a path, by then."""

    def __init__(self, words, port, folder, ready, context=None, patience=PATIENCE, **environment):
        self.port, self.ready, self.context, self.patience = port, ready, context, patience
        self.log = (folder / "server.log").open("w+")
        self.process = subprocess.Popen(
            list(map(str, words)), cwd=folder, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), **environment},
        )  # fmt: skip

    def get(self, path):
        """(status, body), or None when nobody listens."""
        try:
            if self.context is None:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            else:
                connection = http.client.HTTPSConnection(
                    "localhost", self.port, timeout=PATIENCE, context=self.context
                )
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException, ssl.SSLError):
            assert self.process.poll() is None, f"it ended: {self.said()}"
            return None
        finally:
            connection.close()

    def said(self):
        self.log.seek(0)
        return self.log.read()[-2000:]

    def __enter__(self):
        try:
            wait_for(f"{self.ready} of the server", lambda: (self.get(self.ready) or (0,))[0] == 200,
                     self.patience)  # fmt: skip
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
