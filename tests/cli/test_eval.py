"""`holefit eval`: written, compared, shown as a diff, reported."""

from __future__ import annotations

import textwrap
from pathlib import Path
from xml.etree import ElementTree

import pytest

from holefit.cli import main


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("")
    return tmp_path


def put(project: Path, text: str, name: str = "app.py") -> Path:
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return path


def test_results_are_written_into_the_file(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(project, "# >>> 1 + 1\n# >>> 'é→'\n# 'old'\n")
    assert main(["eval", "app.py"]) == 0
    assert path.read_text(encoding="utf-8") == "# >>> 1 + 1\n# 2\n# >>> 'é→'\n# 'é→'\n"
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "2 snippets in 1 file: 2 results written\n"


def test_one_line_is_evaluated_alone_and_shown(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(project, "# >>> 1\n\n# >>> print('two'); 2\n")
    assert main(["eval", "app.py:3"]) == 0
    assert path.read_text() == "# >>> 1\n\n# >>> print('two'); 2\n# two\n# 2\n"
    assert capsys.readouterr().out == "# >>> print('two'); 2\ntwo\n2\n"


def test_a_line_without_a_snippet_is_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(project, "# >>> 1\nx = 1\n")
    put(project, "x = 1\n", "bare.py")
    assert main(["eval", "app.py:2", "bare.py:1"]) == 1
    assert capsys.readouterr().err.splitlines()[1:] == [
        "app.py:2: no snippet there",
        "bare.py:1: no snippet there",
    ]


def test_check_names_each_difference_and_writes_nothing(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = '''
        def double(x):
            """
            >>> double(2)
            4
            >>> double([1])
            [1]
            >>> double(None)
            """
            return x * 2

        # >>> for x in range(2): double(x)
        # 0
        # 1
    '''
    path = put(project, text, "src/pkg.py")
    before = path.read_bytes()
    assert main(["eval", "--check", "src"]) == 1
    assert path.read_bytes() == before
    said = capsys.readouterr()
    lines = [line for line in said.out.splitlines() if "at " not in line]
    assert lines == [
        "src/pkg.py:5: >>> double([1])",
        "  expected [1]",
        "  got [1, 1]",
        "src/pkg.py:7: >>> double(None)",
        "  expected nothing",
        "  got TypeError: unsupported operand type(s) for *: 'NoneType' and 'int'",
        "src/pkg.py:11: # >>> for x in range(2): double(x)",
        "  expected",
        "    0",
        "    1",
        "  got",
        "    0",
        "    2",
    ]
    assert "    at src/pkg.py:9 in double" in said.out
    assert said.err == "4 snippets in 1 file: 3 disagree\n"


def test_check_is_content_when_all_agrees(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(project, "# >>> 1\n# 1\n")
    assert main(["eval", "--check", "."]) == 0
    assert capsys.readouterr().err == "1 snippet in 1 file: none disagree\n"


def test_a_diff_shows_what_would_be_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(project, "x = 1\n# >>> x\n# 2\n")
    assert main(["eval", "--diff", "app.py"]) == 1
    assert path.read_text() == "x = 1\n# >>> x\n# 2\n"
    assert capsys.readouterr().out.splitlines() == [
        "--- a/app.py",
        "+++ b/app.py",
        "@@ -1,3 +1,3 @@",
        " x = 1",
        " # >>> x",
        "-# 2",
        "+# 1",
    ]


def test_output_in_a_pipe_is_plain(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(project, "# >>> [1] * 100\n# [bold]0[/bold]\n")
    main(["eval", "--check", "app.py"])
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "  expected [bold]0[/bold]\n" in said
    assert max(map(len, said.splitlines())) > 300, "nothing is wrapped"


def test_clearing_runs_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(project, "open('ran', 'w')\n# >>> 1\n# 1\n")
    assert main(["eval", "--clear", "app.py"]) == 0
    assert path.read_text() == "open('ran', 'w')\n# >>> 1\n"
    assert not (project / "ran").exists()
    assert capsys.readouterr().err == "1 result removed\n"


def test_a_module_that_does_not_load_fails_and_stays_as_it_was(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(project, "# >>> 1\nraise ValueError('no')\n")
    assert main(["eval", "app.py"]) == 1
    assert path.read_text() == "# >>> 1\nraise ValueError('no')\n"
    assert "app.py:2: not written: the module could not be loaded: ValueError: no" in capsys.readouterr().err
    assert main(["eval", "--check", "app.py"]) == 1
    assert "got ValueError: no" in capsys.readouterr().out


def test_what_a_docstring_cannot_hold_is_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = 'def f():\n    r"""\n    >>> print(chr(34) * 3)\n    """\n'
    path = put(project, text)
    assert main(["eval", "app.py"]) == 1
    assert path.read_text() == text
    assert "app.py:3: not written: the output holds" in capsys.readouterr().err


def test_files_are_spread_over_processes_and_reported_in_order(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(5):
        put(project, f"# >>> __import__('os').getpid() and {number}\n# 2\n", f"m{number}.py")
    assert main(["eval", "--check", "--jobs", "2", "--junit", "report.xml", "."]) == 1
    out = capsys.readouterr().out
    assert [line.partition(":")[0] for line in out.splitlines() if ".py:" in line] == [
        "m0.py",
        "m1.py",
        "m3.py",
        "m4.py",
    ]
    suites = ElementTree.parse(project / "report.xml").getroot().findall("testsuite")
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in suites] == [
        (f"m{number}.py", "1", "0" if number == 2 else "1") for number in range(5)
    ]
    failure = suites[0].find("testcase/failure")
    assert failure is not None
    assert failure.text == "m0.py:1\nexpected\n2\ngot\n0\n"


def test_jobs_are_a_positive_number(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["eval", "--jobs", "0", "app.py"])
    assert ended.value.code == 2
    assert "at least 1" in capsys.readouterr().err


def test_a_file_that_is_no_text_does_not_stop_the_others(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "bad.py").write_bytes(b"# >>> '\xff'\n")
    put(project, "# >>> 1\n# 1\n")
    assert main(["eval", "--check", "."]) == 0
    said = capsys.readouterr().err
    assert "bad.py cannot be read as Python source" in said
    assert "1 snippet in 1 file" in said
