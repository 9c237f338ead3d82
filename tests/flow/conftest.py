"""Fixtures of the flow tests."""

import itertools

import pytest

from gateway import DAEMON, Gateway

_running = []


def pytest_configure(config):
    if not DAEMON.exists():
        raise pytest.UsageError(f"{DAEMON} does not exist: build it first, or set LAMBDAGATE_BUILD")


@pytest.fixture
def start(tmp_path):
    """start(config, ...) starts a gateway for this test alone; its end is checked with the test's."""
    numbers = itertools.count()
    gateways = []

    def start_gateway(config, wait=True, **options):
        gateway = Gateway(tmp_path / f"gateway-{next(numbers)}", config, **options)
        gateways.append(gateway)
        _running.append(gateway)
        return gateway.start(wait)

    yield start_gateway
    try:
        for gateway in gateways:
            if not gateway.checked:
                gateway.stop()
    finally:
        for gateway in gateways:
            _running.remove(gateway)
            if not gateway.checked:
                gateway.kill()


@pytest.fixture(scope="module")
def gateway(request, tmp_path_factory):
    """One gateway for all tests of a file, started with the file's CONFIG."""
    config = request.module.CONFIG
    gateway = Gateway(tmp_path_factory.mktemp(request.module.__name__), config)
    _running.append(gateway)
    try:
        with gateway:
            yield gateway
    finally:
        _running.remove(gateway)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A test that failed shows what the gateways said meanwhile."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for gateway in _running:
            if gateway.log is not None:
                report.sections.append(("log of the gateway", "\n".join(gateway.log.lines()[-60:])))
