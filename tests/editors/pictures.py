"""Draws the pictures of the documentation with the real VS Code: ``make screenshots`` writes them into ``docs/pictures``."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from .conftest import EDITORS, ROOT, copy_project
from .test_vscode import EXTENSION, HERE, NODE, SETTINGS, vscode

#: What a picture does not need.
PLAIN = {
    "editor.minimap.enabled": False,
    "editor.overviewRulerBorder": False,
    "editor.hideCursorInOverviewRuler": True,
    "editor.renderLineHighlight": "none",
    "editor.scrollBeyondLastLine": False,
    "editor.occurrencesHighlight": "off",
    "editor.scrollbar.horizontal": "hidden",
    "breadcrumbs.enabled": False,
    "explorer.autoReveal": False,
}


def main() -> None:
    pictures = ROOT / "docs/pictures"
    pictures.mkdir(exist_ok=True)
    SETTINGS.update(PLAIN)
    with tempfile.TemporaryDirectory() as folder:
        project = copy_project(Path(folder))
        with vscode(project, install=EXTENSION / "holefit.vsix") as address:
            subprocess.run(
                [NODE, HERE / "pictures.js", address, pictures],
                env={**os.environ, "HOLEFIT_EDITORS": str(EDITORS)},
                check=True,
                timeout=200,
            )
    for picture in sorted(pictures.glob("*.png")):
        print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
