"""Areas of shapes."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass
class Circle:
    radius: float


def area(circle: Circle) -> float:
    return math.pi * circle.radius**2


def scaled(circle: Circle, factor: float) -> Circle:
    grown = Circle(circle.radius * factor)
    return _


# >>> round(area(Circle(2)), 3)
