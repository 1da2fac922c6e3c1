"""How much each observation of :mod:`holefit.holes.evidence` counts, by what the hole is in its statement.

Made by ``bench/weights.py`` from expressions deleted out of a few packages: how likely an expression is what stood there, given all that
could have. The observations are general, and so are the weights: they are tried on packages that they were not made from.
"""

from holefit.holes.site import Role

_ROLES = (Role.ARGUMENT, Role.RETURNED, Role.ASSIGNED, Role.OTHER)
_TABLE: dict[str, tuple[float, float, float, float]] = {
    "False": (-0.72, 0.72, 0.46, 0.34),
    "None": (0.3, 2.32, 2.66, 1.42),
    "True": (1.8, 0.96, 1.73, 1.06),
    "argument in file": (1.8, 1.39, 1.39, 1.39),
    "argument in project": (0.64, 0.49, 0.49, 0.49),
    "assigned in file": (2.63, 2.63, 3.63, 2.63),
    "assigned in project": (0.76, 0.76, 0.96, 0.76),
    "attribute": (-1.06, -1.2, -1.52, -1.03),
    "attribute in file": (0.13, -0.35, -0.82, -0.15),
    "attribute in project": (-0.17, 0.11, -0.91, -0.13),
    "attribute nowhere": (-3.0, -3.0, -3.0, -3.0),
    "await": (-0.22, -0.3, -0.21, -0.21),
    "bare call": (-2.15, -2.31, -2.53, -2.01),
    "beside": (0.96, 0.8, 0.8, 0.8),
    "builtin called nowhere": (-2.5, -2.5, -2.5, -2.5),
    "call": (-0.69, -0.85, -0.59, -0.6),
    "called in file": (0.7, 0.25, 0.53, 0.42),
    "called in project": (0.0, 0.12, 0.3, 0.12),
    "called nowhere": (-1.0, -1.0, -1.0, -1.0),
    "comprehension": (-1.24, -1.09, -1.14, -1.0),
    "display": (-1.6, 0.49, -0.42, -0.42),
    "empty": (1.22, 2.64, 2.93, 2.12),
    "is hint": (-1.49, -2.76, -1.18, -1.88),
    "last name elsewhere": (2.08, 1.57, 0.99, 1.57),
    "like hint": (2.57, 3.56, 1.69, 2.68),
    "literal": (-0.41, -0.38, -0.85, -0.39),
    "local": (1.69, 2.72, -0.14, 1.63),
    "merit": (0.89, 0.21, -0.15, 0.34),
    "name": (-2.3, -1.9, -2.42, -1.89),
    "named in file": (0.57, 0.64, 0.06, 0.41),
    "named in project": (-0.21, -0.32, -0.74, -0.27),
    "operation": (0.61, -1.03, -0.87, -0.08),
    "order": (1.22, 0.35, 1.1, 0.85),
    "parameter": (2.05, 0.03, -0.57, 0.91),
    "private": (-0.32, 0.61, 1.1, 0.25),
    "read near": (-0.45, 0.74, -0.27, 0.05),
    "reads": (-0.46, -0.17, -1.28, -0.3),
    "receiver": (0.04, -0.64, 0.68, -0.08),
    "repeats": (-1.5, -1.5, -1.5, -1.5),
    "returned in file": (1.08, 1.43, 1.08, 1.08),
    "returned in function": (-1.51, -2.02, -1.51, -1.51),
    "scope 0": (5.75, 5.14, 5.14, 5.14),
    "scope 1": (1.63, 0.95, 0.93, 1.23),
    "scope 2": (-0.53, 0.4, -0.73, 0.03),
    "scope 3": (0.02, 0.09, 0.34, 0.1),
    "scope 4": (-0.9, -0.11, -0.33, -0.52),
    "scope 5": (-4.0, -4.0, -4.0, -4.0),
    "size": (-0.87, -0.7, -1.15, -0.82),
    "subscript": (0.27, 0.13, 1.25, 0.3),
    "text in file": (0.11, 0.56, 0.5, 0.27),
    "text in function": (0.62, 0.83, -0.18, 0.54),
    "text in project": (0.48, 0.47, 0.7, 0.44),
    "type 0": (1.26, 0.73, 0.82, 0.86),
    "type 1": (-0.17, 0.46, 0.17, 0.18),
    "type 2": (-0.1, 0.08, -0.05, -0.06),
    "type 3": (-0.27, -0.65, 0.28, -0.32),
    "unused": (2.94, 2.05, 3.96, 2.36),
    "unused import": (4.0, 4.0, 4.0, 4.0),
    "unused inside": (2.52, 2.07, 3.6, 2.05),
    "zero": (0.46, -0.26, -0.26, 0.09),
}
WEIGHTS: dict[Role, dict[str, float]] = {
    role: {name: row[column] for name, row in _TABLE.items()} for column, role in enumerate(_ROLES)
}
