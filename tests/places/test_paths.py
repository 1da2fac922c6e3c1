"""What runs elsewhere speaks of the files that lie here."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from elsewhere import SHOP, Far

from holefit.interpreter.places import Places
from holefit.testing.client import LspClient
from holefit.testing.prompt import Prompt
from holefit_wire.interpreter import EvalBreak, EvalSource, FrameInfo, SetBuffers


@pytest.fixture
def places() -> Places:
    return Places(Path("/home/ada/shop"), {".": "/srv/app", "vendor": "/opt/vendor/", "~/lib": "/lib2"})


def test_the_longest_folder_counts_and_others_stay(places: Places) -> None:
    there = {
        "/home/ada/shop": "/srv/app",
        "/home/ada/shop/a.py": "/srv/app/a.py",
        "/home/ada/shop/vendor/b.py": "/opt/vendor/b.py",
        "/home/ada/shopping/a.py": "/home/ada/shopping/a.py",
        "/usr/lib/c.py": "/usr/lib/c.py",
        "<evaluation 1>": "<evaluation 1>",
    }
    assert {path: places.there(path) for path in there} == there
    assert [places.here(path) for path in there.values()] == list(there)


def test_messages_are_translated_by_the_names_of_their_fields(places: Places) -> None:
    assert places.outward(EvalSource("open('/home/ada/shop/x')", "/home/ada/shop/a.py", 3)) == EvalSource(
        "open('/home/ada/shop/x')", "/srv/app/a.py", 3
    )
    assert places.outward(SetBuffers({"/home/ada/shop/a.py": "x"})) == SetBuffers({"/srv/app/a.py": "x"})
    frame = FrameInfo("/srv/app/a.py", 1, "f", "'/srv/app/a.py'")
    assert places.inward([frame]) == [FrameInfo("/home/ada/shop/a.py", 1, "f", "'/srv/app/a.py'")]


def test_without_a_map_nothing_is_touched() -> None:
    message = SetBuffers({"/home/ada/shop/a.py": "x"})
    assert Places(Path("/home/ada/shop"), {}).outward(message) is message


def test_everything_speaks_of_the_files_here(far: Far) -> None:
    everything(far)


def test_another_user_who_cannot_see_our_files_runs_it_all_the_same(foreign: Far) -> None:
    everything(foreign)
    with foreign.session() as session:
        prompt = Prompt(session.interpreter)
        assert prompt.value("import os; os.getuid()") == "65534"
        assert prompt.error(f"open({str(foreign.root / 'shop.py')!r})").type == "PermissionError"


def everything(far: Far) -> None:
    """Evaluation, tracebacks, buffers, reload, annotations and breakpoints, all in paths of here."""
    shop = far.root / "shop.py"
    with far.session() as session:
        interpreter = session.interpreter
        prompt = Prompt(interpreter)
        assert prompt.value("import os; os.getcwd(), os.environ['ELSEWHERE']") == repr((str(far.far), "yes"))
        assert prompt.value("__file__", module="shop") == repr(str(far.far / "shop.py"))

        error = prompt.error(
            "import shop; shop.price(0)",
            filename=str(far.root / "note.py"),
            line=7,
        )
        assert [(frame.path, frame.line) for frame in error.frames] == [
            (str(far.root / "note.py"), 7),
            (str(shop), 2),
        ]
        assert f'File "{shop}", line 2, in price' in error.traceback
        assert str(far.far) not in error.traceback

        session.set_buffer(shop, SHOP.replace("12", "24"))
        assert session.reload().errors == ()
        assert prompt.value("shop.price(2)") == "12.0"
        session.set_buffer(shop, "def price(:\n")
        (fault,) = session.reload().errors
        assert (fault.path, fault.range.start.line) == (shop, 0)
        session.close_buffer(shop)
        far.write("shop.py", SHOP.replace("12", "48"))
        assert session.reload().errors == ()
        assert prompt.value("shop.price(2)") == "24.0"

        module = far.write("owned.py", "# ANN module: dict(owner='ada')\nx = 1\n")
        found = [
            (one.path if hasattr(one, "path") else module) for one in session.annotations(module="owned")
        ]
        assert found == [module]

        points = interpreter.breakpoints
        array = points.array(shop)
        points.set(array, 2)
        stop = points.run("import shop; shop.price(4)")
        assert isinstance(stop, EvalBreak)
        assert (stop.call_stack[0].path, stop.call_stack[0].line) == (str(shop), 2)
        points.abandon(stop)


@pytest.mark.e2e
def test_an_editor_gets_links_to_the_files_here(far: Far) -> None:
    text = "# >>> import shop\n# >>> shop.price(0)\n"
    main = far.write("main.py", text)
    with LspClient([sys.executable, "-m", "holefit", "lsp"], root=far.root) as client:
        client.initialize(trusted=True)
        uri = client.open(main)
        results = client.request("holefit/evaluate", {"textDocument": {"uri": uri}})["results"]
        assert [Path(frame["path"]) for frame in results[-1]["frames"]] == [main, far.root / "shop.py"]
        shop = client.open(far.root / "shop.py")
        client.change(shop, "def price(:\n")
        report = client.request("holefit/reload", {"textDocument": {"uri": shop}})
        assert [error["uri"] for error in report["errors"]] == [shop]
