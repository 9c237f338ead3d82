"""Tests in the virtual machine that tests/vm/run boots: the fixtures of the flow tests."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

FLOW = Path(__file__).resolve().parents[1] / "flow"
sys.path.insert(0, str(FLOW))

_spec = importlib.util.spec_from_file_location("flow_conftest", FLOW / "conftest.py")
_flow = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_flow)
start, pytest_runtest_makereport = _flow.start, _flow.pytest_runtest_makereport


def pytest_configure(config):
    if "LAMBDAGATE_TEST_VM" not in os.environ:
        raise pytest.UsageError("these tests are for a virtual machine: make vm")
    _flow.pytest_configure(config)
