"""Documents for people: in the terminal, as HTML, in a notebook."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from khabar.show.graph import plot

__all__ = ["plot"]


def __getattr__(name: str) -> Any:
    """Import `plot` when it is first used."""
    if name == "plot":
        from khabar.show.graph import plot  # noqa: PLC0415

        return plot
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
