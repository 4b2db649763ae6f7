"""The best lawful path through tag scores."""

import itertools
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from khabar.encode.batches import WindowIds
from khabar.encode.encoder import EncodedWindow, Piece
from khabar.encode.windows import Window
from khabar.formats.conll import iob2, spans
from khabar.models.folder import find_model, read_config
from khabar.models.runner import Links, Tagged
from khabar.recognize.recognizer import Recognizer, decode
from khabar.recognize.tags import TagSet
from khabar.schema import load_schema

TAGS = TagSet(["PER", "LOC"])


def lawful(path: tuple[int, ...]) -> bool:
    return all(
        not TAGS.tags[b].startswith("I") or (a is not None and TAGS.tags[a] in (TAGS.tags[b], "B" + TAGS.tags[b][1:]))
        for a, b in itertools.pairwise((None, *path))
        if b is not None
    )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.floats(-4, 4, width=32), min_size=5, max_size=5), min_size=1, max_size=4))
def test_decoding_finds_the_best_lawful_path(rows: list[list[float]]) -> None:
    scores = np.array(rows, np.float32)
    logs = scores - np.log(np.exp(scores).sum(1, keepdims=True))
    paths = [p for p in itertools.product(range(len(TAGS)), repeat=len(rows)) if lawful(p)]
    best = max(sum(logs[i, t] for i, t in enumerate(p)) for p in paths)
    found = TAGS.decode(scores[None], [len(rows)])[0]
    tags = TAGS.encode([(s, e, k) for s, e, k, _ in found], len(rows))
    assert lawful(tuple(tags))
    assert np.isclose(sum(logs[i, t] for i, t in enumerate(tags)), best, atol=1e-4)


def test_padding_changes_nothing() -> None:
    scores = np.random.default_rng(1).normal(size=(1, 6, len(TAGS))).astype(np.float32)
    padded = np.concatenate([scores, np.zeros((1, 3, len(TAGS)), np.float32)], 1)
    assert TAGS.decode(scores, [6]) == TAGS.decode(padded, [6])


def test_rows_decoded_together_are_those_decoded_alone() -> None:
    scores = np.random.default_rng(2).normal(size=(40, 9, len(TAGS))).astype(np.float32)
    # in some rows each token's best tag is lawful, in others it is not
    scores[::2, :, 0] += 9
    lengths = [1 + i % 9 for i in range(40)]
    for i, n in enumerate(lengths):
        scores[i, n:] = 0
    together = TAGS.decode(scores, lengths)
    assert together == [TAGS.decode(scores[i : i + 1, :n], [n])[0] for i, n in enumerate(lengths)]
    assert any(together)


def test_tags_encode_and_decode_neighbors_apart() -> None:
    found = [(0, 2, "PER"), (2, 3, "PER"), (4, 5, "LOC")]
    ids = TAGS.encode(found, 6)
    assert [TAGS.tags[i] for i in ids] == ["B-PER", "I-PER", "B-PER", "O", "B-LOC", "O"]
    scores = np.full((1, 6, len(TAGS)), -5.0, np.float32)
    scores[0, range(6), ids] = 5.0
    assert [(s, e, k) for s, e, k, _ in TAGS.decode(scores, [6])[0]] == found
    assert spans(iob2(found, 6)) == found


def test_what_two_windows_say_of_a_piece_counts_alike() -> None:
    pieces = tuple(Piece(number, 0, (f"w{number}",), ((number,),)) for number in range(3))
    windows = [EncodedWindow(Window(i, i + 2), pieces[i : i + 2], (0, 1)) for i in (0, 1)]
    name, nothing = TAGS.index[f"B-{TAGS.types[0]}"], 0
    scores = [np.zeros((2, len(TAGS)), np.float32) for _ in windows]
    # of the piece in both, the first window says "name" by 3, the second "nothing" by 2 or by 4
    scores[0][1, name], scores[1][0, nothing] = 3, 2
    scores[0][0, nothing] = scores[1][1, nothing] = 9
    assert [found[:1] + found[2:] for found in decode(TAGS, windows, scores)] == [(TAGS.types[0], 1, 0, 1)]
    scores[1][0, nothing] = 4
    assert decode(TAGS, windows, scores) == []


def test_no_windows_no_mentions() -> None:
    assert decode(TAGS, [], []) == []


class Logged:
    """A runner that finds nothing and writes down when it was given a window."""

    def __init__(self, log: list[str]) -> None:
        self.log = log

    def tag(self, windows: Iterable[WindowIds], convention: int) -> Iterator[Tagged]:
        counts = []
        for window in windows:
            self.log.append("read")
            counts.append(len(window))
        return (Tagged(*(np.zeros((n, width), np.float32) for width in (8, 25, 7))) for n in counts)

    def relate(self, links: Sequence[Links]) -> Iterator[np.ndarray]:
        raise NotImplementedError


def test_the_model_reads_while_later_articles_are_prepared() -> None:
    log: list[str] = []

    def articles() -> Iterator[list[EncodedWindow]]:
        for number in range(3):
            log.append("prepared")
            yield [EncodedWindow(Window(0, 1), (Piece(0, 0, ("a",) * number, ((1,),) * number),), (0,))] * number

    recognize = Recognizer(Logged(log), read_config(find_model(None, "khabar-base"), load_schema()))
    found = list(recognize(articles()))
    assert log == ["prepared", "prepared", "read", "prepared", "read", "read"]
    assert [len(article.states) for article in found] == [0, 1, 2]
