"""Profiles as flame graphs: files of speedscope (https://www.speedscope.app), which opens them from its page or its editor extensions.

Source of the format: https://www.speedscope.app/file-format-schema.json; a stack is a sample, whose weight is its own time.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from holefit.interpreter.profiling import Profile, Stack
from holefit_wire.interpreter import CostCentre

SCHEMA = "https://www.speedscope.app/file-format-schema.json"


def speedscope(profile: Profile, name: str) -> dict[str, Any]:
    """``profile`` as a file of speedscope: a profile of time for each thread, and one of memory where that was counted."""
    frames: dict[CostCentre, int] = {}
    for stack in profile.stacks:
        frames.setdefault(stack.centre, len(frames))
    threads: dict[int, list[int]] = {}  # stacks by the beginning of their thread
    for at in range(len(profile.stacks)):
        root = at
        while profile.stacks[root].parent >= 0:
            root = profile.stacks[root].parent
        threads.setdefault(root, []).append(at)
    profiles = []
    for root, stacks in threads.items():
        thread = profile.stacks[root].centre.name
        title = name if len(threads) == 1 else f"{name} ({thread})"
        times = [profile.stacks[at].nanoseconds for at in stacks]
        profiles.append(_sampled(title, "nanoseconds", profile.stacks, stacks, times, frames))
        if profile.allocation:
            kept = [profile.stacks[at].allocated for at in stacks]
            profiles.append(_sampled(f"{title}: memory", "bytes", profile.stacks, stacks, kept, frames))
    return {
        "$schema": SCHEMA,
        "name": name,
        "exporter": "holefit",
        "activeProfileIndex": 0,
        "shared": {"frames": [_frame(centre) for centre in frames]},
        "profiles": profiles,
    }


def write(profile: Profile, name: str, path: Path) -> None:
    """Write the file. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(speedscope(profile, name)), encoding="utf-8")


def _frame(centre: CostCentre) -> dict[str, Any]:
    if not centre.path:
        return {"name": centre.name}
    return {"name": centre.name, "file": centre.path, "line": max(centre.line, 1)}


def _sampled(
    name: str,
    unit: str,
    stacks: tuple[Stack, ...],
    chosen: list[int],
    weights: list[int],
    frames: dict[CostCentre, int],
) -> dict[str, Any]:
    """A profile of the chosen stacks. What freed more than it took has no place in a flame graph."""
    samples, kept = [], []
    for at, weight in zip(chosen, weights, strict=True):
        if weight > 0:
            path, above = [], at
            while above >= 0:
                path.append(frames[stacks[above].centre])
                above = stacks[above].parent
            samples.append(path[::-1])
            kept.append(weight)
    return {
        "type": "sampled",
        "name": name,
        "unit": unit,
        "startValue": 0,
        "endValue": sum(kept),
        "samples": samples,
        "weights": kept,
    }
