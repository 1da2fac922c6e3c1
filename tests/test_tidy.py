"""The habits of the project, checked: layers, docstrings, Notes, tests beside every capability."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {
    "holefit": ROOT / "engine/holefit",
    "holefit_wire": ROOT / "engine/holefit_wire",
    "holefit_worker": ROOT / "engine/holefit_worker",
    "holefit_runtime": ROOT / "engine/holefit_runtime",
    "holefit_lsp": ROOT / "lsp/holefit_lsp",
}
SOURCES = [(package, path) for package, folder in PACKAGES.items() for path in sorted(folder.rglob("*.py"))]
MODULES = pytest.mark.parametrize(
    ("package", "path"), SOURCES, ids=[str(path.relative_to(ROOT)) for _, path in SOURCES]
)
FORBIDDEN_WORDS = {"util", "utils", "helper", "helpers", "manager", "common", "misc"}


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Top-level names of what a module imports, with their lines; no relative imports, nor ``typing_extensions`` where only a type checker looks."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    unseen = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in node.body
        if isinstance(inner, ast.ImportFrom) and inner.module == "typing_extensions"
    }
    for node in ast.walk(tree):
        if node in unseen:
            continue
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module, node.lineno


def allowed(package: str, path: Path, module: str) -> bool:
    """Whether the layer of ``path`` may import ``module``; see the table in ARCHITECTURE.md."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return True
    match package:
        case "holefit_wire" | "holefit_runtime":
            return top == package
        case "holefit_worker":
            return top in {"holefit_worker", "holefit_wire"}
        case "holefit_lsp":
            return top in {
                "holefit_lsp",
                "holefit",
                "pygls",
                "lsprotocol",
                "cattrs",
                "attrs",
                "typing_extensions",
            }
    folder = path.relative_to(PACKAGES["holefit"]).parts[0]
    if top == "mypy":
        return folder == "types"
    if top == "pytest":
        return path.name.startswith("pytest_")
    if top == "msgpack":
        return folder in {"types", "interpreter", "session", "annotations", "index"}
    return top in {"holefit", "holefit_wire", "rich", "watchfiles"}


@MODULES
def test_a_module_imports_only_what_its_layer_may(package: str, path: Path) -> None:
    assert [f"line {line}: {name}" for name, line in imports(path) if not allowed(package, path, name)] == []


def test_the_layer_rule_sees_a_breach() -> None:
    engine = PACKAGES["holefit"]
    assert not allowed("holefit", engine / "session/session.py", "pygls.server")
    assert not allowed("holefit", engine / "holes/hole.py", "mypy.nodes")
    assert not allowed("holefit", engine / "interpreter/interpreter.py", "holefit_worker.boot")
    assert not allowed("holefit_worker", PACKAGES["holefit_worker"] / "boot.py", "holefit.errors")
    assert not allowed("holefit_lsp", PACKAGES["holefit_lsp"] / "server.py", "mypy")


@MODULES
def test_a_module_says_what_it_is(package: str, path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert FORBIDDEN_WORDS.isdisjoint(path.stem.split("_")), "name the module for what it holds"


def test_every_note_is_written_once_and_pointed_to() -> None:
    defined: Counter[str] = Counter()
    pointed: Counter[str] = Counter()
    for _, path in SOURCES:
        text = path.read_text(encoding="utf-8")
        for line, following in zip(lines := text.splitlines(), [*lines[1:], ""], strict=True):
            for note in re.findall(r"Note \[([^\]]+)\]", line):
                (defined if re.match(r"\s*#?\s*~{3,}", following) else pointed)[note] += 1
    assert {note for note, count in defined.items() if count > 1} == set()
    assert set(pointed) == set(defined)


def test_every_capability_has_tests() -> None:
    capabilities = {path.name for path in PACKAGES["holefit"].iterdir() if (path / "__init__.py").exists()}
    assert {name for name in capabilities if not list((ROOT / "tests" / name).glob("test_*.py"))} == set()


def test_every_name_in_all_exists() -> None:
    for package, path in SOURCES:
        if path.name != "__init__.py" or package == "holefit_worker":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        declared = [
            ast.literal_eval(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
        ]
        module = ".".join([package, *path.parent.relative_to(PACKAGES[package]).parts])
        imported = __import__(module, fromlist=["__name__"])
        assert [name for names in declared for name in names if not hasattr(imported, name)] == [], module
