"""Evaluation in place through a session with a real worker."""

from __future__ import annotations

import os
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from holefit.edits import apply
from holefit.errors import UntrustedWorkspaceError
from holefit.eval import Evaluation, SnippetResult, evaluate
from holefit.session import Session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session.open(tmp_path, trusted=True) as session:
        yield session


def put(session: Session, text: str, name: str = "main.py") -> Path:
    path = session.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    session.saved(path)
    return path


def line_of(session: Session, path: Path, text: str) -> int:
    """The line that holds ``text``."""
    return next(number for number, line in enumerate(session.parsed(path).source.lines) if text in line)


def check(session: Session, before: str, after: str) -> Evaluation:
    """Evaluating ``before`` writes ``after``, and evaluating that changes nothing."""
    path = put(session, before)
    evaluation = evaluate(session, path)
    written = apply(session.parsed(path).source, evaluation.edits)
    assert written == textwrap.dedent(after).lstrip("\n")
    put(session, written)
    again = evaluate(session, path)
    assert again.edits == ()
    assert all(result.agrees for result in again.results)
    return evaluation


def only(evaluation: Evaluation) -> SnippetResult:
    (result,) = evaluation.results
    return result


def test_snippets_run_in_their_module_and_what_they_define_stays(session: Session) -> None:
    check(
        session,
        """
        base = 40
        # >>> def plus(number):
        # ...     return base + number

        # >>> plus(2)
        """,
        """
        base = 40
        # >>> def plus(number):
        # ...     return base + number

        # >>> plus(2)
        # 42
        """,
    )


def test_each_docstring_has_a_namespace_of_its_own(session: Session) -> None:
    check(
        session,
        '''
        x = 1
        class C:
            """
            >>> x = 5; y = 6
            >>> x
            """
            def method(self):
                """
                >>> x
                >>> y
                """
        # >>> x
        ''',
        '''
        x = 1
        class C:
            """
            >>> x = 5; y = 6
            >>> x
            5
            """
            def method(self):
                """
                >>> x
                1
                >>> y
                Traceback (most recent call last):
                    ...
                NameError: name 'y' is not defined
                """
        # >>> x
        # 1
        ''',
    )


def test_expressions_on_the_way_print_as_at_a_prompt(session: Session) -> None:
    evaluation = check(
        session,
        """
        # >>> 1; 2; print("three"); 4
        # >>> for number in range(2): number
        """,
        """
        # >>> 1; 2; print("three"); 4
        # 1
        # 2
        # three
        # 4
        # >>> for number in range(2): number
        # 0
        # 1
        """,
    )
    assert (evaluation.results[0].text, evaluation.results[0].stdout) == ("4", "1\n2\nthree\n")


def test_setup_runs_before_any_snippet(session: Session) -> None:
    path = put(session, "# >>> a + 1\n\n# $setup\n# >>> a = 1\n")
    assert only(evaluate(session, path, 0)).text == "2"


def test_a_setup_that_fails_is_shown_although_nobody_asked_for_it(session: Session) -> None:
    path = put(session, "# >>> a + 1\n\n# $setup\n# >>> a = 1 / 0\n")
    assert [result.text for result in evaluate(session, path, 0).results] == [
        "NameError: name 'a' is not defined",
        "ZeroDivisionError: division by zero",
    ]


def test_one_snippet_brings_those_above_it_in_its_group(session: Session) -> None:
    text = """
        # >>> a = 1
        # >>> b = a + 1
        # >>> a + b

        # >>> c
        """
    path = put(session, text)
    assert only(evaluate(session, path, 2)).text == "3"
    assert only(evaluate(session, path, 4)).text == "NameError: name 'c' is not defined"


def test_a_line_of_output_or_of_a_continuation_means_its_snippet(session: Session) -> None:
    path = put(session, "# >>> (1 +\n# ...  2)\n# 4\nx = 0\n")
    assert [len(evaluate(session, path, line).results) for line in range(4)] == [1, 1, 1, 0]


