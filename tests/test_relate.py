"""Candidate pairs follow the schema."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from khabar.encode.batches import WindowIds
from khabar.encode.encoder import EncodedWindow, Piece
from khabar.encode.windows import Window
from khabar.models.folder import find_model, read_config
from khabar.models.runner import Links, Tagged
from khabar.recognize.recognizer import Found
from khabar.relate.features import PairFinder, Span
from khabar.relate.relator import Mentioned, Relator, layer
from khabar.relate.rivals import SIZES, list_numbers
from khabar.relate.scores import RelationDecoder, best_relations
from khabar.schema import load_schema

SCHEMA = load_schema()
FIND = PairFinder(SCHEMA)


def pairs_of(spans: list[Span], words: list[str]) -> dict[tuple[int, int], set[str]]:
    found = FIND(spans, words)
    return {
        (h, t): {r for r, ok in zip(FIND.relations, row, strict=False) if ok}
        for (h, t), row in zip(found.ends.tolist(), found.allowed, strict=True)
    }


def test_pairs_carry_exactly_the_relations_that_signatures_allow() -> None:
    words = list("abcdef")
    spans = [Span("PER", 0, 0, 1), Span("MEETING", 0, 2, 3), Span("DAT", 0, 4, 5)]
    assert pairs_of(spans, words) == {
        (0, 1): {"organizes", "participates_in", "speaks_at", "supports"},
        (1, 2): {"held_on"},
    }


def test_same_as_runs_back_and_pairs_end_at_the_reach() -> None:
    words = list("abcdefgh")
    near = [Span("EVENT", 0, 0, 1), Span("EVENT", 3, 4, 5)]
    assert pairs_of(near, words) == {(1, 0): {"same_as"}}
    far = [Span("EVENT", 0, 0, 1), Span("EVENT", 4, 4, 5)]
    assert pairs_of(far, words) == {}
    assert pairs_of([Span("EVENT", 0, 0, 1), Span("DAT", 1, 4, 5)], words) == {(0, 1): {"held_on"}}
    assert pairs_of([Span("EVENT", 0, 0, 1), Span("DAT", 2, 4, 5)], words) == {}, "only same_as reaches so far"


def test_no_mentions_no_pairs() -> None:
    assert FIND([], []).ends.shape == (0, 2)
    assert FIND([], []).allowed.shape == (0, len(FIND.relations) + 1)


def test_features_stay_within_their_tables() -> None:
    words = [f"w{i % 4}" for i in range(300)]
    spans = [Span(t, i // 100, 5 * i, 5 * i + 1 + i % 3) for i, t in enumerate(FIND.types * 4)]
    found = FIND([s for s in spans if s.end <= 300], words)
    assert (found.features >= 0).all()
    assert (found.features.max(0) < FIND.sizes).all()


def test_best_relation_heeds_what_is_allowed() -> None:
    scores = np.array([[5.0, 1.0, 0.0], [5.0, 1.0, 0.0]], np.float32)
    allowed = np.array([[True, True, True], [False, True, True]])
    best, probability = best_relations(scores, allowed)
    assert best.tolist() == [0, 1]
    assert (probability > 0.5).all()
    assert best_relations(scores, allowed, none_bias=10.0)[0].tolist() == [-1, -1]


def test_a_layer_keeps_the_longer_of_two_overlapping_spans() -> None:
    spans = [Span("PER", 0, 1, 2), Span("ORG", 0, 0, 3), Span("MEETING", 0, 0, 5)]
    assert layer(spans, ("PER", "ORG")) == [(0, 3, "ORG")]


def rivals_of(spans: list[Span], words: list[str]) -> dict[tuple[int, int], list[int]]:
    found = FIND(spans, words)
    columns = len(FIND.sizes) - len(SIZES)
    return {(h, t): row for (h, t), row in zip(found.ends.tolist(), found.features[:, columns:].tolist(), strict=True)}


def test_rivals_stand_between_and_nearer() -> None:
    # a ORG0 speaks, then ORG1 at MEETING2: for the pair (0, 2), ORG1 stands between and nearer to the tail
    words = list("abcdefgh")
    rivals = rivals_of([Span("ORG", 0, 0, 1), Span("ORG", 0, 3, 4), Span("MEETING", 0, 6, 7)], words)
    assert rivals[0, 2] == [1 * 4 + 0, 1 * 2 + 0, 0, 0]
    assert rivals[1, 2] == [0, 0, 0, 0]


def test_members_of_a_list_are_no_rivals() -> None:
    words = ["a", "،", "b", "و", "c", "met", "at", "d"]
    spans = [Span("PER", 0, 0, 1), Span("PER", 0, 2, 3), Span("PER", 0, 4, 5), Span("MEETING", 0, 7, 8)]
    rivals = rivals_of(spans, words)
    assert [rivals[i, 3] for i in range(3)] == [[0, 0, 0, 3 * 1], [0, 0, 0, 3 * 2], [0, 0, 0, 3 * 2]]
    assert list_numbers(np.zeros(4, int), np.array([s[2:] for s in spans]), words).tolist() == [0, 0, 0, 3]


def test_a_nearer_mention_of_the_same_words_is_an_echo() -> None:
    words = ["a", "x", "x", "a", "x", "e"]
    rivals = rivals_of([Span("ORG", 0, 0, 1), Span("ORG", 0, 3, 4), Span("EVENT", 0, 5, 6)], words)
    assert rivals[0, 2][2] == 2
    assert rivals[1, 2][2] == 0


def test_of_two_tails_where_a_head_has_one_the_likelier_stays() -> None:
    words = ["he", "of", "a", "and", "then", "b"]
    spans = [Span("PER", 0, 0, 1), Span("ORG", 0, 2, 3), Span("ORG", 0, 5, 6)]
    pairs = FIND(spans, words)
    number = FIND.relations.index("affiliated_with")
    scores = np.zeros((len(pairs.ends), len(FIND.relations) + 1), np.float32)
    for i, (head, tail) in enumerate(pairs.ends.tolist()):
        scores[i, number if head == 0 else -1] = 5 + tail
    best, _ = RelationDecoder(SCHEMA)(scores, pairs)
    assert {(h, t) for (h, t), r in zip(pairs.ends.tolist(), best, strict=True) if r >= 0} == {(0, 2)}
    listed = FIND(spans, ["he", "of", "a", "،", "و", "b"])
    best, _ = RelationDecoder(SCHEMA)(scores, listed)
    assert {(h, t) for (h, t), r in zip(listed.ends.tolist(), best, strict=True) if r >= 0} == {(0, 1), (0, 2)}


class Scored:
    """A runner whose every pair is an `affiliated_with`, of one score a window."""

    def __init__(self, *scores: float) -> None:
        """Take the windows' scores."""
        self.scores = scores

    def tag(self, windows: Sequence[WindowIds], convention: int) -> Iterator[Tagged]:
        """Tag nothing."""
        yield from ()

    def relate(self, links: Sequence[Links]) -> Iterator[np.ndarray]:
        """Yield the scores."""
        for link, score in zip(links, self.scores, strict=True):
            scores = np.zeros((len(link.pairs), len(FIND.relations) + 1), np.float32)
            scores[:, FIND.relations.index("affiliated_with")] = score
            yield scores


@pytest.mark.parametrize(("scores", "tail"), [((5.0, 6.0), 2), ((6.0, 5.0), 0)])
def test_of_two_tails_in_two_windows_the_likelier_stays(scores: tuple[float, float], tail: int) -> None:
    pieces = [Piece(number, 0, (word, "."), ((1,), (2,))) for number, word in enumerate(("a", "he", "b"))]
    windows = [EncodedWindow(Window(i, i + 2), (pieces[i], pieces[i + 1]), (0, 2)) for i in (0, 1)]
    mentions = [Found(kind, 1.0, sentence, 0, 1) for sentence, kind in enumerate(("ORG", "PER", "ORG"))]
    config = read_config(find_model(None, "khabar-base"), SCHEMA)
    links = Relator(Scored(*scores), config, SCHEMA)(Mentioned(windows, [np.zeros((4, 8))] * 2, mentions))
    assert [(link.head, link.type, link.tail) for link in links] == [(1, "affiliated_with", tail)]
