"""From a training configuration to rows and texts."""

import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from khabar.document import Document
from khabar.errors import DataError, UsageError, reason
from khabar.normalize import normalize
from khabar.schema import load_schema
from khabar.segment.tokens import tokenize
from khabar_eval import standoff
from khabar_eval.corpora import load_corpora
from khabar_eval.halfspace import learnable
from khabar_eval.passages_data import Passage, read_passages, read_raw
from khabar_eval.splits import beside, dev_ids, folds, held_out
from khabar_train.config import JointConfig, NamesData, PassagesData, TextData
from khabar_train.corpora import Sentence, read_documents, read_sentences
from khabar_train.joint import PASSAGES, JointData
from khabar_train.rows import UNLABELED, Row, RowMaker

# annotated with all types, under the first conventions that the model knows: our own articles, a user's columns
OWN = "conll"
ARTICLES = "articles"  # their dev part


def joint_data(config: JointConfig, root: Path, maker: RowMaker) -> JointData:
    """Read everything that a joint run learns from; file names of corpora are relative to `root`.

    Raises:
        UsageError: a corpus is unknown, or there is nothing to learn from or to choose the best epoch by.
        DataError: a file cannot be read.
    """
    corpora = load_corpora()
    unknown = ", ".join(sorted(config.names.keys() - corpora.keys()))
    if unknown or not config.names:
        raise UsageError(
            f"names: expected one or more of {', '.join(corpora)}; found {unknown or 'none'}",
            remedy="call columns of your own conll, with our types; configs/corpora.yaml describes the formats",
        )
    passages, learned, chosen = _passages(config, root)
    train: list[Row] = []
    dev: dict[str, list[Row]] = {}
    for name, source in config.names.items():
        sentences = [s for file in source.train for s in read_sentences(corpora[name], root / file)]
        held = [s for file in source.dev for s in read_sentences(corpora[name], root / file)]
        # sentences of annotated passages are rows of their own
        taken = {i for p in passages[name] for i in range(p.first_sentence, p.first_sentence + len(p.tokens))}
        runs, every_nth = _split(sentences, source, taken)
        train += [row for run in runs for row in _windows(maker, name, run, source.windows)]
        dev[name] = [
            row
            for run in ([held, every_nth])
            for row in maker.sentences(name, run, size=250 if len(source.windows) > 1 else 0)
        ]
    annotated = [(name, p) for name in config.names for p in passages[name]]
    train += [maker.passage(name, p) for name, p in annotated if p.id in learned]
    dev[PASSAGES] = [maker.passage(name, p) for name, p in annotated if p.id in chosen]
    dev[ARTICLES] = []
    for number, document in enumerate(_articles(config.articles, root)):
        every = config.articles_dev_every
        part = dev[ARTICLES] if every and held_out(number, every) else train
        part += maker.document(OWN, document)
    dev = {name: part for name, part in dev.items() if part}
    for what, there in (("to learn from", train), ("to choose the best epoch by (dev, dev_every)", dev)):
        if not there:
            raise UsageError(f"{config.name}: nothing {what}", remedy="the files in configs/train/ show the form")
    return JointData(train, dev, tuple(config.names), corpora)


def joint_text(config: JointConfig, root: Path) -> Iterator[list[tuple[str, ...]]]:
    """Yield the tokenized sentences that a joint run learns names from, those of articles among them."""
    corpora = load_corpora()
    for name, source in config.names.items():
        for file in source.train:
            yield [s.tokens for s in read_sentences(corpora[name], root / file)]
    yield from ([_tokens(document.text)] for document in _articles(config.articles, root))


def split_passages(ids: Sequence[str], source: PassagesData | None) -> tuple[set[str], set[str]]:
    """Return the ids to learn from and those of dev, which no run of adjacent passages crosses."""
    if source is None:
        return set(), set()
    dev = folds(ids, source.folds)[source.fold - 1] if source.fold else dev_ids(ids, source.dev)
    train = sorted(set(ids) - dev)
    random.Random(0).shuffle(train)
    return set(train[: source.limit]), dev


