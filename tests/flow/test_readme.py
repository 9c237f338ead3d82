"""The commands of README.md and examples/tutorial/README.md, run as they stand there.

A curl whose comment begins with a number must be answered with that status.
"""

import re
import subprocess

import pytest
import yaml

from gateway import BUILD, COMMAND, PATIENCE, ROOT, Gateway, quickstart_keys, run, warm_quickstart

TUTORIAL = ROOT / "examples" / "tutorial" / "README.md"
MARK = "@@@ "


def blocks(file, language):
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", file.read_text())


def commands(file):
    """The commands that talk to the quickstart, whole: with the lines that a backslash or a pipe continues."""
    texts = [text for text in blocks(file, "sh") if "127.0.0.1:808" in text or " token " in text]
    lines = "".join(texts).replace("\\\n", " ").replace("|\n", "| ").splitlines()
    return [line for line in lines if line.strip()]


@pytest.fixture
def gateway(tmp_path):
    environment = {
        "LAMBDAGATE_LISTEN": "127.0.0.1:0",
        "LAMBDAGATE_ADMIN": "127.0.0.1:0",
        "ITEMS_DB": str(tmp_path / "items.db"),
        **quickstart_keys(tmp_path / "keys"),
    }
    with Gateway(tmp_path, None, environment, file=ROOT / "conf" / "quickstart.yaml") as gateway:
        warm_quickstart(gateway)
        yield gateway


def run_all(gateway, lines):
    """Runs them in one shell, so that variables last; what each printed."""
    script = "set -e\n" + "\n".join(f"echo; echo '{MARK}{i}'\n{line}" for i, line in enumerate(lines))
    script = script.replace("127.0.0.1:8080", f"127.0.0.1:{gateway.port}")
    script = script.replace("127.0.0.1:8081", f"127.0.0.1:{gateway.admin_port}")
    script = script.replace("build/release/", f"{BUILD}/")
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env=gateway.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE * 4,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return [part.partition("\n")[2] for part in done.stdout.split("\n" + MARK)[1:]]


@pytest.mark.parametrize("file", [ROOT / "README.md", TUTORIAL], ids=["README", "tutorial"])
def test_every_command_does_what_is_said(gateway, file):
    lines = commands(file)
    assert len(lines) >= 10
    told = 0
    for line, printed in zip(lines, run_all(gateway, lines), strict=True):
        status = re.search(r"\s# (\d{3})\b", line)
        if status:
            assert printed.startswith(f"HTTP/1.1 {status.group(1)} "), f"{line}\n{printed}"
            told += 1
    assert told >= 9


def test_the_tutorial_explains_two_tokens(gateway):
    lines = [line for line in commands(TUTORIAL) if "token" in line and "curl" not in line]
    scoped, expired = run_all(gateway, lines)[-2:]
    assert scoped.rstrip().endswith("It is refused (scope): it has none of the scopes that the route asks for.")
    assert expired.rstrip().endswith("It is refused (expired): it has expired.")


def test_the_configuration_that_the_tutorial_shows_is_that_of_the_quickstart():
    quickstart = yaml.safe_load((ROOT / "conf" / "quickstart.yaml").read_text())
    shown = [yaml.safe_load(text) for text in blocks(TUTORIAL, "yaml")]
    routes = [part for part in shown if any(key.split()[0] in ("GET", "POST", "PUT") for key in part)]
    assert len(routes) == 3
    for part in routes:
        for key, route in part.items():
            assert quickstart["routes"][key] == route
    assert {"authorizers": quickstart["authorizers"]} in shown


def test_the_authorizer_for_a_pool_of_ones_own_is_a_good_one(tmp_path):
    (text,) = [text for text in blocks(TUTORIAL, "yaml") if "AbCdEf123" in text]
    config = tmp_path / "gateway.yaml"
    config.write_text(text + "routes: { GET /me: { respond: {}, authorizer: shop } }\n")
    done = run(COMMAND, "check", config)
    assert done.returncode == 0, done.stderr
