"""What the editors offer is what the engine knows: settings with their defaults and choices, and commands that clash with nothing."""

from __future__ import annotations

import dataclasses
import json
import re
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from holefit import __version__
from holefit.session import Options
from holefit_lsp.requests import commands

ROOT = Path(__file__).parents[2]
MANIFEST = json.loads((ROOT / "editors/vscode/package.json").read_text())
SETTINGS: dict[str, Any] = {
    name.removeprefix("holefit."): setting
    for section in MANIFEST["contributes"]["configuration"]
    for name, setting in section["properties"].items()
}
OF_THE_CLIENT = {"serverPath", "serverArguments", "serverPackage", "trace.server", "results.open"}
TYPES = {bool: "boolean", int: "integer", float: "number", str: "string"}


def options(value: Any, prefix: str = "") -> dict[str, tuple[Any, Any]]:
    """Every option in camelCase with its type and default, except trust: that is the workspace's, not a setting."""
    found: dict[str, tuple[Any, Any]] = {}
    hints = typing.get_type_hints(type(value))
    for field in dataclasses.fields(value):
        name = prefix + re.sub(r"_(\w)", lambda match: match[1].upper(), field.name)
        default = getattr(value, field.name)
        if dataclasses.is_dataclass(default):
            found |= options(default, f"{name}.")
        elif name != "trusted":
            found[name] = (hints[field.name], default)
    return found


def test_every_option_is_a_setting_with_the_same_default_and_the_other_way_round() -> None:
    defaults = {name: default for name, (_, default) in options(Options()).items()}
    expected = {
        name: list(default) if isinstance(default, tuple) else default for name, default in defaults.items()
    }
    assert {
        name: setting["default"] for name, setting in SETTINGS.items() if name not in OF_THE_CLIENT
    } == expected


def test_settings_have_the_types_and_choices_of_their_options() -> None:
    for name, (hint, _) in options(Options()).items():
        setting = SETTINGS[name]
        if typing.get_origin(hint) is Literal:
            assert tuple(setting["enum"]) == typing.get_args(hint), name
            assert len(setting["enumDescriptions"]) == len(setting["enum"]), name
        elif typing.get_origin(hint) is tuple:
            assert setting["type"] == "array", name
        elif typing.get_origin(hint) is Mapping:
            assert setting["type"] == "object", name
        else:
            assert setting["type"] == TYPES[hint], name


def test_every_setting_is_described() -> None:
    assert [
        name for name, setting in SETTINGS.items() if not setting["markdownDescription"].endswith((".", "`."))
    ] == []


def test_a_workspace_that_is_not_trusted_chooses_no_program() -> None:
    programs = {"serverPath", "serverArguments", "serverPackage", "interpreter.python", "interpreter.spawn"}
    programs |= {"native.compiler", "native.build"}
    restricted = MANIFEST["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]
    assert {name.removeprefix("holefit.") for name in restricted} == programs
    assert {SETTINGS[name]["scope"] for name in programs} <= {"machine", "machine-overridable"}


def test_no_command_of_the_client_has_the_name_of_one_of_the_server() -> None:
    servers = {commands.EVALUATE, commands.CLEAR, commands.FILL, commands.RELOAD}
    servers |= {f"holefit.{action}" for action in commands.INTERPRETER_COMMANDS}
    assert servers.isdisjoint(command["command"] for command in MANIFEST["contributes"]["commands"])


def test_every_command_that_is_bound_to_a_key_or_a_menu_exists() -> None:
    contributes = MANIFEST["contributes"]
    ours = {command["command"] for command in contributes["commands"]}
    used = {binding["command"] for binding in contributes["keybindings"]}
    used |= {item["command"] for menu in contributes["menus"].values() for item in menu}
    assert used <= ours


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (ROOT / "editors/vscode/package-lock.json").read_text()


def test_the_extension_has_the_version_of_the_engine() -> None:
    assert MANIFEST["version"] == __version__
