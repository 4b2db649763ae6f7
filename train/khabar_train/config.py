"""Training configurations: YAML files that read like a paper's appendix."""

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, get_args

import yaml

from khabar.encode.subwords import HalfSpaces
from khabar.errors import UsageError, reason
from khabar_train.augment import AugmentSettings
from khabar_train.distill import DistillSettings
from khabar_train.halfspace import HalfSpaceConfig
from khabar_train.joint import JointSettings
from khabar_train.loop import Schedule
from khabar_train.pairs import PairsSettings


@dataclass(frozen=True)
class NamesData:
    """One names corpus: column files, or annotated articles as below, under the data folder.

    `windows`: how many consecutive sentences go into a window, drawn at random; one where the file does not keep
    order. `dev_every`: every so-manieth training sentence is dev instead.
    """

    train: list[str] = field(default_factory=list)
    dev: list[str] = field(default_factory=list)
    dev_every: int = 0
    windows: list[int] = field(default_factory=lambda: [1])


@dataclass(frozen=True)
class PassagesData:
    """Annotated passages, and how many of them are dev.

    `further`: names corpora of whose first training file we annotated more; that is learned from too, but for what
    stands beside a passage of dev. `fold`: in cross-validation, which of `folds` parts is dev instead, from 1.
    `limit`: how many passages to learn from, all by default; fewer are always among more.
    """

    passages: str
    annotations: str
    further: list[str] = field(default_factory=list)
    dev: int = 44
    fold: int = 0
    folds: int = 5
    limit: int | None = None


@dataclass(frozen=True)
class JointConfig:
    """A joint training run. The first names corpus sets the runtime's conventions.

    `articles`: annotated articles, files or folders in any form that `khabar_eval.gold` reads;
    `articles_dev_every`: every so-manieth is dev.
    `halfspaces`: what the encoder reads where the text has a half-space, `keep`, `space` or `delete`.
    `way`: how far the model that is left has gone from the trained one in `init` to the best epoch; less than 1 joins
    what both know (Wortsman et al. 2022).
    """

    name: str
    init: str
    output: str
    names: dict[str, NamesData]
    schedule: Schedule
    passages: PassagesData | None = None
    articles: list[str] = field(default_factory=list)
    articles_dev_every: int = 0
    window: int = 384
    halfspaces: HalfSpaces = "space"
    way: float = 1.0
    joint: JointSettings = field(default_factory=JointSettings)

    def __post_init__(self) -> None:
        _check_halfspaces(self.halfspaces)


@dataclass(frozen=True)
class ColumnText:
    """Column files whose tokens are text; every `without_every`-th sentence is left out."""

    files: list[str]
    without_every: int = 0


@dataclass(frozen=True)
class TextData:
    """Where a language model's text comes from; `lines` holds a sentence a line, `items` titles and summaries."""

    columns: dict[str, ColumnText] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    without_passages: str | None = None


@dataclass(frozen=True)
class DistillConfig(JointConfig):
    """A joint run taught by the model in `init`: one that an earlier run left, or a shipped one.

    The pupil begins as `student`, the teacher itself if left out, with some of its `layers` and `inner` of the inner
    units of each (0: all). The scores of tags by the models in `beside` are averaged with the teacher's. `text` is read
    without labels, for the teachers' answers alone.
    """

    student: str = ""
    beside: list[str] = field(default_factory=list)
    inner: int = 0
    layers: list[int] = field(default_factory=lambda: [1, 3, 5, 7, 9, 11])
    distill: DistillSettings = field(default_factory=DistillSettings)
    text: TextData = field(default_factory=TextData)


@dataclass(frozen=True)
class PairsConfig(JointConfig):
    """A run of the typed-marker pair classifier, on the passages and articles of a joint run."""

    pairs: PairsSettings = field(default_factory=PairsSettings)


@dataclass(frozen=True)
class LanguageConfig:
    """A masked-language training run."""

    name: str
    init: str
    output: str
    text: TextData
    schedule: Schedule
    length: int = 192
    batch: int = 20
    halfspaces: HalfSpaces = "space"

    def __post_init__(self) -> None:
        _check_halfspaces(self.halfspaces)


def _check_halfspaces(given: str) -> None:
    if given not in get_args(HalfSpaces):
        raise TypeError(f"halfspaces: expected {' or '.join(get_args(HalfSpaces))}, found {given!r}")


@dataclass(frozen=True)
class PageConfig:
    """What `khabar_train.page` learns from and how; configs/train/page.yaml explains each key."""

    output: str
    marked: list[str]
    whole: list[str]
    text: str
    common: int
    fewest_closing: int
    closing_share: float
    fewest_pages: int
    chrome_share: float
    favor: float
    l2: float
    iterations: int


Config = JointConfig | LanguageConfig | PageConfig | HalfSpaceConfig
TASKS: dict[str, type[Config]] = {
    "joint": JointConfig,
    "distill": DistillConfig,
    "pairs": PairsConfig,
    "language-model": LanguageConfig,
    "page": PageConfig,
    "halfspace": HalfSpaceConfig,
}
_NESTED: dict[str, Any] = {
    "schedule": Schedule,
    "joint": JointSettings,
    "augment": AugmentSettings,
    "distill": DistillSettings,
    "pairs": PairsSettings,
    "passages": PassagesData,
    "text": TextData,
    "names": NamesData,
    "columns": ColumnText,
}


def read_config(path: Path) -> Config:
    """Read a training configuration.

    Raises:
        UsageError: the file cannot be read, names no known task, or has an unknown or missing key.
    """
    remedy = "the files in configs/train/ show the form"
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"cannot be read: {reason(error)}", path=path, remedy=remedy) from error
    task = raw.pop("task", None) if isinstance(raw, dict) else None
    if task not in TASKS:
        raise UsageError(f"expected task: {' or '.join(TASKS)}, found {task!r}", path=path, remedy=remedy)
    try:
        made: Config = _make(TASKS[task], raw)
    except TypeError as error:
        raise UsageError(str(error), path=path, remedy=remedy) from error
    return made


def to_dict(config: JointConfig | LanguageConfig | HalfSpaceConfig) -> dict[str, Any]:
    """Return a configuration in the form that `read_config` reads."""
    task = next(name for name, kind in TASKS.items() if kind is type(config))
    return {"task": task, **asdict(config)}


def _make(kind: Any, raw: dict[str, Any]) -> Any:
    if unknown := sorted(set(raw) - {f.name for f in fields(kind)}):
        raise TypeError(f"unknown key {unknown[0]}, expected some of {', '.join(f.name for f in fields(kind))}")
    made = {}
    for key, value in raw.items():
        nested = _NESTED.get(key)
        if key in ("names", "columns"):
            made[key] = {name: _make(nested, v) for name, v in value.items()}
        else:
            made[key] = _make(nested, value) if isinstance(value, dict) and nested else value
    return kind(**made)