def _passages(config: JointConfig, root: Path) -> tuple[dict[str, list[Passage]], set[str], set[str]]:
    """Return the annotated passages of each names corpus, the ids of those to learn from, and those of dev."""
    source, found = config.passages, dict[str, list[Passage]]({name: [] for name in config.names})
    if source is None:
        return found, set(), set()
    first = read_passages(root / source.passages, root / source.annotations)
    train, dev = split_passages([p.id for p in first], source)
    if source.further and source.limit is not None:
        raise UsageError("further: --limit counts the first passages alone", remedy="leave `further` out, or --limit")
    found[next(iter(config.names))] += first
    for name in source.further:
        known = {p.id for p in found[name]} if name in found else set()
        further = [p for p in _further(name, config.names.get(name), root) if p.id not in known]
        found[name] += further
        ids = [p.id for p in further]
        train.update(set(ids) - beside(ids, sorted(dev)))
    return found, train, dev


def _further(name: str, names: NamesData | None, root: Path) -> list[Passage]:
    """Return the further annotated passages of a names corpus, which hold nothing that the names hold out as dev."""
    if name not in standoff.CORPORA or names is None or not names.train:
        expected = " or ".join(standoff.CORPORA)
        raise UsageError(f"further: expected {expected}, with a file to train on in `names`; found {name}")
    if names.dev_every not in (0, every := standoff.without_every(name)):
        raise UsageError(
            f"further: {name}'s passages hold sentences that `dev_every: {names.dev_every}` holds out",
            remedy=f"give `dev_every: {every}`" if every else "give `dev` files instead of `dev_every`",
        )
    return standoff.read(name, root / names.train[0], "further")


def _split(
    sentences: Sequence[Sentence], source: NamesData, taken: set[int]
) -> tuple[list[list[Sentence]], list[Sentence]]:
    """Return runs of adjacent sentences to train on, and the sentences that `dev_every` holds out."""
    runs: list[list[Sentence]] = [[]]
    held = []
    for i, sentence in enumerate(sentences):
        if source.dev_every and held_out(i, source.dev_every):
            held.append(sentence)
        elif i in taken:
            runs.append([])
        else:
            runs[-1].append(sentence)
    return [run for run in runs if run], held


def _windows(maker: RowMaker, corpus: str, run: Sequence[Sentence], sizes: Sequence[int]) -> Iterator[Row]:
    choose = random.Random(len(run))
    start = 0
    while start < len(run):
        count = choose.choice(sizes)
        yield from maker.sentences(corpus, run[start : start + count], size=300)
        start += count


def _articles(folders: Iterable[str], root: Path) -> Iterator[Document]:
    for name in folders:
        yield from read_documents(root / name if (root / name).exists() else Path(name), load_schema().mention_types)


def running_text(source: TextData, root: Path) -> Iterator[list[tuple[str, ...]]]:
    """Yield runs of tokenized sentences for a language model; dev parts stay out."""
    corpora = load_corpora()
    taken: set[int] = set()
    if source.without_passages:
        for p in read_raw(root / source.without_passages).values():
            taken.update(range(p.first_sentence, p.first_sentence + len(p.tokens)))
    for number, (name, columns) in enumerate(source.columns.items()):
        sentences = [s for file in columns.files for s in read_sentences(corpora[name], root / file)]
        part = NamesData(train=[], dev_every=columns.without_every)
        for run in _split(sentences, part, taken if number == 0 else set())[0]:
            yield [s.tokens for s in run]
    for file in source.lines:
        yield [_tokens(line) for line in read_text_lines(root / file)]
    for file in source.items:
        yield from ([_tokens(text) for text in item] for item in learnable(root / file))


def unlabeled(source: TextData, root: Path, maker: RowMaker) -> Iterator[Row]:
    """Yield windows of running text as rows without labels."""
    for run in running_text(source, root):
        yield from maker.sentences(UNLABELED, [Sentence(tokens, ()) for tokens in run], size=250)


def _tokens(text: str) -> tuple[str, ...]:
    clean = normalize(text).text
    return tuple(clean[a:b] for a, b in tokenize(clean))


def read_text_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text that are not blank.

    Raises:
        DataError: it cannot be read.
    """
    try:
        yield from (line for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"cannot be read: {reason(error)}", path=path, remedy="give the folder of the corpora with --data"
        ) from error
