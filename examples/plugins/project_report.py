"""A report on a project: its modules, who uses whom most, cycles, what is deprecated and what is annotated.

holefit --frontend project_report [-ffrontend-opt=markdown] [PROJECT]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import holefit


def report(options: tuple[str, ...], targets: Sequence[str], session: holefit.Session) -> int:
    """Print it."""
    session.set_targets([session.guess_target(name) for name in targets])
    result = session.load()
    graph = session.module_graph()
    bullet = "- " if "markdown" in options else "  "
    print(f"{'# ' if bullet == '- ' else ''}{session.root.name}: {len(graph)} modules")
    for name, count in Counter(one for used in graph.values() for one in used).most_common(5):
        print(f"{bullet}{name} is used by {count}")
    for name, used in sorted(graph.items()):
        for other in used:
            if name < other and name in graph[other]:
                print(f"{bullet}{name} and {other} use each other")
    for one in session.annotations():
        print(f"{bullet}{one.module}{'.' + one.name if one.name else ''}: {one.repr}")
    for problem in result.diagnostics:
        print(f"{bullet}{problem.path.name}:{problem.range.start.line + 1}: {problem.message}")
    return 1 if result.diagnostics else 0


plugin = holefit.Plugin(frontend=report)
