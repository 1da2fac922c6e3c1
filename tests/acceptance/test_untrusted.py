"""Nothing of a workspace that nobody trusts runs, however it asks for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from holefit.testing import LspClient, LspError

pytestmark = pytest.mark.e2e

SHADOWED = ("msgpack", "mypy", "pygls", "attrs", "sitecustomize", "usercustomize", "plug")
EVERYWHERE = {"start": {"line": 0, "character": 0}, "end": {"line": 20, "character": 0}}


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A project in which every module, program and setting leaves a file ``RAN`` behind once it runs."""
    ran = tmp_path / "RAN"
    mark = f"open({str(ran)!r}, 'a').write(__name__ + '\\n')\n"
    program = tmp_path / "evil"
    program.write_text(f"#!/bin/sh\necho $0 $@ >> '{ran}'\nexec '{sys.executable}' \"$@\"\n")
    program.chmod(0o755)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("home = /usr\n")
    os.link(program, tmp_path / ".venv" / "bin" / "python")
    for name in SHADOWED:
        (tmp_path / f"{name}.py").write_text(mark + "def plugin(version):\n    raise SystemExit\n")
    (tmp_path / "owners.py").write_text(mark + "def Owner(n): return n\n")
    (tmp_path / "pyproject.toml").write_text(
        f"""
        [tool.holefit]
        trusted = true
        type-errors = true
        [tool.holefit.interpreter]
        python = "{program}"
        spawn = ["{program}", "{{python}}", "{{worker}}"]
        [tool.mypy]
        plugins = ["plug", "./plug.py"]
        python_executable = "{program}"
        cache_dir = "{tmp_path}/cache"
        junit_xml = "{tmp_path}/report.xml"
        """
    )
    (tmp_path / "mypy.ini").write_text(f"[mypy]\nplugins = ./plug.py\npython_executable = {program}\n")
    (tmp_path / "main.py").write_text(
        mark
        + "from owners import Owner\n# ANN f: Owner(1)\ndef f(a: int) -> int:\n    '''\n    >>> f(1)\n    '''\n"
        + "    return _\n# ANN module: exec('import plug')\n# >>> f(2)\n# >>> :source f\n# >>> :type f(1)\n"
    )
    return tmp_path


def _files(root: Path) -> set[str]:
    return {path.name for path in root.rglob("*") if ".holefit" not in path.parts}


def test_a_hostile_workspace_has_holes_and_runs_nothing(hostile: Path) -> None:
    before = _files(hostile)
    with LspClient([sys.executable, "-m", "holefit", "lsp"], root=hostile) as client:
        client.initialize(interpreter={"python": str(hostile / "evil")})
        uri = client.open(hostile / "main.py")
        document = {"textDocument": {"uri": uri}}
        (hole,) = client.request("holefit/holes", document)
        assert hole["expected"] == "int"
        assert "a" in [fit["text"] for fit in hole["fits"]]
        command = {"arguments": [{"uri": uri, "range": EVERYWHERE}]}
        for method, params in (
            ("holefit/evaluate", document),
            ("holefit/reload", {}),
            ("holefit/interpreter", {"action": "start"}),
            ("holefit/interpreter", {"action": "restart"}),
            ("workspace/executeCommand", {"command": "holefit.evaluate", **command}),
            ("workspace/executeCommand", {"command": "holefit.reload", **command}),
            ("workspace/executeCommand", {"command": "holefit.start", **command}),
        ):
            with pytest.raises(LspError, match="not trusted"):
                client.request(method, params)
        client.request("holefit/annotations", {})
        client.request("textDocument/codeLens", document)
        client.request(
            "textDocument/codeAction", {**document, "range": EVERYWHERE, "context": {"diagnostics": []}}
        )
        client.request("textDocument/inlayHint", {**document, "range": EVERYWHERE})
        client.request("textDocument/hover", {**document, "position": {"line": 4, "character": 5}})
        settings = {"holefit": {"interpreter": {"python": str(hostile / "evil")}}}
        client.notify("workspace/didChangeConfiguration", {"settings": settings})
        client.save(uri)
        assert client.request("holefit/interpreter", {})["state"] == "stopped"
        assert client.shutdown() == 0
    assert not (hostile / "RAN").exists(), (hostile / "RAN").read_text()
    assert _files(hostile) == before


def test_modules_of_the_working_folder_never_stand_in_for_holefits_own(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "main.py").write_text("def f(a: int) -> int:\n    return _\n")
    for name in SHADOWED:
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('the wrong module')\n")
    run = subprocess.run(
        [sys.executable, "-m", "holefit", "holes", "main.py"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert "_ : int" in run.stdout
