"""Names on corpus tokens: reading, degrading, mapping back, projecting, scoring."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from khabar.errors import DataError, UsageError
from khabar.recognize.tags import ScoredSpan
from khabar_eval.calibration import reliability
from khabar_eval.corpora import load_corpora
from khabar_eval.counts import Counts
from khabar_eval.degrade import changed, in_arabic, without_halfspaces
from khabar_eval.mistakes import describe, mistakes
from khabar_eval.names import columns, evaluate_names, read_sources, to_tokens

PEYMA = "علی|B_PER\nحسینی|I_PER\nدر|O\nتهران|B_LOC\nماند|O\n|\nوزارت خانه ها|B_ORG\nدر|O\nسال|B_DAT\n1396|I_DAT\n|O\n"


class Fake:
    """A pipeline that finds each of the given words wherever a text has it."""

    def __init__(self, words: Mapping[str, str]) -> None:
        """Take words and the type of each."""
        self.words = words
        self.seen: list[list[str]] = []

    def names_in(self, groups: Sequence[Sequence[str]], convention: str | None = None) -> list[list[list[ScoredSpan]]]:
        """Return each sentence's spans."""
        self.seen = [list(group) for group in groups]
        return [[[self._span(text, w) for w in self.words if w in text] for text in group] for group in groups]

    def _span(self, text: str, word: str) -> ScoredSpan:
        return ScoredSpan(text.index(word), text.index(word) + len(word), self.words[word], 0.75)


@pytest.fixture
def peyma(tmp_path: Path) -> Path:
    path = tmp_path / "peyma.txt"
    path.write_text(PEYMA, encoding="utf-8")
    return path


def test_spans_come_back_to_the_corpus_tokens_and_are_counted(peyma: Path) -> None:
    fake = Fake({"علی حسینی": "PER", "تهران": "ORG", "خانه": "ORG"})
    report, tagged = evaluate_names(fake, read_sources(load_corpora()["peyma"], [peyma]), context=8)
    assert tagged[0].predicted == ("B-PER", "I-PER", "O", "B-ORG", "O")
    assert tagged[1].predicted == ("B-ORG", "O", "O", "O"), "a span inside a token with spaces stands for the token"
    layer = report.layers[0]
    assert layer.overall == Counts(tp=2, fp=1, fn=2)
    assert layer.types == {
        "ORG": Counts(1, 1, 0),
        "DAT": Counts(0, 0, 1),
        "LOC": Counts(0, 0, 1),
        "PER": Counts(1, 0, 0),
    }
    assert report.items == ["peyma.txt:1", "peyma.txt:7"]


def test_context_hands_consecutive_sentences_of_one_file_over_together(peyma: Path) -> None:
    fake = Fake({})
    sources = read_sources(load_corpora()["peyma"], [peyma, peyma])
    evaluate_names(fake, sources, context=2)
    assert [len(group) for group in fake.seen] == [2, 2]
    evaluate_names(fake, sources, context=1)
    assert [len(group) for group in fake.seen] == [1, 1, 1, 1]
    with pytest.raises(UsageError):
        evaluate_names(fake, sources, context=0)


def test_merged_types_become_the_corpus_s_and_silent_ones_are_dropped(peyma: Path) -> None:
    fake = Fake({"علی": "NAT", "تهران": "FAC", "وزارت": "POG"})
    _, tagged = evaluate_names(fake, read_sources(load_corpora()["peyma"], [peyma]))
    assert tagged[0].predicted == ("O",) * 5
    assert tagged[1].predicted == ("B-ORG", "O", "O", "O")


def test_a_corpus_that_tells_inner_types_apart_keeps_them(tmp_path: Path) -> None:
    path = tmp_path / "tweets.txt"
    path.write_text("ایرانی\tB-NAT\nحزب\tB-POG\nمردم\tI-POG\n", encoding="utf-8")
    _, tagged = evaluate_names(Fake({"ایرانی": "NAT"}), read_sources(load_corpora()["parstwiner"], [path]))
    assert tagged[0].gold == ("B-NAT", "B-POG", "I-POG")
    assert tagged[0].predicted == ("B-NAT", "O", "O")


def test_of_spans_that_share_a_token_the_longer_one_stays() -> None:
    found = [ScoredSpan(0, 2, "PER", 0.9), ScoredSpan(1, 9, "ORG", 0.8), ScoredSpan(10, 11, "LOC", 0.7)]
    assert to_tokens(found, [(0, 3), (4, 9), (10, 12)]) == [(0, 2, "ORG", 0.8), (2, 3, "LOC", 0.7)]