def test_unsaved_text_is_what_runs(session: Session) -> None:
    path = put(session, "def f(): return 1\n# >>> f()\n")
    assert only(evaluate(session, path)).text == "1"
    session.set_buffer(path, "def f(): return 2\n# >>> f()\n", 7)
    evaluation = evaluate(session, path)
    assert only(evaluation).text == "2"
    assert evaluation.version == 7


def test_an_edited_module_that_is_imported_is_reloaded_first(session: Session) -> None:
    other = put(session, "def f(): return 1\n", "pkg/other.py")
    path = put(session, "from pkg.other import f\n# >>> f()\n")
    assert only(evaluate(session, path)).text == "1"
    session.set_buffer(other, "def f(): return 2\n")
    assert only(evaluate(session, path)).text == "2"


def test_a_syntax_error_is_the_one_result_at_its_line(session: Session) -> None:
    path = put(session, "x = 1\n# >>> x\n")
    evaluate(session, path)
    session.set_buffer(path, "x = 1\n# >>> x\ndef f(:\n")
    evaluation = evaluate(session, path)
    result = only(evaluation)
    assert (result.ok, result.range.start.line, evaluation.edits) == (False, 2, ())
    assert "invalid syntax" in result.text
    session.set_buffer(path, "x = 1\n# >>> x\n")
    assert only(evaluate(session, path)).text == "1", "nothing was lost"


def test_a_module_that_raises_is_the_one_result_at_its_line(session: Session) -> None:
    path = put(session, "# >>> 1\n\ndef f():\n    return 1 / 0\n\nx = f()\n")
    result = only(evaluate(session, path))
    assert result.text == "ZeroDivisionError: division by zero"
    assert result.range.start.line == 3
    assert [frame.line for frame in result.frames if frame.path == str(path)] == [6, 4]


def test_a_module_below_that_does_not_compile_is_named_with_its_place(session: Session) -> None:
    other = put(session, "x = 1\ny = (\n", "other.py")
    path = put(session, "import other\n# >>> 1\n")
    result = only(evaluate(session, path))
    assert result.text.startswith(f"{other}:2: SyntaxError: ")
    assert not result.ok


def test_an_exception_carries_the_users_own_frames(session: Session) -> None:
    path = put(session, "def f():\n    return {}['key']\n# >>> f()\n")
    result = only(evaluate(session, path))
    assert result.text == "KeyError: 'key'"
    assert [(frame.line, frame.text) for frame in result.frames if frame.function == "f"] == [
        (2, "return {}['key']")
    ]


def test_a_syntax_error_in_a_snippet_is_its_result(session: Session) -> None:
    check(
        session,
        """
        # >>> 1 +
        """,
        """
        # >>> 1 +
        # SyntaxError: invalid syntax
        """,
    )


def test_output_on_stderr_is_kept_apart_and_not_written(session: Session) -> None:
    path = put(session, "import sys\n# >>> print('out'); print('err', file=sys.stderr)\n")
    result = only(evaluate(session, path))
    assert (result.stdout, result.stderr.strip(), result.text) == ("out\n", "err", "")


def test_an_endless_loop_is_interrupted_and_nothing_is_written_for_it(session: Session) -> None:
    options = session.options
    session.set_options(options.replace(eval=type(options.eval)(timeout_s=1.0)))
    path = put(session, "# >>> while True: pass\n\n# >>> 1\n")
    endless, after = evaluate(session, path).results
    assert "1 s" in endless.note
    assert not endless.ok
    assert after.text == "1"
    assert [edit.range.start.line for edit in evaluate(session, path).edits] == [2]


def test_a_snippet_that_ends_the_process_spares_the_others(session: Session) -> None:
    path = put(session, "x = 1\n# >>> import os; os._exit(3)\n# >>> never\n\n# >>> x\n")
    died, after = evaluate(session, path).results
    assert "exited with code 3" in died.text
    assert died.note
    assert after.text == "1"


