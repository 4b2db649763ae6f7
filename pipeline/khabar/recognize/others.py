"""Other people's name taggers in Khabar's place: Hugging Face token classifiers, and stanza's Persian one.

They read one sentence at a time, as they were trained; offsets stay right, since all they say is about tokens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Protocol

import numpy as np
import yaml

from khabar.encode.batches import pad
from khabar.encode.encoder import Encoder
from khabar.encode.subwords import HalfSpaces, Subwords, surface_form
from khabar.errors import ModelError, UsageError
from khabar.recognize.recognizer import Found, decode
from khabar.recognize.tags import TagSet
from khabar.resources import resource
from khabar.schema import load_schema

_FILE = "configs/taggers.yaml"


class NameTagger(Protocol):
    """Finds names in an article's tokenized sentences."""

    def __call__(self, sentences: Sequence[Sequence[str]]) -> list[Found]:
        """Return the names, each in the tokens of its sentence."""
        ...


@dataclass(frozen=True, slots=True)
class TaggerConfig:
    """A tagger as `configs/taggers.yaml` describes it."""

    engine: str
    model: str
    halfspaces: HalfSpaces
    labels: Mapping[str, str | None]


@cache
def load_taggers() -> dict[str, TaggerConfig]:
    """Read the shipped descriptions."""
    raw: dict[str, Any] = yaml.safe_load(resource(_FILE).read_text(encoding="utf-8"))
    return {name: TaggerConfig(**fields) for name, fields in raw.items()}


def load_tagger(name: str, model: str = "", labels: Mapping[str, str | None] | None = None) -> NameTagger:
    """Load a tagger by its name in `configs/taggers.yaml`, perhaps with another `model` and other `labels`.

    Raises:
        UsageError: there is none of that name, a label becomes no type of ours, or no model is named.
        ModelError: what it needs is not installed, or its model cannot be loaded or has a label that is not described.
    """
    known = load_taggers()
    if name not in known:
        raise UsageError(f"names: expected a tagger of {_FILE}, {', '.join(known)}; found {name!r}")
    config = known[name]
    config = replace(config, model=model or config.model, labels={**config.labels, **(labels or {})})
    if not config.model:
        raise UsageError(f"names: the tagger {name} needs a model", remedy="add names: {model: HUB_NAME or FOLDER}")
    types = load_schema().model_names
    if wrong := sorted({str(kind) for kind in config.labels.values() if kind is not None and kind not in types}):
        raise UsageError(f"names: labels become types of ours, {', '.join(types)}, or null; found {wrong[0]}")
    return StanzaTagger(config) if config.engine == "stanza" else TransformersTagger(config)


class TransformersTagger:
    """Any token classifier of Hugging Face with a fast tokenizer; a word is read at its first subword."""

    def __init__(self, config: TaggerConfig) -> None:
        try:
            import torch  # noqa: PLC0415  an extra that the runtime does without
            from transformers import AutoModelForTokenClassification, AutoTokenizer  # noqa: PLC0415
        except ImportError as error:
            raise ModelError(f"needs {error.name}", path=config.model, remedy='pip install "khabar[torch]"') from error
        try:
            tokenizer = AutoTokenizer.from_pretrained(config.model)
            model: Any = AutoModelForTokenClassification.from_pretrained(config.model, use_safetensors=True)
            subwords = Subwords(
                tokenizer.backend_tokenizer, unknown=tokenizer.unk_token_id, halfspaces=config.halfspaces
            )
        except Exception as error:  # transformers raises many kinds
            remedy = (
                "give the hub's name or the folder of a token classifier in safetensors; a hub needs the network once"
            )
            raise ModelError(f"no usable tagger: {error}", path=config.model, remedy=remedy) from error
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._model = model.to(self._device).eval()
        start, end, padding = tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.pad_token_id
        self._edges = {"start": start, "end": end, "padding": padding}
        # RoBERTa's positions begin two behind the first
        longest = min(tokenizer.model_max_length, self._model.config.max_position_embeddings - 2)
        self._encode = Encoder(subwords, limit=longest - 2, reach=0)
        self._tags, self._columns = _columns(self._model.config.id2label, config)

    def __call__(self, sentences: Sequence[Sequence[str]]) -> list[Found]:
        """Return the names, with the probability that the tagger gives them."""
        return [
            found._replace(sentence=number)
            for number, tokens in enumerate(sentences)
            for windows in [self._encode([tokens])]
            for found in decode(self._tags, windows, [self._scores(w.words) for w in windows])
        ]

    def _scores(self, words: Sequence[tuple[int, ...]]) -> np.ndarray:
        """Return the scores of a window's words for our tags. *Shape:* (words, tags)."""
        import torch  # noqa: PLC0415  loaded with the model

        batch = pad([words], **self._edges, conventions=[0])
        ids, mask = (torch.from_numpy(a).to(self._device) for a in (batch.ids, batch.mask))
        with torch.inference_mode():
            logits = self._model(input_ids=ids, attention_mask=mask).logits
        scores = logits[0].float().cpu().numpy()[batch.words[0]]
        # several labels may become one tag
        return np.stack([np.logaddexp.reduce(scores[:, ids], axis=1) for ids in self._columns], axis=1)


