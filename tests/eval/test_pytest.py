"""`pytest --holefit`: snippets as test items."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

pytest_plugins = ["pytester"]

# Each runs a pytest with a worker.
pytestmark = pytest.mark.e2e
PLAIN = ("-p", "no:cacheprovider", "-p", "no:inline_snapshot", "-p", "no:asyncio")
SIZES = '''
"""Sizes.

>>> double(2)
4
"""
def double(x):
    """
    >>> double(3)
    6

    Not of numbers alone:

    >>> double("a")
    'ab'
    """
    return x * 2

# $setup
# >>> five = 5

# >>> double(five)
# 10
# >>> double(six)
# 12

# >>> 1  # doctest: +SKIP
'''


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyprojecttoml("")
    pytester.makepyfile(sizes=SIZES)
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return project.runpytest_inprocess(*PLAIN, *arguments)


def test_groups_and_docstrings_are_items_in_text_order(project: pytest.Pytester) -> None:
    result = run(project, "--holefit", "--collect-only", "-q")
    assert [line for line in result.outlines if "::" in line] == [
        "sizes.py::__doc__",
        "sizes.py::double",
        "sizes.py::line 19",
        "sizes.py::line 21",
        "sizes.py::line 26",
    ]


def test_nothing_is_collected_unasked(project: pytest.Pytester) -> None:
    assert run(project).ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_each_difference_is_told_with_its_place(project: pytest.Pytester) -> None:
    result = run(project, "--holefit")
    result.assert_outcomes(passed=2, failed=2, skipped=1)
    result.stdout.fnmatch_lines(
        [
            'sizes.py:13: >>> double("a")',
            "  expected 'ab'",
            "  got 'aa'",
            "sizes.py:23: # >>> double(six)",
            "  expected 12",
            "  got NameError: name 'six' is not defined",
            'FAILED sizes.py::double - sizes.py:13: >>> double("a")',
        ]
    )


def test_words_of_the_input_choose_items(project: pytest.Pytester) -> None:
    result = run(project, "--holefit", "-k", "five and double")
    result.assert_outcomes(failed=1, deselected=4)


def test_a_report_for_ci_has_the_differences(project: pytest.Pytester) -> None:
    run(project, "--holefit", "--junit-xml=report.xml")
    report = ElementTree.parse(project.path / "report.xml")
    cases = {case.get("name"): case.find("failure") for case in report.iter("testcase")}
    failure = cases["double"]
    assert failure is not None
    assert (failure.text or "").startswith('sizes.py:13: >>> double("a")')
    assert cases["__doc__"] is None


def test_the_options_of_the_project_hold(project: pytest.Pytester) -> None:
    project.makepyprojecttoml(
        """
        [tool.holefit]
        exclude = ["sizes.py"]
        [tool.holefit.eval]
        doctest-options = ["ELLIPSIS"]
        """
    )
    project.makepyfile(shapes='"""\n>>> object()\n<object object at 0x...>\n"""\n')
    run(project, "--holefit").assert_outcomes(passed=1)


def test_a_mistake_in_the_options_says_what_to_do(project: pytest.Pytester) -> None:
    project.makepyprojecttoml('[tool.holefit.eval]\ndoctest-options = ["ELIPSIS"]\n')
    result = run(project, "--holefit", "-k", "__doc__")
    result.assert_outcomes(failed=1, deselected=4)
    result.stdout.fnmatch_lines(["doctest has no option 'ELIPSIS'. Use some of *ELLIPSIS*"])


def test_a_module_that_cannot_be_loaded_fails_at_its_line(project: pytest.Pytester) -> None:
    project.makepyfile(sizes="# >>> 1\n# 1\n\n1 / 0\n")
    result = run(project, "--holefit")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["sizes.py:4: 1 / 0", "  got ZeroDivisionError: division by zero", "  *could not be loaded"]
    )


def test_tests_and_snippets_run_side_by_side(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_sizes='"""\n>>> 1 + 1\n2\n"""\nimport sizes\ndef test_double():\n    assert sizes.double(2) == 4\n'
    )
    run(project, "--holefit", "test_sizes.py").assert_outcomes(passed=2)


def test_items_are_spread_over_processes(project: pytest.Pytester) -> None:
    result = project.runpytest_subprocess("--holefit", "-n", "2", "--dist", "loadfile", *PLAIN)
    result.assert_outcomes(passed=2, failed=2, skipped=1)
    result.stdout.fnmatch_lines(["sizes.py:23: # >>> double(six)"])
