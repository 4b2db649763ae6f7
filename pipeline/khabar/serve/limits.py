"""What a request may cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of a request's body, characters of its text, seconds, and how many texts wait in line."""

    body: int = 2_000_000
    characters: int = 200_000
    seconds: float = 60.0
    waiting: int = 16