@pytest.mark.parametrize("rich", [True, False])
def test_a_cancelled_evaluation_writes_nothing_and_goes_no_further(session: Session, rich: bool) -> None:
    text = """
        from pathlib import Path
        ran = []
        # >>> ran.append(1)

        # >>> while True: Path("endless").touch()

        # >>> ran.append(3)

        # >>> ran
        """
    path = put(session, text)
    cancelled = threading.Event()

    def cancel_what_is_endless() -> None:
        while not (session.root / "endless").exists():
            time.sleep(0.01)
        cancelled.set()

    threading.Thread(target=cancel_what_is_endless, daemon=True).start()
    evaluation = evaluate(session, path, cancelled=cancelled, rich=rich)
    assert evaluation.edits == ()
    assert len(evaluation.results) == 2
    assert only(evaluate(session, path, 8)).text == "[1]"


def test_many_snippets_give_the_same_sent_ahead_as_one_by_one(session: Session) -> None:
    text = "".join(f"# >>> {number} * len('{'x' * 900}'); print('y' * 3000)\n" for number in range(100))
    path = put(session, text)
    ahead, one_by_one = (evaluate(session, path, rich=rich) for rich in (False, True))
    assert [result.stdout for result in ahead.results] == [result.stdout for result in one_by_one.results]
    assert ahead.edits == one_by_one.edits
    assert len(ahead.edits) == 100


def test_each_snippet_has_the_whole_time_limit(session: Session) -> None:
    options = session.options
    session.set_options(options.replace(eval=type(options.eval)(timeout_s=1.2)))
    path = put(session, "import time\n" + "# >>> time.sleep(0.35)\n" * 4 + "# >>> time.sleep(60)\n# >>> 6\n")
    results = evaluate(session, path, rich=False).results
    assert [result.ok for result in results] == [True] * 4 + [False, True]


def test_setup_runs_again_in_a_new_worker(session: Session) -> None:
    path = put(
        session,
        """
        import os
        # $setup
        # >>> a = 1

        # >>> os._exit(3) if a == 1 else None
        # >>> "left out"

        # >>> a + 1
        """,
    )
    for rich in (True, False):
        assert [result.ok for result in evaluate(session, path, rich=rich).results] == [True, False, True]


def test_directives_are_doctests(session: Session) -> None:
    path = put(
        session,
        """
        # >>> object()  # doctest: +ELLIPSIS
        # <object object at 0x...>
        # >>> undefined  # doctest: +SKIP
        """,
    )
    evaluation = evaluate(session, path)
    assert only(evaluation).agrees
    assert evaluation.edits == ()
    assert only(evaluate(session, path, 2)).text == "NameError: name 'undefined' is not defined"


def test_flags_of_the_options_hold_everywhere(session: Session) -> None:
    path = put(session, "# >>> list(range(20))\n# [0, ..., 19]\n")
    assert not only(evaluate(session, path)).agrees
    options = session.options
    session.set_options(options.replace(eval=type(options.eval)(doctest_options=("ELLIPSIS",))))
    assert only(evaluate(session, path)).agrees


def test_long_output_is_cut_in_the_text_and_whole_in_the_result(session: Session) -> None:
    path = put(session, "# >>> for i in range(500): print(i)\n")
    evaluation = evaluate(session, path)
    (edit,) = evaluation.edits
    assert edit.text.endswith("# 99\n#  ... (400 more lines)")
    assert only(evaluation).stdout.endswith("499\n")


def test_comments_among_the_examples_are_passed_over(session: Session) -> None:
    path = put(session, "# >>> # a remark\n# >>> 1\n# 1\n")
    assert only(evaluate(session, path)).agrees