def _columns(labels: Mapping[int, str], config: TaggerConfig) -> tuple[TagSet, list[list[int]]]:
    """Return our tags, and for each the numbers of the labels that stand for it; a label without B or I is both, and
    where a tagger has only one of the two, it is read as both."""
    tags = TagSet(sorted({kind for kind in config.labels.values() if kind}))
    columns: list[list[int]] = [[] for _ in tags.tags]
    for number, label in labels.items():
        prefix, kind = _split(label)
        ours = None if label == "O" else _ours(kind, config)
        for tag in ["O"] if ours is None else [f"{p}-{ours}" for p in prefix or "BI"]:
            columns[tags.index[tag]].append(int(number))
    pairs = zip(tags.types, columns[1::2], columns[2::2], strict=True)
    used = {kind: (begin or inside, inside or begin) for kind, begin, inside in pairs if begin or inside}
    if not columns[0] or not used:
        message = f"expected O and labels of names, found {', '.join(labels.values())}"
        raise ModelError(message, path=config.model, remedy="give a token classifier of names")
    return TagSet(list(used)), [columns[0], *(ids for pair in used.values() for ids in pair)]


def _split(label: str) -> tuple[str, str]:
    """Return B or I, or nothing, and the label without it; B-PER and B_PER are the same, S-PER is B, E-PER is I."""
    prefix = {"B": "B", "S": "B", "I": "I", "E": "I"}.get(label[:1], "")
    return (prefix, label[2:]) if prefix and label[1:2] in ("-", "_") else ("", label)


def _ours(label: str, config: TaggerConfig) -> str | None:
    if label not in config.labels:
        message = f"has the label {label}, expected some of {', '.join(config.labels)}"
        remedy = f"add names: {{labels: {{{label}: ONE_OF_OURS}}}} to the configuration; null leaves it out"
        raise ModelError(message, path=config.model, remedy=remedy)
    return config.labels[label]


class StanzaTagger:
    """Stanza's Persian tagger (Qi et al. 2020), on our tokens; it gives no scores, so each name has 1."""

    def __init__(self, config: TaggerConfig) -> None:
        try:
            import stanza  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415
        except ImportError as error:
            raise ModelError(f"needs {error.name}", path="stanza", remedy='pip install "khabar[stanza]"') from error
        self._config = config
        try:
            self._read: Any = stanza.Pipeline(
                "fa",
                processors="tokenize,ner",
                package={"ner": config.model},
                tokenize_pretokenized=True,
                verbose=False,
            )
        except Exception as error:  # stanza raises many kinds
            remedy = "fetch its models once: python -c \"import stanza; stanza.download('fa')\""
            raise ModelError(f"no usable tagger: {error}", path=f"stanza {config.model}", remedy=remedy) from error

    def __call__(self, sentences: Sequence[Sequence[str]]) -> list[Found]:
        """Return the names."""
        places = [i for i, tokens in enumerate(sentences) if tokens]
        if not places:
            return []
        shown = [[surface_form(t, self._config.halfspaces).strip() or t for t in sentences[i]] for i in places]
        return [
            Found(kind, 1.0, number, entity.tokens[0].id[0] - 1, entity.tokens[-1].id[0])
            for number, sentence in zip(places, self._read(shown).sentences, strict=True)
            for entity in sentence.ents
            if (kind := _ours(entity.type, self._config))
        ]
