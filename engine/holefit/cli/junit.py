"""Reports in JUnit's XML, which CI systems read: a suite for each file, a case for each snippet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from holefit.cli.eval_report import FileReport, got
from holefit.cli.places import shown

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(path: Path, reports: Sequence[FileReport]) -> None:
    """Write the report of ``reports`` to ``path``."""
    root = ElementTree.Element("testsuites", name="holefit eval")
    for report in reports:
        results = report.evaluation.results
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=shown(report.place.path),
            tests=str(len(results)),
            failures=str(len(report.differing)),
            errors="0",
            time=f"{sum(result.duration_ms for result in results) / 1000:.6f}",
        )
        for result in results:
            line = result.range.start.line + 1
            case = ElementTree.SubElement(
                suite,
                "testcase",
                classname=shown(report.place.path),
                name=_xml(f"line {line}: {report.input(result).partition(chr(10))[0]}"),
                file=shown(report.place.path),
                line=str(line),
                time=f"{result.duration_ms / 1000:.6f}",
            )
            if not result.agrees:
                failure = ElementTree.SubElement(
                    case, "failure", message=_xml(got(result).partition("\n")[0])
                )
                failure.text = _xml(f"{report.where(result)}\nexpected\n{result.want}\ngot\n{got(result)}\n")
            if result.stderr:
                ElementTree.SubElement(case, "system-err").text = _xml(result.stderr)
    ElementTree.indent(root)
    path.write_bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _xml(text: str) -> str:
    return _NOT_XML.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode(), text)
