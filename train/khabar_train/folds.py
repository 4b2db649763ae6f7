"""Cross-validation over the annotated passages, and a learning curve made of the same runs."""

import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from khabar.errors import UsageError
from khabar_eval.passages_data import read_passages
from khabar_train import checkpoint, journal
from khabar_train.config import JointConfig, read_config, to_dict
from khabar_train.dequantize import trained_folder
from khabar_train.run import last_epoch

Scores = dict[str, list[float]]

# a fold's metrics, written when it is finished
DONE = "fold.json"
_NO_SCORES = ("epoch", "loss", "seconds", "score")


def learning_curve(
    config: JointConfig, data: Path, count: int, limits: Sequence[int], *, resume: bool
) -> dict[str, Scores]:
    """Cross-validate with so many passages of each fold's training part, without and then with the articles.

    Where there are fewer passages there are more epochs, so that all runs without articles take about as many steps.
    Without `limits` this is one cross-validation, of what the configuration says.

    Raises:
        UsageError, DataError: as `cross_validate`.
    """
    points: dict[str, JointConfig] = {}
    bare = replace(config, articles=[])
    for limit in limits:
        name = f"passages-{limit}"
        points[name] = replace(_limited(bare, data, count, limit), output=f"{config.output}/{name}")
    if limits and config.articles:
        points["passages"] = replace(bare, output=f"{config.output}/passages")
    whole = "passages-and-articles" if config.articles else "passages"
    points[whole] = replace(config, output=f"{config.output}/{whole}")
    return {name: cross_validate(point, data, count, resume=resume) for name, point in points.items()}


def cross_validate(config: JointConfig, data: Path, count: int, *, resume: bool) -> Scores:
    """Train `count` times, each part of the passages being dev once; return each dev metric of every fold.

    A fold leaves its metrics in a folder of its own; its checkpoints, half a gigabyte, are deleted. The metrics are
    those of the last epoch.

    Raises:
        UsageError: there are no passages to fold, the folder holds other folds, or `init` knows the passages already.
        DataError: what is to be learned from cannot be read.
    """
    if config.passages is None:
        raise UsageError(f"{config.name}: nothing to fold", remedy="give annotated `passages` in the configuration")
    if _knows_passages(config.init):
        remedy = "start from a language model, or from a run without `passages`"
        raise UsageError(f"init: {config.init} has learned from the passages of every fold", remedy=remedy)
    scores: Scores = {}
    for fold in range(1, count + 1):
        folder = Path(config.output) / f"fold-{fold}"
        passages = replace(config.passages, fold=fold, folds=count)
        own = replace(config, passages=passages, output=str(folder))
        if not (folder / DONE).exists():
            found = last_epoch(own, data, resume=resume)
            # whole or not at all: where it is, the fold is not trained again
            aside = folder / f"{DONE}.new"
            aside.write_text(json.dumps(found) + "\n", encoding="utf-8")
            aside.replace(folder / DONE)
            for name in (checkpoint.FILE, "best.safetensors"):
                (folder / name).unlink(missing_ok=True)
        elif not resume:
            raise UsageError("the run folder holds a fold already", path=folder, remedy="give --resume or --output")
        else:
            journal.refuse_changes(to_dict(own), folder)
        for name, value in json.loads((folder / DONE).read_text(encoding="utf-8")).items():
            if name not in _NO_SCORES:
                scores.setdefault(name, []).append(value)
    return scores


def table(points: Mapping[str, Scores]) -> Iterator[str]:
    """Yield a line for each metric: its mean over the folds, its standard deviation, and every fold's value."""
    for point, scores in points.items():
        yield f"{point}:"
        for name, values in scores.items():
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            folds = " ".join(f"{100 * value:.1f}" for value in values)
            yield f"  {name:<26} {100 * statistics.mean(values):5.1f} ± {100 * spread:4.1f}   ({folds})"


def _limited(config: JointConfig, data: Path, count: int, limit: int) -> JointConfig:
    if config.passages is None:
        return config
    passages = read_passages(data / config.passages.passages, data / config.passages.annotations)
    longer = max(1.0, len(passages) * (count - 1) / count / limit)
    schedule = replace(config.schedule, epochs=round(config.schedule.epochs * longer))
    return replace(config, passages=replace(config.passages, limit=limit), schedule=schedule)


def _knows_passages(init: str) -> bool:
    """Say whether a model that a run left, or one that it came from, has learned from annotated passages."""
    if not (folder := trained_folder(init)):
        return False
    described = folder.parent / journal.CONFIG
    before = read_config(described) if described.exists() else None
    # what cannot be told is taken for known
    return not isinstance(before, JointConfig) or before.passages is not None or _knows_passages(before.init)
