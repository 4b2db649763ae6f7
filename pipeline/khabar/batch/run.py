"""One run: articles in, documents out, and what could not be read beside them."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from khabar.batch.limits import TooSlowError, within
from khabar.batch.output import STDOUT, Output, WholeFile
from khabar.document import Article, Document
from khabar.errors import KhabarError
from khabar.pipeline import Pipeline
from khabar.sources import Rejected


@dataclass
class Summary:
    """What a run did."""

    articles: int = 0
    mentions: int = 0
    relations: int = 0
    records: Counter[str] = field(default_factory=Counter)
    rejected: list[Rejected] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, document: Document) -> None:
        """Count a document."""
        self.articles += 1
        self.mentions += len(document.mentions)
        self.relations += len(document.relations)
        self.records.update(record.kind for record in document.records)

    def __str__(self) -> str:
        records = ", ".join(f"{count} {kind}" for kind, count in sorted(self.records.items())) or "none"
        rejected = len(self.rejected)
        lost = f", {rejected} input{'s' * (rejected != 1)} could not be read" if rejected else ""
        return (
            f"{self.articles} article{'s' * (self.articles != 1)} in {self.seconds:.1f} s: {self.mentions} mentions, {self.relations} relations, "
            f"records: {records}{lost}"
        )


def annotate(
    pipeline: Pipeline,
    items: Iterable[Article | Rejected],
    outputs: Sequence[Output],
    *,
    seen: Callable[[Document | Rejected], None] = lambda _: None,
    debug: bool = False,
) -> Summary:
    """Write a document for each article to every output.

    What cannot be read is listed in the summary and in `OUTPUT.quarantine.jsonl` beside the first file; an article
    that fails never stops the others, unless `debug`.

    Args:
        pipeline: annotates.
        items: of `khabar.sources.read`.
        outputs: opened and closed here.
        seen: told of every document and every rejected input, in order.
        debug: let errors of the program through.
    """
    summary, started = Summary(), time.perf_counter()
    with ExitStack() as stack:
        for output in outputs:
            stack.enter_context(output)
        for item in items:
            result = item if isinstance(item, Rejected) else _read(pipeline, item, debug)
            if isinstance(result, Rejected):
                summary.rejected.append(result)
            else:
                summary.add(result)
                for output in outputs:
                    output.add(result)
            seen(result)
        files = [Path(o.target) for o in outputs if o.target != STDOUT]
        if files:
            _quarantine(summary.rejected, files[0])
    summary.seconds = time.perf_counter() - started
    return summary


def _read(pipeline: Pipeline, article: Article, debug: bool) -> Document | Rejected:
    source, line = str(article.meta.get("source", article.id)), article.meta.get("line")
    limits = pipeline.config.limits
    if (length := len(article.text)) > limits.characters:
        reason = f"article {article.id} has {length:,} characters, at most {limits.characters:,} are read"
        return Rejected(source, reason, line, "split it, or raise limits.characters in a --config")
    try:
        with within(limits.seconds):
            return next(pipeline.stream([article]))
    except TooSlowError:
        reason = f"article {article.id} took more than {limits.seconds:g} s"
        return Rejected(source, reason, line, "split it, or raise limits.seconds in a --config")
    except KhabarError as error:
        return Rejected(source, error.message, line, error.remedy)
    except Exception as error:
        if debug:
            raise
        reason = f"article {article.id}: {type(error).__name__}: {error}"
        return Rejected(source, reason, line, "please report this; --debug shows where it happens")


def _quarantine(rejected: Sequence[Rejected], output: Path) -> None:
    """Write what could not be read, or take away the list of an earlier run."""
    path = output.with_name(f"{output.name}.quarantine.jsonl")
    if not rejected:
        path.unlink(missing_ok=True)
        return
    with WholeFile(path) as file:
        for one in rejected:
            file.write(json.dumps(one.to_dict(), ensure_ascii=False) + "\n")
