"""A model folder: configuration, tokenizer and weights, checked before anything runs."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

from khabar.encode.batches import Batch, WindowIds, pad
from khabar.encode.subwords import HalfSpaces
from khabar.errors import ModelError, reason
from khabar.manifest import check_manifest
from khabar.models.calibration import PLAIN, Calibration
from khabar.resources import resource
from khabar.schema import Schema

FORMAT = 2
CONFIG = "config.json"
TOKENIZER = "tokenizer.json"
TAGGER, RELATOR = "tagger.onnx", "relator.onnx"
HEADS, ENCODER = "heads.safetensors", "encoder"
CALIBRATIONS = ("names_calibration", "facts_calibration", "relations_calibration")
_REMEDY = "give the folder of an exported model, or leave out --model for the shipped one"


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """What a model was made for.

    `names`, `shown` and `facts` list the types of the tag layers in the order of their tags, `relations` those of the
    relator; `conventions` the corpora whose conventions the tagger can follow, the runtime's own first; `none_bias` is
    added to the score of "no relation"; `halfspaces` says what the encoder reads in their place. The calibrations turn
    the network's scores of names, facts and relations into the share that is right.
    """

    name: str
    names: tuple[str, ...]
    shown: tuple[str, ...]
    facts: tuple[str, ...]
    relations: tuple[str, ...]
    conventions: tuple[str, ...]
    start_id: int
    end_id: int
    padding_id: int
    unknown_id: int
    subwords: int
    hidden: int
    none_bias: float = 0.0
    halfspaces: HalfSpaces = "space"
    names_calibration: Calibration = PLAIN
    facts_calibration: Calibration = PLAIN
    relations_calibration: Calibration = PLAIN
    format: int = FORMAT

    def pad(self, windows: Sequence[WindowIds], conventions: Sequence[int]) -> Batch:
        """Put windows into arrays with the model's own special ids; `conventions` has one number a window."""
        return pad(windows, start=self.start_id, end=self.end_id, padding=self.padding_id, conventions=conventions)

    def save(self, folder: Path) -> None:
        """Write `config.json`."""
        (folder / CONFIG).write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def find_model(name: str | Path | None, default: str) -> Path:
    """Return a model folder: a path, the name of a shipped model, or the default one.

    Raises:
        ModelError: there is no such folder.
    """
    if name is None:
        return resource(f"models/{default}")
    path = Path(name)
    if path.is_dir():
        return path
    if path.name == str(name):
        try:
            return resource(f"models/{name}")
        except Exception as error:
            raise ModelError("is no model folder and no shipped model", path=path, remedy=_REMEDY) from error
    raise ModelError("no such model folder", path=path, remedy=_REMEDY)


def read_config(folder: Path, schema: Schema) -> ModelConfig:
    """Read and check a model folder's `config.json`, once all its files are those of its manifest.

    Raises:
        ModelError: it is missing or broken, of another format, or made for other labels; or the folder was changed.
    """
    check_manifest(folder)
    path = folder / CONFIG
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}
        config = ModelConfig(**given)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"no usable model configuration: {reason(error)}", path=path, remedy=_REMEDY) from error
    if config.format != FORMAT:
        raise ModelError(f"expected format {FORMAT}, found {config.format}", path=path, remedy="export the model again")
    if config.halfspaces not in get_args(HalfSpaces):
        expected = ", ".join(get_args(HalfSpaces))
        raise ModelError(f"halfspaces: expected {expected}; found {config.halfspaces!r}", path=path, remedy=_REMEDY)
    for key in CALIBRATIONS:
        pair = getattr(config, key)
        if not (isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(x, int | float) for x in pair)):
            raise ModelError(f"{key}: expected a slope and an intercept; found {pair!r}", path=path, remedy=_REMEDY)
    for what, own, known in (
        ("names", config.names, schema.model_names),
        ("facts", config.facts, schema.facts),
        ("relations", config.relations, tuple(schema.relations)),
    ):
        if own != known:
            remedy = "train and export the model with this version's configs/schema.yaml"
            raise ModelError(f"its {what} are {', '.join(own)}; expected {', '.join(known)}", path=path, remedy=remedy)
    return config
