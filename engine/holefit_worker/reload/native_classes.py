"""Classes of extension modules: the new copy of the module brings new ones, and what there is of the old ones follows where that is safe.

An instance moves if its memory means the same to the new code: the types that the C sources declare are the same, and Python looks after both classes
alike. What it holds of the old copy itself (its module, the module's state, a class) becomes that of the new one. Subclasses in the project's modules are made anew by their own statements, and their instances move by the same rule.
"""

from __future__ import annotations

import sys
from types import SimpleNamespace

from holefit_worker.linker import inplace

from . import rebuild
from .exchange import in_dictionary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from holefit_worker.linker.extension import Changes

    from .journal import Journal
    from .reloader import Reloader
    from .report import Report


def replace_classes(
    reloader: Reloader, report: Report, journal: Journal, module: str, changes: Changes
) -> None:
    """Let the new classes of ``module`` take the place of the old ones."""
    pairs = [(old, new) for old, new in changes.classes if old is not new]
    if not pairs:
        return

    was, now = changes.modules
    successors: dict[int, object] = {id(old): new for old, new in pairs}
    successors[id(was)] = now
    states = inplace.state_of(was), inplace.state_of(now)
    moved = {states[0]: states[1]} if all(states) else {}

    def move(instance: object, cls: type) -> bool:
        if not changes.same_layout or not inplace.alike(type(instance), cls):
            return False
        journal.add(inplace.move(instance, cls, successors, moved))
        return True

    context: Any = SimpleNamespace(
        reloader=reloader,
        report=report,
        journal=journal,
        peers=[],
        before={},
        record=SimpleNamespace(name=module, namespace=vars(sys.modules[module])),
        mover=move,
        leaving=tuple(old for old, _ in pairs),
    )
    living: dict[int, list[object]] = {}
    instances, holders = inplace.instances(old for old, _ in pairs)
    for instance in instances:
        living.setdefault(id(type(instance)), []).append(instance)
    why = (
        "is laid out otherwise now"
        if changes.layout_known
        else "may be laid out otherwise, for its sources are not known"
    )
    classes = {id(old): new for old, new in pairs}
    for holder in holders:
        for value in list(holder.values()):
            if id(value) in classes:
                in_dictionary(journal, holder, value, classes[id(value)])
    for old, new in pairs:
        rebuild.replace(context, old, new, living=living.get(id(old), []), why=why)
