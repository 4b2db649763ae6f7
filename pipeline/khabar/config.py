"""The pipeline's configuration: `configs/pipeline.yaml`, or a user's own file with some of its keys."""

from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from khabar.errors import UsageError, reason
from khabar.normalize.halfspaces import AfterNonjoiner
from khabar.schema import load_schema


@dataclass(frozen=True, slots=True)
class NormalizeConfig:
    """Which normalizer, `khabar` or `hazm`, and what it is given; the path of `exceptions` starts from the
    configuration file, and hazm knows neither it nor `after_nonjoiner`."""

    engine: str = "khabar"
    halfspaces: bool = True
    after_nonjoiner: AfterNonjoiner = "keep"
    exceptions: str = ""


@dataclass(frozen=True, slots=True)
class SegmentConfig:
    """What `khabar.segment.Segmenter` is given."""

    max_tokens: int = 250
    page: bool = True


@dataclass(frozen=True, slots=True)
class WindowConfig:
    """The most subwords in a window."""

    subwords: int = 384


@dataclass(frozen=True, slots=True)
class NamesConfig:
    """What finds the names: the model itself, or a tagger of `configs/taggers.yaml`, perhaps with another model of its
    kind and other labels."""

    tagger: str = "khabar"
    model: str = ""
    labels: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The lowest score of a mention and of a relation that is kept; `relations` has those of single types."""

    mention: float = 0.0
    relation: float = 0.0
    relations: dict[str, float] = field(default_factory=dict)

    def of(self, relation: str) -> float:
        """Return the lowest score of a type of relation."""
        return self.relations.get(relation, self.relation)


@dataclass(frozen=True, slots=True)
class Limits:
    """What an article may have and take at most; beyond, it goes to the quarantine.

    `bytes` are those of a text file, of a page, or of one record of another file, unpacked; `seconds` go to taking
    the article out of a page, and again to reading it.
    """

    bytes: int = 20_000_000
    characters: int = 200_000
    seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class PipelineConfig:
    """Everything that can be set; each part's defaults are those of `configs/pipeline.yaml`."""

    model: str = "khabar-base"
    normalize: NormalizeConfig = field(default_factory=NormalizeConfig)
    segment: SegmentConfig = field(default_factory=SegmentConfig)
    window: WindowConfig = field(default_factory=WindowConfig)
    names: NamesConfig = field(default_factory=NamesConfig)
    thresholds: Thresholds = field(default_factory=Thresholds)
    limits: Limits = field(default_factory=Limits)
    part: int = 100
    threads: int = 2
    batch: int = 32

    def with_min_score(self, score: float) -> "PipelineConfig":
        """Return the same configuration with one threshold for mentions and relations."""
        return replace(self, thresholds=Thresholds(score, score))


def read_pipeline_config(path: str | Path | None) -> PipelineConfig:
    """Read a configuration file; None gives the defaults.

    Raises:
        UsageError: the file cannot be read, or has a key or a value of a kind that the configuration has not.
    """
    if path is None:
        return PipelineConfig()
    try:
        raw = yaml.safe_load(Path(path).read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(
            f"cannot be read: {reason(error)}", path=path, remedy="configs/pipeline.yaml shows the form"
        ) from error
    filled: PipelineConfig = _fill(PipelineConfig(), raw, "", path)
    _check_relations(filled.thresholds.relations, path)
    if not filled.normalize.exceptions:
        return filled
    exceptions = str(Path(path).parent / filled.normalize.exceptions)
    return replace(filled, normalize=replace(filled.normalize, exceptions=exceptions))


def _check_relations(thresholds: dict[str, Any], path: str | Path) -> None:
    known = load_schema().relations
    for relation, score in thresholds.items():
        if relation not in known or isinstance(score, bool) or not isinstance(score, int | float):
            message = f"thresholds.relations: expected a relation and its lowest score, found {relation}: {score!r}"
            raise UsageError(message, path=path, remedy=f"the relations are {', '.join(known)}")


def _fill(default: Any, raw: Any, where: str, path: str | Path) -> Any:
    """Return `default` with the values that `raw` gives, checked against the kinds of the defaults."""
    remedy = "configs/pipeline.yaml shows the form"
    if not is_dataclass(default) or isinstance(default, type):
        wanted = (int, float) if isinstance(default, float) else type(default)
        if not isinstance(raw, wanted) or (isinstance(raw, bool) and not isinstance(default, bool)):
            kind = type(default).__name__
            raise UsageError(f"{where}: expected {kind}, found {raw!r}", path=path, remedy=remedy)
        return raw
    if not isinstance(raw, dict):
        raise UsageError(f"{where or 'the file'}: expected keys and values, found {raw!r}", path=path, remedy=remedy)
    known = {f.name for f in fields(default)}
    if unknown := sorted(set(raw) - known):
        message = f"unknown key {where}{unknown[0]}, expected one of {', '.join(sorted(known))}"
        raise UsageError(message, path=path, remedy=remedy)
    given = {k: _fill(getattr(default, k), v, f"{where}{k}.", path) for k, v in raw.items()}
    return replace(default, **given)