def test_commands_answer_about_live_values(session: Session) -> None:
    path = put(
        session,
        '''
        def area(side):
            """The area."""
            return side * side

        # >>> :doc area
        # >>> :source area
        # >>> :time area(3)
        # >>> :tpye area
        # >>> :doc
        ''',
    )
    doc, source, time, unknown, bare = evaluate(session, path).results
    assert doc.stdout == "The area.\n"
    assert source.stdout.splitlines()[0] == "def area(side):"
    assert time.stdout.endswith(" µs\n")
    assert unknown.text == "unknown command :tpye. Did you mean :type?"
    assert ":doc area" in bare.text


def test_the_type_checker_answers_for_types_and_runs_nothing(tmp_path: Path) -> None:
    text = """
        print(1 / 0)
        def area(side: float, *names: str) -> list[float]: ...
        # >>> :type area
        # >>> :type area(1)[0]
        # >>> :type nope
        # >>> :type 1 +
        """
    with Session.open(tmp_path, trusted=False) as session:
        path = put(session, text)
        function, value, unknown, broken = evaluate(session, path).results
    assert function.text == "(side: float, *names: str) -> list[float]"
    assert value.text == "float"
    assert unknown.text == 'Name "nope" is not defined'
    assert "is no expression" in broken.text


def test_the_annotations_of_a_name(session: Session) -> None:
    check(
        session,
        """
        # ANN area: {"since": 2}
        def area(): ...
        # >>> :ann area
        # >>> :ann nothing
        """,
        """
        # ANN area: {"since": 2}
        def area(): ...
        # >>> :ann area
        # {'since': 2}
        # >>> :ann nothing
        """,
    )


def test_the_answer_of_time_is_right_whatever_it_is(session: Session) -> None:
    path = put(session, "# >>> :time 1 + 1\n# 0.001 µs\n")
    assert only(evaluate(session, path)).agrees


def test_what_shows_as_more_than_text_brings_it_along(session: Session) -> None:
    path = put(
        session,
        """
        class Table:
            def _repr_html_(self): return "<table/>"
            def _repr_png_(self): return b"\\x89PNG"
        # >>> Table()  # doctest: +ELLIPSIS
        # <main.Table object at 0x...>
        """,
    )
    assert only(evaluate(session, path)).mime == {"text/html": "<table/>", "image/png": "iVBORw=="}
    assert only(evaluate(session, path, rich=False)).mime == {}


def test_top_level_await(session: Session) -> None:
    check(
        session,
        """
        import asyncio
        # >>> await asyncio.sleep(0, "slept")
        """,
        """
        import asyncio
        # >>> await asyncio.sleep(0, "slept")
        # 'slept'
        """,
    )


def test_an_untrusted_workspace_runs_nothing(tmp_path: Path) -> None:
    with Session.open(tmp_path, trusted=False) as session:
        path = put(session, f"open({os.fspath(tmp_path / 'ran')!r}, 'w')\n# >>> 1\n")
        with pytest.raises(UntrustedWorkspaceError):
            evaluate(session, path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["os.py", "__main__.py"])
def test_a_file_whose_name_is_taken_is_not_evaluated_in_another_module(session: Session, name: str) -> None:
    path = put(session, "# >>> __name__\n", name)
    result = only(evaluate(session, path))
    assert not result.ok
    assert f"the name {path.stem} is that of" in result.text


def test_characters_that_the_files_encoding_lacks_are_escaped_in_comments(session: Session) -> None:
    path = session.root / "latin.py"
    path.write_bytes(b"# -*- coding: latin-1 -*-\r\n# >>> chr(0xe9) + chr(0x20ac)\r\n")
    (edit,) = evaluate(session, path).edits
    assert edit.text == "\r\n# 'é\\u20ac'"
    path.write_bytes(b"# -*- coding: latin-1 -*-\r\n# >>> chr(0xe9) + chr(0x20ac)\r\n# '\xe9\\u20ac'\r\n")
    session.saved(path)
    assert only(evaluate(session, path)).agrees


