"""What is done with a part of the articles, in this process or in another."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from itertools import count, islice
from typing import Any, Protocol, TypeVar

from khabar.config import Limits
from khabar.document import Article, Document
from khabar.errors import KhabarError, ModelError
from khabar.pipeline import Pipeline
from khabar.sources import Rejected, Source, read
from khabar.time_limit import TooSlowError, within

Item = Article | Rejected
Result = Document | Rejected
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Settings:
    """What `khabar.load` is given, and whether errors of the program come through."""

    model: str | None = None
    config: str | None = None
    min_score: float | None = None
    debug: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Some neighboring items of the input; `number` counts parts from 0."""

    number: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Input:
    """What a run reads. It can be read again, and by another process.

    Args:
        sources: of `khabar.sources.find`.
        date: when articles that do not say so were published.
        size: so many items make a part.
        limits: what is longer, or takes longer to take out of its page, is rejected.
        there: numbers of parts that are left out.
    """

    sources: Sequence[Source]
    date: str | None
    size: int
    limits: Limits
    there: frozenset[int] = frozenset()

    def parts(self, notice: Callable[[str], None]) -> Iterator[Part]:
        """Yield the parts; `notice` is told what a user should know of an article."""
        items = map(self._dated, read(self.sources, notice=notice, limits=self.limits))
        for number in count():
            part = Part(number, tuple(islice(items, self.size)))
            if not part.items:
                return
            if number not in self.there:
                yield part

    def _dated(self, item: Item) -> Item:
        if self.date is None or isinstance(item, Rejected) or "published" in item.meta:
            return item
        return replace(item, meta={**item.meta, "published": self.date})


class Work(Protocol[T_co]):
    """What is done with parts; it can be pickled, and done again with a part whose worker died."""

    @property
    def settings(self) -> Settings:
        """Return those of the pipeline."""

    def __call__(self, part: Part) -> T_co:
        """Do it."""

    def refuse(self, part: Part, why: str, remedy: str) -> T_co:
        """Return what stands for a part that cannot be done."""


@dataclass
class Summary:
    """What a run, or a part of one, did."""

    articles: int = 0
    mentions: int = 0
    relations: int = 0
    records: Counter[str] = field(default_factory=Counter)
    rejected: int = 0

    def add(self, result: Result) -> None:
        """Count a document or a rejected input."""
        if isinstance(result, Rejected):
            self.rejected += 1
            return
        self.articles += 1
        self.mentions += len(result.mentions)
        self.relations += len(result.relations)
        self.records.update(record.kind for record in result.records)

    def __iadd__(self, other: "Summary") -> "Summary":
        """Count what another part did."""
        self.articles += other.articles
        self.mentions += other.mentions
        self.relations += other.relations
        self.records += other.records
        self.rejected += other.rejected
        return self

    def to_dict(self) -> dict[str, Any]:
        """Return the counts, as a manifest holds them."""
        return {**asdict(self), "records": dict(sorted(self.records.items()))}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Summary":
        """Read them back."""
        return cls(**{**data, "records": Counter(data["records"])})

    def __str__(self) -> str:
        records = ", ".join(f"{count} {kind}" for kind, count in sorted(self.records.items())) or "none"
        lost = f", {self.rejected} input{'s' * (self.rejected != 1)} could not be read" if self.rejected else ""
        return (
            f"{self.articles} article{'s' * (self.articles != 1)}: {self.mentions} mentions, "
            f"{self.relations} relations, records: {records}{lost}"
        )


@cache
def loaded(settings: Settings) -> Pipeline:
    """Return this process's pipeline."""
    return Pipeline.load(settings.model, settings.config, settings.min_score)


@dataclass(frozen=True, slots=True)
class Annotate:
    """Turns the items of a part into documents, those that cannot be read into their reasons, in the same order."""

    settings: Settings

    def __call__(self, part: Part) -> list[Result]:
        """Annotate; one that fails never stops the others, unless `debug`.

        Raises:
            ModelError: a model that is loaded with the first article cannot be.
        """
        pipeline = loaded(self.settings)
        results: list[Result] = []
        rest = iter(part.items)
        while batch := list(islice(rest, pipeline.config.batch)):
            results += _annotate_batch(pipeline, batch, self.settings.debug)
        return results

    def refuse(self, part: Part, why: str, remedy: str) -> list[Result]:
        """Reject every article of a part that cannot be worked on."""
        return [_refused(item, why, remedy) for item in part.items]


def _annotate_batch(pipeline: Pipeline, items: Sequence[Item], debug: bool) -> list[Result]:
    """Annotate neighbors together, which is faster, and one by one where one of them fails or takes too long."""
    limits = pipeline.config.limits
    fit = [item for item in items if isinstance(item, Article) and len(item.text) <= limits.characters]
    together = {id(item) for item in fit}
    try:
        with within(limits.seconds):
            found = iter(list(pipeline.stream(fit)))
    except (TooSlowError, Exception):
        # which one it was, and why, shows when they are read again
        return [item if isinstance(item, Rejected) else _annotate(pipeline, item, debug) for item in items]
    return [next(found) if id(item) in together else _too_long(item, limits.characters) for item in items]


def _too_long(item: Item, most: int) -> Rejected:
    if isinstance(item, Rejected):
        return item
    why = f"has {len(item.text):,} characters, at most {most:,} are read"
    return _refused(item, why, "split it, or raise limits.characters in a --config")


def _refused(item: Item, why: str, remedy: str) -> Rejected:
    if isinstance(item, Rejected):
        return item
    source, line = str(item.meta.get("source", item.id)), item.meta.get("line")
    return Rejected(source, f"article {item.id} {why}", line, remedy)


def _annotate(pipeline: Pipeline, article: Article, debug: bool) -> Result:
    source, line = str(article.meta.get("source", article.id)), article.meta.get("line")
    limits = pipeline.config.limits
    if len(article.text) > limits.characters:
        return _too_long(article, limits.characters)
    try:
        with within(limits.seconds):
            return next(pipeline.stream([article]))
    except TooSlowError:
        why = f"took more than {limits.seconds:g} s"
        return _refused(article, why, "split it, or raise limits.seconds in a --config")
    except ModelError:
        # no other article would fare better
        raise
    except KhabarError as error:
        return Rejected(source, error.message, line, error.remedy)
    except Exception as error:
        if debug:
            raise
        reason = f"article {article.id}: {type(error).__name__}: {error}"
        return Rejected(source, reason, line, "please report this; --debug shows where it happens")
