"""Fits are written in parentheses where what is around the hole binds tighter, and nowhere else."""

from typing import Any


def test_numbers_need_none_beside_operators(check: Any) -> None:
    check("""
        def f(side: int) -> int:
            return side * _
            #             ^ int; fits side , 0
    """)


def test_operations_need_them_beside_what_binds_tighter_and_not_as_arguments(check: Any) -> None:
    check("""
        def f(x: int, y: int) -> int:
            z = abs(x + y)
            return z * _
            #          ^ int; fits (x + y)
        def g(x: int, y: int) -> int:
            z = abs(x + y)
            return abs(_)
            #          ^ SupportsAbs[int]; fits x + y
    """)