def test_scores_are_held_against_the_share_that_is_right(peyma: Path) -> None:
    fake = Fake({"علی حسینی": "PER", "تهران": "ORG"})
    report, _ = evaluate_names(fake, read_sources(load_corpora()["peyma"], [peyma]))
    assert report.notes["calibration error"].startswith(
        "0.250, by chance alone 0.244 (score → share right: 0.75 → 0.50 of 2)"
    )
    assert reliability([(0.9, True)] * 9 + [(0.9, False)]).error == pytest.approx(0)
    # two decisions at 0.75: sqrt(2 * 2 * 0.75 * 0.25 / pi) / 2
    assert reliability([(0.75, True), (0.75, False)]).chance == pytest.approx(0.2443, abs=1e-4)
    assert reliability([]).error == reliability([]).chance == 0


def test_errors_are_told_by_kind() -> None:
    gold = [(0, 2, "PER"), (3, 6, "ORG"), (7, 8, "LOC"), (9, 12, "DAT"), (13, 14, "PER"), (20, 24, "ORG")]
    found = [
        (0, 2, "PER"),  # right
        (3, 5, "ORG"),  # boundary
        (7, 8, "ORG"),  # type
        (9, 10, "MON"),  # boundary and type
        (16, 17, "LOC"),  # spurious; (13, 14, "PER") is missed
        (20, 22, "ORG"),  # boundary
        (22, 24, "ORG"),  # its gold span is taken: spurious
    ]
    counted = mistakes(gold, found)
    assert counted == {"boundary": 2, "type": 1, "boundary and type": 1, "missed": 1, "spurious": 2}
    assert describe(counted) == (
        "boundary 2 (29%), type 1 (14%), boundary and type 1 (14%), missed 1 (14%), spurious 2 (29%)"
    )
    assert describe(mistakes(gold, gold)) == "none"


def test_a_report_tells_errors_by_kind(peyma: Path) -> None:
    # gold: علی حسینی PER, تهران LOC; وزارت خانه ها ORG, سال 1396 DAT
    fake = Fake({"علی": "PER", "تهران": "ORG", "در": "LOC"})
    report, _ = evaluate_names(fake, read_sources(load_corpora()["peyma"], [peyma]))
    expected = "boundary 1 (17%), type 1 (17%), boundary and type 0 (0%), missed 2 (33%), spurious 2 (33%)"
    assert report.notes["errors"] == expected


def test_predictions_are_columns_of_token_gold_predicted(peyma: Path) -> None:
    _, tagged = evaluate_names(Fake({"تهران": "LOC"}), read_sources(load_corpora()["peyma"], [peyma]))
    text = "".join(columns(tagged))
    assert text.splitlines()[3] == "تهران\tB-LOC\tB-LOC"
    assert text.count("\n\n") == 2


def test_an_unknown_label_is_told_with_its_place_and_the_known_ones(tmp_path: Path) -> None:
    path = tmp_path / "odd.txt"
    path.write_text("در|O\n|\nشهر|O\nتهران|B_CITY\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_sources(load_corpora()["peyma"], [path])
    assert (caught.value.path, caught.value.line) == (str(path), 4)
    assert "'CITY'" in str(caught.value)
    assert "PER, ORG, LOC, DAT, TIM, MON, PCT" in str(caught.value)


def test_an_empty_file_is_no_corpus(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("\n\n", encoding="utf-8")
    with pytest.raises(DataError, match="holds no sentences"):
        read_sources(load_corpora()["peyma"], [tmp_path / "empty.txt"])


def test_half_spaces_and_inner_spaces_go() -> None:
    assert without_halfspaces("می\u200cشود") == "میشود"
    assert without_halfspaces("وزارت خانه ها") == "وزارتخانهها"
    assert without_halfspaces("\u200c") == "\u200c"


def test_arabic_spelling_keeps_every_place_and_number() -> None:
    spelled = in_arabic("یک 1396")
    assert len(spelled) == len("یک 1396")
    assert spelled.startswith("يك ")
    assert int(spelled[3:]) == 1396
    assert {c for c in spelled[3:]} - set("1396"), "not all digits stay Latin"
    assert in_arabic("یک 1396") == spelled


def test_changed_characters_are_counted_over_deletions_and_letters() -> None:
    assert changed("می\u200cشود", "میشود") == 1
    assert changed("می\u200cشود", "ميشود") == 2
    assert changed("در", "در") == 0


def test_degraded_text_reaches_the_model_and_the_corpus_tokens_stay(peyma: Path) -> None:
    fake = Fake({"وزارتخانهها": "ORG"})
    sources = read_sources(load_corpora()["peyma"], [peyma], "halfspace")
    assert sources.changed == 2
    report, tagged = evaluate_names(fake, sources)
    assert tagged[1].tokens[0] == "وزارت خانه ها"
    assert tagged[1].predicted[0] == "B-ORG"
    assert report.notes["characters changed"] == "2"


def test_degrading_that_changes_nothing_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "plain.txt"
    path.write_text("در|O\nتهران|B_LOC\n", encoding="utf-8")
    with pytest.raises(DataError, match="changes no character"):
        read_sources(load_corpora()["peyma"], [path], "halfspace")
