"""Makes engine/holefit/holes/weights.py from expressions deleted out of packages, and tries it on others.

    python bench/weights.py --site FOLDER --learn rich,httpx,sqlalchemy --try click,attr,starlette,werkzeug [--write]

For every deleted expression all candidates with their evidence are taken down. A candidate's likelihood is the exponential of its weighted
evidence, divided by the sum of all candidates' (a conditional logit); the weights are those under which what stood there was likeliest, found by
gradient ascent. Each role has weights of its own, drawn towards common ones.
"""

from __future__ import annotations

import argparse
import ast
import math
import random
import shutil
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from holefit.holes import fits, ranking
from holefit.holes.evidence import Witness
from holefit.holes.site import Known, Role, Site
from holefit.holes.terms import blanks, text
from holefit.session.options import HoleOptions
from refill import Sample, project, samples, workspace

WEIGHTS = Path(__file__).parent.parent / "engine/holefit/holes/weights.py"
LEARNT = (Role.ARGUMENT, Role.RETURNED, Role.ASSIGNED)
# What packages cannot tell: they have no clutter of their own, and all their imports are used.
GIVEN = {
    "attribute nowhere": -3.0,
    "builtin called nowhere": -2.5,
    "called nowhere": -1.0,
    "repeats": -1.5,
    "scope 5": -4.0,
    "unused import": 4.0,
}
Weights = dict[tuple[Role | None, str], float]


@dataclass
class Case:
    """One deleted expression: the evidence of every candidate, and which of them it was (None: none)."""

    sample: Sample
    role: Role
    pool: list[dict[str, float]]
    truth: int | None


def cases(package: str, site: Path | None, each: int, seed: int) -> list[Case]:
    """The cases of one package."""
    seen: list[tuple[Role, list[tuple[str, dict[str, float]]]]] = []

    def recorded(at: Site, pool: list[Known], options: HoleOptions) -> list[Known]:
        if pool and not blanks(pool[0].term):
            witness = Witness(at)
            seen.append((at.place.role, [(text(one.term), witness.evidence(one)) for one in pool]))
        return ranking.ranked(at, pool, options)

    root = project(package, site)
    found: list[Case] = []
    fits.ranked = recorded  # type: ignore[attr-defined]  # the pool is seen on its way to be put in order
    try:
        service = workspace(root, 1)
        chosen = samples(root, package, each, seed)
        for path in sorted({sample.path for sample in chosen}):
            source = path.read_text(encoding="utf-8")
            service.set_buffer(str(path), source, 0)
            service.holes(str(path), None)
            while service.learn():
                pass
            for sample in [sample for sample in chosen if sample.path == path]:
                seen.clear()
                service.set_buffer(str(path), sample.holed(source), 1)
                service.holes(str(path), None)
                if seen:
                    role, pool = seen[-1]
                    truth = next((n for n, (shown, _) in enumerate(pool) if _same(shown, sample.text)), None)
                    found.append(Case(sample, role, [evidence for _, evidence in pool], truth))
                service.set_buffer(str(path), source, 2)
                service.holes(str(path), None)
    finally:
        fits.ranked = ranking.ranked  # type: ignore[attr-defined]
        shutil.rmtree(root, ignore_errors=True)
    return found


def _same(shown: str, deleted: str) -> bool:
    return shown == deleted or ast.unparse(ast.parse(shown, mode="eval").body) == deleted


def learnt(known: list[Case], rounds: int = 25, pull: float = 0.002) -> Weights:
    """Weights by role and name; those under None are common to all roles."""
    weights: Weights = defaultdict(float)
    squares: dict[tuple[Role | None, str], float] = defaultdict(lambda: 1.0)
    randomness = random.Random(1)
    usable = [case for case in known if case.truth is not None and len(case.pool) > 1]
    for _ in range(rounds):
        randomness.shuffle(usable)
        for case in usable:
            points = [_points(weights, case.role, one) for one in case.pool]
            highest = max(points)
            likely = [math.exp(one - highest) for one in points]
            total = sum(likely)
            slope: dict[str, float] = defaultdict(float)
            for evidence, share in zip(case.pool, likely, strict=True):
                if share / total > 1e-4:
                    for name, value in evidence.items():
                        slope[name] -= value * share / total
            assert case.truth is not None
            for name, value in case.pool[case.truth].items():
                slope[name] += value
            for name, value in slope.items():
                for role, speed, strength in ((None, 0.3, pull), (case.role, 0.15, 8 * pull)):
                    step = value - strength * weights[role, name]
                    squares[role, name] += step * step
                    weights[role, name] += speed * step / math.sqrt(squares[role, name])
    for name, value in GIVEN.items():
        weights[None, name] = value
        for role in LEARNT:
            weights.pop((role, name), None)
    return weights


def _points(weights: Weights, role: Role, evidence: dict[str, float]) -> float:
    return sum(
        (weights.get((None, name), 0.0) + weights.get((role, name), 0.0)) * value
        for name, value in evidence.items()
    )


def tell(console: Console, name: str, known: list[Case], weights: Weights) -> None:
    """Shares of the deleted expressions that are among the first 1, 5, 10."""
    for kind in ("returned", "argument", "annotated"):
        mine = [case for case in known if case.sample.kind == kind]
        ranks = []
        for case in mine:
            points = [_points(weights, case.role, one) for one in case.pool]
            if case.truth is not None:
                ranks.append(1 + sum(one > points[case.truth] for one in points))
        shares = " ".join(f"@{k} {sum(r <= k for r in ranks) / max(len(mine), 1):.0%}" for k in (1, 5, 10))
        console.print(f"{name:12} {kind:10} {len(mine):4} cases, tried {len(ranks)}: {shares}")


def table(weights: Weights) -> str:
    """The weights as the lines of a table: argument, returned, assigned, other."""
    rows = []
    for name in sorted({name for _, name in weights}):
        common = weights.get((None, name), 0.0)
        row = [round(common + weights.get((role, name), 0.0), 2) for role in LEARNT] + [round(common, 2)]
        if any(abs(value) >= 0.05 for value in row):
            rows.append(f'    "{name}": ({", ".join(map(str, row))}),')
    return "\n".join(rows)


def main() -> None:
    """Learn, try, and write with ``--write``."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--site", type=Path, help="folder with the packages")
    parser.add_argument("--learn", default="rich,httpx")
    parser.add_argument("--try", dest="tried", default="click,attr")
    parser.add_argument("--each", type=int, default=100, help="expressions of each kind and package")
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--write", action="store_true", help="put the weights into the engine")
    arguments = parser.parse_args()
    console = Console()
    known = [
        case
        for package in arguments.learn.split(",")
        for case in cases(package, arguments.site, arguments.each, arguments.seed)
    ]
    weights = learnt(known)
    tell(console, "learnt from", known, weights)
    for package in arguments.tried.split(","):
        tell(
            console, package, cases(package, arguments.site, arguments.each // 2, arguments.seed + 1), weights
        )
    if arguments.write:
        before, start, rest = WEIGHTS.read_text().partition("] = {\n")
        _, end, after = rest.partition("\n}\n")
        WEIGHTS.write_text(before + start + table(weights) + end + after)


if __name__ == "__main__":
    main()
