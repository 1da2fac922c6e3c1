"""Flags: their order, their scope, their reset."""

import pytest

from holefit.plugins import PluginName, read_flags


def test_the_first_that_is_named_acts_first() -> None:
    flags, problems = read_flags(["one", "-fplugin=two", "-fplugin", "three"])
    assert [one.module for one in flags.plugins] == ["one", "two", "three"]
    assert problems == ()


def test_options_belong_to_the_module_wherever_they_stand() -> None:
    flags, _ = read_flags(
        [
            "-fplugin-opt=two:B",
            "-fplugin=one",
            "-fplugin-opt=one:A:a",
            "-fplugin=two",
            "-fplugin-opt",
            "one:C",
        ]
    )
    assert [one.module for one in flags.plugins] == ["one", "two"]
    assert flags.options == {"two": ("B",), "one": ("A:a", "C")}


def test_a_plugin_that_is_named_twice_acts_twice_with_the_same_options() -> None:
    flags, _ = read_flags(["-fplugin=echo", "-fplugin-opt=echo:A", "-fplugin=echo", "-fplugin-opt=echo:B"])
    assert [one.module for one in flags.plugins] == ["echo", "echo"]
    assert flags.options == {"echo": ("A", "B")}


def test_a_reset_forgets_what_came_before_it_only() -> None:
    base, _ = read_flags(["one", "-fplugin-opt=one:A"])
    flags, _ = read_flags(["-fclear-plugins", "-fplugin=two"], base)
    assert [one.module for one in flags.plugins] == ["two"]
    assert flags.options == {}
    assert [one.module for one in base.plugins] == ["one"]


def test_the_flags_of_a_file_come_after_those_of_the_project() -> None:
    base, _ = read_flags(["one"])
    flags, _ = read_flags(["-fplugin=two", "-fplugin-opt=one:A"], base)
    assert [one.module for one in flags.plugins] == ["one", "two"]
    assert flags.options == {"one": ("A",)}


def test_a_library_has_its_own_options() -> None:
    flags, problems = read_flags(
        ['-fplugin-library=lib/p.zip;unit-1;Lint;["a b", "c"]', "-fplugin-library=p.py;;q"]
    )
    assert flags.plugins == (
        PluginName("Lint", "lib/p.zip", "unit-1", ("a b", "c")),
        PluginName("q", "p.py", ""),
    )
    assert problems == ()


def test_trustworthy_stays() -> None:
    assert read_flags(["-fplugin-trustworthy", "-fclear-plugins"])[0].trustworthy


@pytest.mark.parametrize(
    ("word", "remedy"),
    [
        ("-fplugins=x", "there are -fplugin=MODULE"),
        ("-fplugin", "write -fplugin=MODULE"),
        ("-fplugin-opt=x", "write -fplugin-opt=MODULE:TEXT"),
        ("-fplugin-library=a", "write -fplugin-library=PATH;UNIT;MODULE;ARGS"),
        ("-fplugin-library=a;b;c;[1]", "write -fplugin-library=PATH;UNIT;MODULE;ARGS"),
        ("-fplugin-library=a;b;c;[", "write -fplugin-library=PATH;UNIT;MODULE;ARGS"),
    ],
)
def test_what_is_no_flag_is_named_with_what_would_be(word: str, remedy: str) -> None:
    flags, (problem,) = read_flags(["kept", word])
    assert [one.module for one in flags.plugins] == ["kept"]
    assert problem.startswith(f"`{word}` is no flag")
    assert remedy in problem
