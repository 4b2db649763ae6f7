"""What a source yields beside articles."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from khabar.config import Limits

# told what a user should know although the article can be read
Notice = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Rejected:
    """An input that cannot be read: where, why, and what to do."""

    path: str
    reason: str
    line: int | None = None
    remedy: str | None = None

    def __str__(self) -> str:
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{where}: {self.reason}" + (f"; {self.remedy}" if self.remedy else "")

    def to_dict(self) -> dict[str, Any]:
        """Return the quarantine record."""
        return {"path": self.path, "line": self.line, "reason": self.reason, "remedy": self.remedy}


def too_long(path: str, limits: Limits, line: int | None = None) -> Rejected:
    """Return what is said of an input that is longer than `limits.bytes`."""
    remedy = "split it, or raise limits.bytes in a --config"
    return Rejected(path, f"has more than {limits.bytes:,} bytes, which is the most that is read", line, remedy)