def test_results_above_have_names(session: Session) -> None:
    check(
        session,
        '''
        # >>> 20 + 1
        # >>> it * 2
        # >>> print("nothing")
        # >>> it, _1, _2
        # >>> [_1 for _ in range(2)]

        # >>> it

        def f():
            """
            >>> "a"
            'a'
            >>> it + _1
            """
        ''',
        '''
        # >>> 20 + 1
        # 21
        # >>> it * 2
        # 42
        # >>> print("nothing")
        # nothing
        # >>> it, _1, _2
        # (42, 21, 42)
        # >>> [_1 for _ in range(2)]
        # [21, 21]

        # >>> it
        # NameError: name 'it' is not defined

        def f():
            """
            >>> "a"
            'a'
            >>> it + _1
            'aa'
            """
        ''',
    )


def test_names_of_results_are_free_for_others(session: Session) -> None:
    evaluation = check(
        session,
        """
        it = "the module's"
        # >>> 5
        # >>> it
        # >>> _1 = "mine"
        # >>> _1
        # >>> 1 if "_4" in globals() or "it (result)" in globals() else 0
        """,
        """
        it = "the module's"
        # >>> 5
        # 5
        # >>> it
        # "the module's"
        # >>> _1 = "mine"
        # >>> _1
        # 'mine'
        # >>> 1 if "_4" in globals() or "it (result)" in globals() else 0
        # 0
        """,
    )
    assert all(result.ok for result in evaluation.results)


def test_one_line_knows_the_results_above_it(session: Session) -> None:
    path = put(session, "# >>> 20\n# >>> _1 + it\n# >>> 3\n")
    assert only(evaluate(session, path, 1)).text == "40"
    assert only(evaluate(session, path, 1, rich=False)).text == "40"


def test_teardown_runs_after_all_others(session: Session) -> None:
    path = put(
        session,
        """
        log = []
        # $teardown
        # >>> log.append("end")
        # >>> log

        # $setup
        # >>> log.append("begin")

        # >>> log.append(1 / 0)

        # >>> log.append("last")
        """,
    )
    teardown = line_of(session, path, '>>> log.append("end")')
    shown = {result.range.start.line: result.text for result in evaluate(session, path).results}
    assert shown[teardown + 1] == "['begin', 'last', 'end']"
    failing = only(evaluate(session, path, line_of(session, path, "1 / 0")))
    assert failing.text == "ZeroDivisionError: division by zero"
    assert evaluate(session, path, teardown + 1).results[-1].text == str(
        ["begin", "last", "end", "begin", "end", "begin", "end"]
    )


def test_teardown_runs_though_the_process_died(session: Session) -> None:
    path = put(
        session,
        """
        from pathlib import Path
        # $setup
        # >>> place = Path(__file__).with_suffix(".txt")

        # >>> import os; os._exit(3)

        # $teardown
        # >>> place.write_text("clean")
        """,
    )
    evaluate(session, path, line_of(session, path, "os._exit"))
    assert path.with_suffix(".txt").read_text() == "clean"


def test_a_teardown_that_fails_is_told(session: Session) -> None:
    path = put(session, "# >>> 1\n\n# $teardown\n# >>> 1 / 0\n")
    assert [result.text for result in evaluate(session, path, 0).results] == [
        "1",
        "ZeroDivisionError: division by zero",
    ]


def test_the_teardown_of_a_docstring_runs_with_each_of_its_examples(session: Session) -> None:
    path = put(
        session,
        '''
        log = []
        def f():
            """
            >>> 1 + 1

            >>> 2 + 2

            $teardown
            >>> log.append("end")
            """
        # >>> log
        ''',
    )
    evaluate(session, path, line_of(session, path, "1 + 1"))
    assert only(evaluate(session, path, line_of(session, path, "# >>> log"))).text == "['end']"
