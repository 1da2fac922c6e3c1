"""JSON of the command line has the shapes of the language server's requests."""

import json

from holefit.cli import as_json
from holefit.holes import Fit
from holefit_lsp import to_lsp


def test_annotation_values_are_those_of_the_language_server() -> None:
    value = {"raw": b"\x00\xff", "far": float("inf"), "none": [float("nan"), 1.5, None], 3: "three"}
    assert as_json.plain(value) == to_lsp.plain(value)
    assert json.loads(json.dumps(as_json.plain(value), allow_nan=False))["raw"] == "AP8="


def test_partners_of_a_fit_are_named_one_by_one() -> None:
    fit = Fit("a", "int", "local", (), partners=(("_", "b"), ("_", "c")))
    assert as_json.fit(fit)["partners"] == [{"name": "_", "text": "b"}, {"name": "_", "text": "c"}]
