"""Khabar reads Persian news: who met whom, what happened, which figures were given, each with its place in the text."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from khabar.document import Article, Document

# as an attribute, the function takes its package's place; `from khabar.normalize import ...` still finds the package
from khabar.normalize import normalize

if TYPE_CHECKING:
    from khabar.pipeline import Pipeline
    from khabar.show.graph import graph
    from khabar.values import parse_value

__version__ = "0.1.0"
__all__ = ["Article", "Document", "Pipeline", "graph", "load", "normalize", "parse_value"]


def load(
    model: str | Path | None = None, config: str | Path | None = None, min_score: float | None = None
) -> "Pipeline":
    """Load a pipeline: the shipped model, or a model folder; see `khabar.pipeline.Pipeline.load`."""
    from khabar.pipeline import Pipeline  # noqa: PLC0415  loads the engine, which `import khabar` need not

    return Pipeline.load(model, config, min_score)


def __getattr__(name: str) -> Any:
    """Import the other public names when they are first used, so that `import khabar` stays quick."""
    if name == "Pipeline":
        from khabar.pipeline import Pipeline  # noqa: PLC0415

        return Pipeline
    if name == "parse_value":
        from khabar.values import parse_value  # noqa: PLC0415

        return parse_value
    if name == "graph":
        from khabar.show.graph import graph  # noqa: PLC0415

        return graph
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
