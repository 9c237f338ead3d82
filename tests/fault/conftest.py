"""The fault tests: the fixtures of the flow tests, and a rig whose parts can be broken."""

import importlib.util
import os
import random
import sys
from pathlib import Path

import pytest

FLOW = Path(__file__).resolve().parents[1] / "flow"
sys.path.insert(0, str(FLOW))

_spec = importlib.util.spec_from_file_location("flow_conftest", FLOW / "conftest.py")
_flow = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_flow)
start = _flow.start

from redis_server import SERVER  # noqa: E402
from rig import Rig, environment  # noqa: E402

_rigs = []


def pytest_configure(config):
    config.addinivalue_line("markers", "long: minutes of random faults, by `make fault` alone")
    _flow.pytest_configure(config)


@pytest.fixture
def seed():
    """Of all that is random in a test; a failure prints it."""
    return int(os.environ.get("LAMBDAGATE_TEST_SEED") or random.randrange(1 << 32))


@pytest.fixture
def make_rig(start):
    """make_rig(folder, seed), for a test that needs several one after the other."""
    if SERVER is None:
        pytest.skip("redis-server is not installed (Debian: redis-server)")
    made = []

    def make(folder, seed):
        folder.mkdir(exist_ok=True)
        made.append(Rig(folder, start, environment(), seed))
        _rigs.append(made[-1])
        return made[-1]

    yield make
    for one in made:
        _rigs.remove(one)
        one.close()


@pytest.fixture
def rig(make_rig, tmp_path, seed):
    return make_rig(tmp_path, seed)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A test that failed shows its seed, and what all its parts said."""
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    for one in _rigs:
        report.sections += one.logs()
