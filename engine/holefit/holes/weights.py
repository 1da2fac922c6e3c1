"""How much each observation of :mod:`holefit.holes.evidence` counts, by what the hole is in its statement.

Made by ``bench/weights.py`` from expressions deleted out of a few packages: how likely an expression is what stood there, given all that
could have. The observations are general, and so are the weights: they are tried on packages that they were not made from.
"""

from holefit.holes.site import Role

_ROLES = (Role.ARGUMENT, Role.RETURNED, Role.ASSIGNED, Role.OTHER)
_TABLE: dict[str, tuple[float, float, float, float]] = {
    "False": (-0.62, 0.88, 0.52, 0.45),
    "None": (0.4, 2.45, 2.79, 1.52),
    "True": (1.9, 1.07, 1.81, 1.14),
    "argument in file": (1.8, 1.39, 1.39, 1.39),
    "argument in project": (0.62, 0.48, 0.48, 0.48),
    "assigned in file": (2.58, 2.58, 3.55, 2.58),
    "assigned in project": (0.86, 0.86, 1.1, 0.86),
    "attribute": (-0.99, -1.12, -1.49, -0.98),
    "attribute in file": (0.1, -0.39, -0.88, -0.18),
    "attribute in project": (-0.18, 0.11, -0.97, -0.14),
    "attribute nowhere": (-3.0, -3.0, -3.0, -3.0),
    "await": (-0.26, -0.36, -0.26, -0.26),
    "bare call": (-2.13, -2.29, -2.62, -2.01),
    "beside": (0.96, 0.81, 0.81, 0.81),
    "builtin called nowhere": (-2.5, -2.5, -2.5, -2.5),
    "call": (-0.68, -0.85, -0.62, -0.6),
    "called in file": (0.7, 0.24, 0.58, 0.42),
    "called in project": (0.0, 0.13, 0.23, 0.11),
    "called nowhere": (-1.0, -1.0, -1.0, -1.0),
    "comprehension": (-1.27, -1.13, -1.2, -1.04),
    "display": (-1.66, 0.43, -0.72, -0.53),
    "empty": (0.89, 0.7, 2.17, 1.08),
    "is hint": (-1.53, -2.83, -1.23, -1.93),
    "last name elsewhere": (2.14, 1.63, 1.09, 1.63),
    "like hint": (2.61, 3.58, 1.77, 2.71),
    "literal": (-0.25, -0.18, -0.72, -0.25),
    "local": (1.79, 2.72, -0.32, 1.64),
    "merit": (0.88, 0.18, -0.16, 0.33),
    "name": (-2.22, -1.82, -2.46, -1.84),
    "named in file": (0.57, 0.65, 0.02, 0.41),
    "named in project": (-0.2, -0.31, -0.79, -0.27),
    "operation": (0.64, -1.0, -0.79, -0.05),
    "order": (1.25, 0.43, 1.17, 0.89),
    "parameter": (2.17, 0.26, -0.49, 1.03),
    "private": (-0.33, 0.59, 1.06, 0.23),
    "read near": (-0.44, 0.75, -0.28, 0.06),
    "reads": (-0.46, -0.21, -1.35, -0.32),
    "receiver": (0.16, -0.49, 0.73, 0.01),
    "returned in file": (1.02, 1.34, 1.02, 1.02),
    "returned in function": (-1.49, -1.99, -1.49, -1.49),
    "scope 0": (5.77, 5.15, 5.15, 5.15),
    "scope 1": (1.63, 0.93, 0.78, 1.2),
    "scope 2": (-0.53, 0.37, -0.78, 0.01),
    "scope 3": (0.04, 0.1, 0.33, 0.1),
    "scope 4": (-0.92, -0.1, -0.12, -0.47),
    "scope 5": (-2.5, -2.5, -2.5, -2.5),
    "size": (-0.85, -0.69, -1.2, -0.82),
    "subscript": (0.3, 0.19, 1.28, 0.33),
    "text in file": (0.13, 0.57, 0.56, 0.29),
    "text in function": (0.6, 0.74, -0.2, 0.5),
    "text in project": (0.49, 0.48, 0.71, 0.45),
    "type 0": (1.25, 0.71, 0.81, 0.85),
    "type 1": (-0.16, 0.48, 0.17, 0.18),
    "type 2": (-0.09, 0.09, -0.04, -0.05),
    "type 3": (-0.26, -0.63, 0.3, -0.3),
    "unused": (2.94, 2.07, 3.94, 2.37),
    "unused import": (4.0, 4.0, 4.0, 4.0),
    "unused inside": (2.54, 2.09, 3.6, 2.05),
}
WEIGHTS: dict[Role, dict[str, float]] = {
    role: {name: row[column] for name, row in _TABLE.items()} for column, role in enumerate(_ROLES)
}
