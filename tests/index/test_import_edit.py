"""Where an import goes."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from holefit.edits import Edit, apply
from holefit.index import Match, insertion
from holefit.index.import_edit import Wanted, import_edit
from holefit.syntax import Source

PATH = Path("/project/app/main.py")


def imported(text: str, module: str = "pathlib", name: str | None = "Path", *, dedented: bool = True) -> str:
    """The text with the import in it."""
    text = dedent(text).lstrip("\n") if dedented else text
    change = import_edit(text, Wanted(module, name), module="app.main")
    assert change is not None
    return apply(Source(PATH, text), [Edit(PATH, *change)])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = _\n", "from pathlib import Path\n\nx = _\n"),
        ("def f(): ...\n", "from pathlib import Path\n\n\ndef f(): ...\n"),
        ("", "from pathlib import Path\n"),
        ('"""Doc."""\n\nx = _\n', '"""Doc."""\n\nfrom pathlib import Path\n\nx = _\n'),
        ('"""Doc."""\nx = _\n', '"""Doc."""\n\nfrom pathlib import Path\n\nx = _\n'),
        ('"""Doc."""', '"""Doc."""\n\nfrom pathlib import Path\n'),
        (
            "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n\nx = _\n",
            "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n\nfrom pathlib import Path\n\nx = _\n",
        ),
        (
            "from __future__ import annotations\n\nx = _\n",
            "from __future__ import annotations\n\nfrom pathlib import Path\n\nx = _\n",
        ),
        ("import os\nx = _\n", "import os\nfrom pathlib import Path\nx = _\n"),
        (
            "import os\nfrom typing import Any\n",
            "import os\nfrom pathlib import Path\nfrom typing import Any\n",
        ),
        ("import httpx\n", "from pathlib import Path\n\nimport httpx\n"),
        ("import httpx", "from pathlib import Path\n\nimport httpx"),
        ("from pathlib import PurePath\n", "from pathlib import Path, PurePath\n"),
        ("from pathlib import A, B\n", "from pathlib import A, B, Path\n"),
        ("from pathlib import B, A\n", "from pathlib import B, A, Path\n"),
        ("from pathlib import A  # why\n", "from pathlib import A, Path  # why\n"),
        (
            "from pathlib import (\n    A,\n    Z,\n)\n",
            "from pathlib import (\n    A,\n    Path,\n    Z,\n)\n",
        ),
        (
            "from pathlib import (\n    A,\n    B,\n)\n",
            "from pathlib import (\n    A,\n    B,\n    Path,\n)\n",
        ),
        ("from pathlib import (A,\n    B)\n", "from pathlib import (A,\n    B,\n    Path)\n"),
        ("from pathlib import *\n", "from pathlib import *\nfrom pathlib import Path\n"),
        ("import os; import sys\n", "import os; import sys\nfrom pathlib import Path\n"),
    ],
)
def test_the_standard_library(before: str, after: str) -> None:
    assert imported(before, dedented=False) == after


def test_type_checking_and_try_are_left_alone() -> None:
    before = """
        import os
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            from pathlib import PurePath

        try:
            from pathlib import PosixPath
        except ImportError:
            pass
    """
    assert imported(before).startswith(
        "import os\nfrom pathlib import Path\nfrom typing import TYPE_CHECKING\n"
    )


def test_kinds_of_imports_stay_apart() -> None:
    before = "import os\n\nimport httpx\n\nfrom app.models import User\n"
    assert imported(before, "rich.console", "Console", dedented=False) == (
        "import os\n\nimport httpx\nfrom rich.console import Console\n\nfrom app.models import User\n"
    )
    assert (
        imported(before, "app.orders", "Order", dedented=False) == before + "from app.orders import Order\n"
    )
    assert imported("import os\n", "app.orders", "Order", dedented=False) == (
        "import os\n\nfrom app.orders import Order\n"
    )


def test_relative_imports_of_the_same_module_are_used() -> None:
    assert (
        imported("from .models import Order\n", "app.models", "User") == "from .models import Order, User\n"
    )
    assert imported("from . import models\n", "app", "tools") == "from . import models, tools\n"


def test_line_ends_marks_and_letters_of_all_kinds_survive() -> None:
    assert imported("import os\r\nx = 1\r\n", dedented=False) == (
        "import os\r\nfrom pathlib import Path\r\nx = 1\r\n"
    )
    assert imported("\ufeffimport sys\n", dedented=False) == "\ufeffimport sys\nfrom pathlib import Path\n"
    assert imported("\ufefffrom a import b\n", dedented=False) == (
        "\ufefffrom pathlib import Path\n\nfrom a import b\n"
    )
    assert imported("\ufeffx = 1\n", dedented=False) == "\ufefffrom pathlib import Path\n\nx = 1\n"
    assert imported("from pathlib import Ä, Z\n", dedented=False) == "from pathlib import Ä, Z, Path\n"


def test_code_above_a_syntax_error_is_enough() -> None:
    assert imported("import os\n\ndef f(:\n", dedented=False) == (
        "import os\nfrom pathlib import Path\n\ndef f(:\n"
    )
    assert imported("import os\nx = = 1\n", dedented=False) == (
        "import os\nfrom pathlib import Path\nx = = 1\n"
    )
    assert import_edit("x = = 1\n", Wanted("pathlib", "Path")) is None


def test_a_docstring_that_looks_like_code_is_none() -> None:
    before = '"""A\ndef f(): ...\n"""\nimport os\n'
    assert imported(before, dedented=False) == before + "from pathlib import Path\n"


def match(name: str, module: str, kind: str = "function") -> Match:
    needed = None if module == "builtins" else f"from {module} import {name.partition('.')[0]}"
    return Match(name, module, kind, "", needed, 0.0, None, 0)


def test_what_is_imported_already_is_used_as_it_is() -> None:
    made = insertion("import pathlib as p\n", match("Path.cwd", "pathlib", "class method"))
    assert (made.text, made.change) == ("p.Path.cwd", None)
    made = insertion("from pathlib import Path\n", match("Path.cwd", "pathlib", "class method"))
    assert (made.text, made.change) == ("Path.cwd", None)
    made = insertion("", match("len", "builtins"))
    assert (made.text, made.change) == ("len", None)
    made = insertion("", match("str.split", "builtins", "method"))
    assert (made.text, made.change) == ("split", None)
    assert insertion("", match("load", "app.main"), module="app.main").change is None
