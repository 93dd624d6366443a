"""What a look at a server found."""

from dataclasses import dataclass

__all__ = ["Finding"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at or done.

    Attributes:
        ok: whether it is as it should be.
        what: it, in one line.
        fix: what to do, in one line; empty where there is nothing to do.
    """

    ok: bool
    what: str
    fix: str = ""
