"""A function's folder, and the program that it starts there, must be there before anything starts."""

from gateway import COMMAND, DAEMON, run


def check(tmp_path, directory, command="./bootstrap", more=""):
    file = tmp_path / "gateway.yaml"
    file.write_text(
        "functions:\n"
        "  f:\n"
        f"    workers: {{ command: [{command}], directory: {directory}{more} }}\n"
        "routes: {}\n"
    )
    return run(DAEMON, "--check", str(file))


def test_a_folder_that_is_not_there_is_a_fault_with_its_place(tmp_path):
    result = check(tmp_path, "nowhere")
    assert result.returncode == 1, result
    assert "gateway.yaml:3: functions.f.workers:" in result.stderr, result.stderr
    assert f'directory "{tmp_path}/nowhere": No such file or directory' in result.stderr


def test_a_file_is_not_a_folder(tmp_path):
    (tmp_path / "code").write_text("")
    result = check(tmp_path, "code")
    assert result.returncode == 1, result
    assert "found a file, expected a folder" in result.stderr, result.stderr


def make(tmp_path, mode=0o755):
    (tmp_path / "code").mkdir()
    (tmp_path / "code/bootstrap").write_text("#!/bin/sh\n")
    (tmp_path / "code/bootstrap").chmod(mode)
    return tmp_path


def test_a_folder_with_the_program_is_fine(tmp_path):
    result = check(make(tmp_path), "code")
    assert result.returncode == 0, result


def test_a_program_that_is_not_there_is_a_fault_with_its_place(tmp_path):
    (tmp_path / "code").mkdir()
    result = check(tmp_path, "code")
    assert result.returncode == 1, result
    expected = f'functions.f.workers: command "{tmp_path}/code/bootstrap": No such file or directory'
    assert f"gateway.yaml:3: {expected}" in result.stderr, result.stderr
    result = check(tmp_path, "code", command="/no/such/bootstrap")
    assert 'command "/no/such/bootstrap": No such file or directory' in result.stderr, result.stderr


def test_a_program_must_be_one_that_may_be_executed(tmp_path):
    result = check(make(tmp_path, mode=0o644), "code")
    assert result.returncode == 1, result
    assert 'code/bootstrap": found a file that may not be executed' in result.stderr, result.stderr
    result = check(tmp_path, ".", command="./code")
    assert f'command "{tmp_path}/code": found a folder, expected a program' in result.stderr, result.stderr


def test_programs_that_path_finds_and_such_as_are_just_being_built_are_not_looked_for(tmp_path):
    (tmp_path / "code").mkdir()
    assert check(tmp_path, "code", command="no-such-program").returncode == 0
    assert check(tmp_path, "code", more=", reload_on_change: true").returncode == 0


def test_the_daemon_does_not_start_without_the_program(tmp_path):
    check(tmp_path, ".")
    result = run(DAEMON, str(tmp_path / "gateway.yaml"))
    assert result.returncode == 1, result
    assert f'command "{tmp_path}/bootstrap": No such file or directory' in result.stderr, result.stderr


def test_a_bridge_does_not_start_without_the_program():
    result = run(COMMAND, "worker", "--redis", "unix:/x", "--function", "f", "--", "/no/such/bootstrap")
    assert result.returncode == 1, result
    assert 'command "/no/such/bootstrap": No such file or directory' in result.stderr, result.stderr
