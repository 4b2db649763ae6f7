"""Rows written otherwise keep their labels and relations at their words."""

import random
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from khabar.encode.subwords import Subwords
from khabar.recognize.tags import TagSet
from khabar.relate.features import PairFinder, Span
from khabar.relate.scores import RelationDecoder
from khabar.schema import load_schema
from khabar_train.augment import Augment, AugmentSettings
from khabar_train.rows import Row, RowMaker
from khabar_train.scratch import write_encoder

SCHEMA = load_schema()
TOKENS = "وزیر علی حسینی در نشست بانک مرکزی با رضا کاظمی دیدار کرد و علی حسینی رفت".split()  # noqa: SIM905
SPANS = {
    "m1": Span("PER", 0, 1, 3),
    "m2": Span("MEETING", 0, 4, 7),
    "m3": Span("ORG", 0, 5, 7),
    "m4": Span("PER", 0, 8, 10),
    "m5": Span("PER", 0, 13, 15),
}
RELATIONS = [("m1", "participates_in", "m2"), ("m4", "participates_in", "m2")]


def a_maker(folder: Path) -> RowMaker:
    write_encoder(folder, [" ".join(TOKENS)])
    subwords = Subwords(Tokenizer.from_file(str(folder / "tokenizer.json")), unknown=0, halfspaces="keep")
    tags = (TagSet(SCHEMA.model_names), TagSet(SCHEMA.facts), TagSet(SCHEMA.names))
    return RowMaker(subwords, *tags, PairFinder(SCHEMA), RelationDecoder(SCHEMA), limit=96)


def surfaces(row: Row) -> list[tuple[str, str]]:
    assert row.linked is not None
    return [(s.type, " ".join(row.tokens[s.start : s.end])) for s in row.linked.spans]


def links(row: Row, maker: RowMaker) -> set[tuple[int, str, int]]:
    assert row.linked is not None
    related = np.flatnonzero(row.linked.gold < len(maker.pairs.relations))
    ends = row.linked.pairs.ends[related].tolist()
    return {(h, maker.pairs.relations[row.linked.gold[i]], t) for i, (h, t) in zip(related, ends, strict=True)}


def test_swapped_mentions_take_their_relations_along(tmp_path: Path) -> None:
    maker = a_maker(tmp_path)
    row = maker.linked("peyma", TOKENS, maker.fit(TOKENS)[1], SPANS, RELATIONS, [0] * len(TOKENS), "p1")
    other = [("سارا", "PER"), ("وزارت", "ORG"), ("نیرو", "ORG")]
    names = maker.names.encode([(0, 1, "PER"), (1, 3, "ORG")], 3)
    donor = Row("peyma", tuple(t for t, _ in other), maker.fit([t for t, _ in other])[1], names)
    augment = Augment([row, donor], maker, AugmentSettings(swapped_linked=1, swapped_mentions=1, glued_rows=0))
    changed = [augment(row, random.Random(seed)) for seed in range(30)]
    assert any("سارا" in row.tokens for row in changed)
    for new in changed:
        kinds, words = zip(*surfaces(new), strict=True)
        assert kinds == ("PER", "MEETING", "ORG", "PER", "PER")
        assert words[0] == words[4], "equal words become equal words"
        assert words[1] == f"نشست {words[2]}", "a fact holds the name that stands inside it"
        assert links(new, maker) == links(row, maker)
        assert len(new.names) == len(new.tokens) == len(new.words) == len(new.linked.sentences)  # type: ignore[union-attr]


def test_a_name_that_another_span_cuts_stays(tmp_path: Path) -> None:
    maker = a_maker(tmp_path)
    spans = SPANS | {"m6": Span("EVENT", 0, 2, 4)}
    row = maker.linked("peyma", TOKENS, maker.fit(TOKENS)[1], spans, RELATIONS, [0] * len(TOKENS), "p1")
    augment = Augment([row], maker, AugmentSettings(swapped_linked=1, swapped_mentions=1, glued_rows=0))
    assert all(augment(row, random.Random(seed)).tokens[1:3] == ("علی", "حسینی") for seed in range(20))


def test_hidden_words_keep_their_labels_and_their_number_of_subwords(tmp_path: Path) -> None:
    maker = a_maker(tmp_path)
    row = maker.linked("peyma", TOKENS, maker.fit(TOKENS)[1], SPANS, RELATIONS, [0] * len(TOKENS), "p1")
    settings = AugmentSettings(swapped_linked=0, glued_rows=0, hidden_rows=1, hidden_words=0.5)
    new = Augment([row], maker, settings)(row, random.Random(1))
    mask = maker.subwords.tokenizer.token_to_id("[MASK]")
    hidden = [set(word) == {mask} for word in new.words]
    assert any(hidden)
    assert [w for w, h in zip(new.words, hidden, strict=True) if not h] == [
        w for w, h in zip(row.words, hidden, strict=True) if not h
    ]
    assert list(map(len, new.words)) == list(map(len, row.words))
    assert (new.tokens, new.names, new.facts) == (row.tokens, row.names, row.facts)
