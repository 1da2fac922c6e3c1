"""The main job on real input: rich's own source in a scratch project, seen as an editor would see it.

    make demo

Everything printed comes from the run: nothing is scripted but the edits that a person would type.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.syntax import Syntax

import holefit

console = Console(width=118, highlight=False)

OWNERS = '''\
"""Who answers for what."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Owner:
    team: str
    since: int
'''

APP = '''\
"""A program with state: it counts what it has served."""

from rich.filesize import decimal

served = 0


def serve(size: int) -> str:
    """Describe a size and count it."""
    global served
    served += 1
    return f"answer {served}: {decimal(size)}"


# >>> serve(1_500)

# >>> serve(30_000)
'''


def main() -> int:
    """Run the demo; 0 when every step did what it should."""
    with tempfile.TemporaryDirectory(prefix="holefit-demo-") as scratch:
        root = Path(scratch)
        lay_out(root)
        with holefit.Session.open(root) as session:
            demo = Demo(root, session)
            demo.hole("rich/filesize.py", '        size,\n        ("kB"', '        _,\n        ("kB"')
            demo.hole(
                "rich/table.py",
                "            style += console.get_style(row_style)\n        return style",
                "            style += console.get_style(row_style)\n        return _",
            )
            demo.hole(
                "rich/console.py",
                "theme_stack=ThemeStack(themes.DEFAULT if theme is None else theme)",
                "theme_stack=ThemeStack(_theme)",
            )
            demo.snippet("app.py")
            demo.edit_while_it_lives("app.py", "rich/filesize.py")
            demo.annotation("rich/filesize.py")
            return demo.finish()


def lay_out(root: Path) -> None:
    """A scratch project that holds rich's source and a small program on top of it."""
    found = importlib.util.find_spec("rich")
    assert found is not None
    assert found.origin is not None
    shutil.copytree(Path(found.origin).parent, root / "rich", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "pyproject.toml").write_text(
        '[project]\nname = "scratch"\nversion = "0"\n\n[tool.holefit]\nsrc = ["."]\n'
    )
    (root / "owners.py").write_text(OWNERS)
    (root / "app.py").write_text(APP)
    modules = list((root / "rich").rglob("*.py"))
    lines = sum(path.read_bytes().count(b"\n") for path in modules)
    version = importlib.metadata.version("rich")
    console.print(
        f"[b]rich {version}[/b], its own source: {len(modules)} modules, {lines:,} lines, in a scratch project"
    )


class Demo:
    """The steps, each checked as it goes."""

    def __init__(self, root: Path, session: holefit.Session) -> None:
        self.root = root
        self.session = session
        self.failures: list[str] = []

    def expect(self, what: str, holds: bool) -> None:
        """Say whether ``what`` is so, and remember it if not."""
        console.print(f"  [green]✓[/green] {what}" if holds else f"  [red]✗ {what}[/red]")
        if not holds:
            self.failures.append(what)

    def type_into(self, name: str, old: str, new: str) -> Path:
        """What typing does: the unsaved buffer holds ``new`` in place of ``old``."""
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) >= 1, f"{name} does not hold {old!r}"
        self.session.set_buffer(path, text.replace(old, new, 1))
        return path

    def save(self, path: Path) -> None:
        """Write the buffer to its file, as an editor does."""
        path.write_text(self.text(path), encoding="utf-8")
        self.session.close_buffer(path)
        self.session.saved(path)

    def text(self, path: Path) -> str:
        """The newest text of a file."""
        return self.session.parsed(path).source.text

    def show(self, path: Path, line: int, before: int = 3, after: int = 2) -> None:
        """The lines around a 0-based line."""
        console.print(
            Syntax(
                self.text(path),
                "python",
                line_numbers=True,
                line_range=(max(1, line + 1 - before), line + 1 + after),
                highlight_lines={line + 1},
                background_color="default",
            )
        )

    def hole(self, name: str, old: str, new: str) -> None:
        """Dig a hole, look at it, take its first fit, and see that the file checks clean."""
        console.rule(f"a hole in {name}")
        path = self.type_into(name, old, new)
        holes = self.session.holes(path)
        self.expect("one hole is found", len(holes) == 1)
        if not holes:
            return
        hole = holes[0]
        self.show(path, hole.range.start.line)
        rows = [f"expected type  [b]{escape(hole.expected)}[/b]"]
        rows += [f"in scope       {escape(one.name)}: {escape(one.type)}" for one in hole.bindings]
        rows += [
            f"fit            [cyan]{escape(fit.text)}[/cyan]: {escape(fit.type)}  [dim]{escape(fit.provenance)}[/dim]"
            for fit in hole.fits
        ]
        console.print(
            Panel(
                "\n".join(rows),
                title=f"{hole.name}  ({hole.elapsed_ms:.0f} ms)",
                title_align="left",
                expand=False,
            )
        )
        self.expect("fits are offered", bool(hole.fits))
        if not hole.fits:
            return
        source = self.session.parsed(path).source
        self.session.set_buffer(path, holefit.apply(source, hole.fits[0].edits))
        self.show(path, hole.range.start.line)
        self.expect(f"{hole.fits[0].text} is put in, no hole is left", not self.session.holes(path))
        problems = [problem.message for problem in self.session.types.problems(path)]
        self.expect(f"the type checker has nothing to say about {name}", not problems)
        for problem in problems:
            console.print(f"    {escape(problem)}")
        self.session.close_buffer(path)

    def snippet(self, name: str) -> None:
        """Evaluate the snippets of a file in its live process and write the results below them."""
        console.rule(f"evaluate in place: {name}")
        path = self.root / name
        evaluation = self.session.evaluate(path)
        self.session.set_buffer(path, holefit.apply(self.session.parsed(path).source, evaluation.edits))
        self.show(path, len(self.text(path).splitlines()) - 1, before=8)
        self.save(path)
        status = self.session.interpreter.status()
        console.print(f"  in process {status.pid}, {status.python}")
        self.expect("both snippets gave a value", [one.ok for one in evaluation.results] == [True, True])
        self.expect(
            "the program counted them",
            [one.text[:10] for one in evaluation.results] == ["'answer 1:", "'answer 2:"],
        )

    def edit_while_it_lives(self, program: str, library: str) -> None:
        """Edit a function of rich, save, and see the same process run the new code with its counter kept."""
        console.rule(f"edit {library}, keep the process")
        before = self.session.interpreter.status().pid
        path = self.type_into(
            library,
            '        ("kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"),\n        1000,',
            '        ("KiB", "MiB", "GiB"),\n        1024,',
        )
        self.show(path, self.text(path)[: self.text(path).index("1024")].count("\n"))
        self.save(path)
        report = self.session.reload()
        console.print(
            f"  generation {report.generation}: reloaded {', '.join(report.reloaded)} in {report.duration_ms:.1f} ms"
        )
        evaluation = self.session.evaluate(
            self.root / program, line=line_of(self.text(self.root / program), "30_000")
        )
        console.print(f"  serve(30_000) now gives {escape(evaluation.results[0].text)}")
        self.expect("the new code runs", "29.3 KiB" in evaluation.results[0].text)
        self.expect("the counter went on", evaluation.results[0].text.startswith("'answer 3:"))
        self.expect("in the same process", self.session.interpreter.status().pid == before)

    def annotation(self, name: str) -> None:
        """Attach an owner to a function and ask for it."""
        console.rule(f"annotate {name}")
        path = self.type_into(name, "def decimal(", '# ANN decimal: Owner("sizes", since=2020)\ndef decimal(')
        text = self.text(path).replace(
            "from typing import", "from owners import Owner\nfrom typing import", 1
        )
        self.session.set_buffer(path, text)
        self.show(path, text[: text.index("# ANN")].count("\n"), before=1, after=1)
        self.save(path)
        self.session.load(holefit.LoadAll)
        found = self.session.annotations(type="Owner")
        for one in found:
            console.print(f"  {one.module}.{one.name}: {escape(one.repr)}")
        self.expect(
            "the annotation is found by its type",
            [(one.name, one.value) for one in found] == [("decimal", {"team": "sizes", "since": 2020})],
        )

    def finish(self) -> int:
        """The last word, and the exit status."""
        console.rule()
        if self.failures:
            console.print(
                f"[red]{len(self.failures)} steps did not do what they should:[/red]",
                *self.failures,
                sep="\n  ",
            )
            return 1
        console.print("[green]every step did what it should[/green]")
        return 0


def line_of(text: str, words: str) -> int:
    """0-based number of the first line that holds ``words``."""
    return text[: text.index(words)].count("\n")


def escape(text: str) -> str:
    """``text`` safe from console markup."""
    return text.replace("[", "\\[")


if __name__ == "__main__":
    sys.exit(main())
