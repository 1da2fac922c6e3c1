"""The exceptions of the outside world: files, configuration, processes.

Broken user code raises none of them: it gives diagnostics.
"""

from __future__ import annotations


class HolefitError(Exception):
    """The base of every error that Holefit raises. ``str`` says what happened; ``remedy`` what to do about it."""

    remedy: str = ""


def with_remedy(error: HolefitError) -> str:
    """What happened and what to do about it, as one text of whole sentences."""
    said = str(error)
    return f"{said}{'' if said.endswith(('.', '!', '?')) else '.'} {error.remedy}" if error.remedy else said


class UntrustedWorkspaceError(HolefitError):
    """Something was asked for that runs code of a workspace that is not trusted."""

    remedy = "Trust the workspace in your editor, or take `trusted = false` out of [tool.holefit] in its pyproject.toml."

    def __init__(self, *, action: str) -> None:
        super().__init__(f"this workspace is not trusted, so nothing of it runs: {action} was refused")
        self.action = action


class SessionClosedError(HolefitError):
    """A session was used after it had been closed."""

    remedy = "Open a new session."

    def __init__(self) -> None:
        super().__init__("this session is closed")


class TargetNotFoundError(HolefitError):
    """A target is neither a file, nor a folder, nor a module of the project."""

    remedy = "Name a file, a folder, or a module as it is imported; folders to import from are set by `src` in [tool.holefit]."

    def __init__(self, *, name: str, nearest: str | None) -> None:
        hint = f"; did you mean {nearest}?" if nearest else ""
        super().__init__(f"there is no file, folder or module {name!r} in this project{hint}")
        self.name = name
        self.nearest = nearest
