"""The tests with third-party clients: the fixtures of the flow tests, and clients that may be missing."""

import importlib.util
import sys
from pathlib import Path

import pytest

FLOW = Path(__file__).resolve().parents[1] / "flow"
sys.path.insert(0, str(FLOW))

import clients  # noqa: E402

_spec = importlib.util.spec_from_file_location("flow_conftest", FLOW / "conftest.py")
_flow = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_flow)
start, gateway, pytest_runtest_makereport = _flow.start, _flow.gateway, _flow.pytest_runtest_makereport


def pytest_configure(config):
    config.addinivalue_line("markers", "smoke: a few for every change; the others take longer")
    _flow.pytest_configure(config)


def installed_or_skip(name):
    try:
        return clients.installed(name)
    except clients.Unavailable as fault:
        pytest.skip(f"{name}: {fault}")


@pytest.fixture(scope="session")
def installed():
    """installed(name) is the folder of a client; the test is skipped, with the reason, without it."""
    return installed_or_skip


def pytest_terminal_summary(terminalreporter):
    """Nothing was proved when everything was skipped: that must not look like success."""
    passed = terminalreporter.stats.get("passed", [])
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped and not passed:
        terminalreporter.write_line("interop: every test was skipped, so nothing was proved")


def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus == 0 and reporter is not None and not reporter.stats.get("passed"):
        session.exitstatus = 1
