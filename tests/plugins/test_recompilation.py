"""What plugins have processed again, and what not."""

from collections.abc import Callable
from pathlib import Path

import msgpack

from holefit.session import LoadResult, Session

Write = Callable[[str, str], Path]
Open = Callable[..., Session]
Echo = Callable[..., Callable[[], list[str]]]


def why(result: LoadResult) -> dict[str, str]:
    return {one.name: one.reason for one in result.modules}


def everywhere(reason: str) -> dict[str, str]:
    return dict.fromkeys(("alone", "main", "shapes"), reason)


def test_without_the_field_source_and_options_decide(echo: Echo, write: Write, open_session: Open) -> None:
    noted = echo("p")
    open_session("p").load()
    assert len(noted()) == 3
    session = open_session("p")
    assert why(session.load()) == {}
    assert noted() == []
    session.set_options(session.options.replace(plugins=("p", "-fplugin-opt=p:new")))
    assert why(session.load()) == everywhere("the plugin p changed")
    assert noted()[0].endswith(" new")
    path = session.root.parent / "plugins/p.py"
    path.write_text(path.read_text() + "# edited\n")
    assert why(session.load()) == everywhere("the plugin p changed")


def test_an_edited_plugin_runs_its_new_code(echo: Echo, write: Write, open_session: Open) -> None:
    noted = echo("p")
    session = open_session("p")
    session.load()
    path = session.root.parent / "plugins/p.py"
    path.write_text(path.read_text().replace("'p',", "'edited',"))
    session.load()
    assert "edited main" in noted()


def test_a_pure_one_runs_only_with_its_module(echo: Echo, write: Write, open_session: Open) -> None:
    noted = echo("p", "pure")
    session = open_session("p")
    session.load()
    noted()
    session.set_options(session.options.replace(plugins=("p", "-fplugin-opt=p:new")))
    assert why(session.load()) == {}
    session.set_buffer("alone.py", "X = 2\n")
    assert why(session.load()) == {"alone": "its source changed"}
    assert noted() == ["p alone new"]


def test_an_impure_one_runs_at_every_load_but_at_no_look(echo: Echo, open_session: Open) -> None:
    noted = echo("p", "impure")
    session = open_session("p")
    session.load()
    assert why(session.load()) == everywhere("the plugin p asks for it at every load")
    noted()
    session.module_graph()
    assert noted() == []


def test_by_options_the_order_of_options_does_not_count(echo: Echo, write: Write, open_session: Open) -> None:
    echo("p", "by_options")
    session = open_session("p", "-fplugin-opt=p:A", "-fplugin-opt=p:B")
    session.load()
    path = session.root.parent / "plugins/p.py"
    path.write_text(path.read_text() + "# edited\n")
    session.set_options(session.options.replace(plugins=("p", "-fplugin-opt=p:B", "-fplugin-opt=p:A")))
    assert why(session.load()) == {}
    session.set_options(session.options.replace(plugins=("p", "-fplugin-opt=p:B")))
    assert why(session.load()) == everywhere("the plugin p changed")


def test_plugins_that_come_and_go_are_the_reason(echo: Echo, open_session: Open) -> None:
    echo("p", "pure")
    echo("q", "pure")
    session = open_session()
    session.load()
    for flags, reason in (
        (("p",), "the plugin p acts on it now"),
        (("p", "q"), "the plugin q acts on it now"),
        (("q", "p"), "the order of its plugins changed"),
        (("q",), "the plugin p no longer acts on it"),
        ((), "the plugin q no longer acts on it"),
    ):
        session.set_options(session.options.replace(plugins=flags))
        assert why(session.load()) == everywhere(reason)


def test_an_option_in_a_file_touches_that_file(echo: Echo, write: Write, open_session: Open) -> None:
    echo("p")
    session = open_session("p")
    session.load()
    write("project/alone.py", "# holefit: -fplugin-opt=p:here\nX = 1\n")
    assert why(session.load()) == {"alone": "its source changed"}


def test_a_field_that_changes_has_dependents_processed_again(open_session: Open) -> None:
    session = open_session("deprecations")
    session.load()
    text = session.parsed("shapes.py").source.text
    session.set_buffer("shapes.py", text + "# ANN surface: 'deprecated: too'\n")
    result = session.load()
    assert why(result) == {
        "shapes": "its source changed",
        "main": "the interface of shapes changed, which it uses",
    }
    assert {one.message for one in result.diagnostics} == {"`surface` is deprecated: too"}
    assert session.load().modules == ()


def test_a_body_has_one_module_processed_whatever_the_plugins(open_session: Open) -> None:
    session = open_session("deprecations")
    session.load()
    session.set_buffer(
        "shapes.py", session.parsed("shapes.py").source.text.replace("-> int: ...", "-> int: return 1")
    )
    assert why(session.load()) == {"shapes": "its source changed"}


def test_modules_that_use_each_other_settle(write: Write, open_session: Open) -> None:
    write("project/main.py", "import shapes\n# ANN x: 'deprecated: y'\nx = shapes.area\n")
    write("project/shapes.py", "import main\n# ANN area: 'deprecated: z'\narea = main.x\n")
    session = open_session("deprecations")
    found = {(one.path.name, one.message) for one in session.load().diagnostics}
    assert found == {("main.py", "`area` is deprecated: z"), ("shapes.py", "`x` is deprecated: y")}
    assert session.load().modules == ()


def test_equal_content_gives_equal_bytes_that_anybody_can_read(open_session: Open, root: Path) -> None:
    open_session("deprecations").load()
    path = root / ".holefit/interfaces/shapes.msgpack"
    first = path.read_bytes()
    path.unlink()
    open_session("deprecations").load()
    assert path.read_bytes() == first
    plain = msgpack.unpackb(first)
    assert (plain["format"], plain["version"]) == ("holefit-interface", 3)
    assert plain["fields"] == {"deprecations": {"data": {"area": "use surface"}, "version": 1}}
    assert plain["unaltered"] is False


def test_trustworthy_plugins_leave_a_module_unaltered(open_session: Open) -> None:
    for flags, unaltered in (
        ((), True),
        (("deprecations",), False),
        (("deprecations", "-fplugin-trustworthy"), True),
    ):
        session = open_session(*flags)
        session.set_buffer("alone.py", f"X = {len(flags)}\n")
        found = session.interface("alone")
        assert found is not None
        assert found.unaltered is unaltered
