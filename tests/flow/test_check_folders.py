"""A function's folder must be there before anything starts."""

from gateway import DAEMON, run


def check(tmp_path, directory):
    file = tmp_path / "gateway.yaml"
    file.write_text(
        "functions:\n"
        "  f:\n"
        f"    workers: {{ command: [./bootstrap], directory: {directory} }}\n"
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


def test_a_folder_is_fine(tmp_path):
    (tmp_path / "code").mkdir()
    result = check(tmp_path, "code")
    assert result.returncode == 0, result
