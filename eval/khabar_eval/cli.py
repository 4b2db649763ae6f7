"""`khabar evaluate`: score a model on corpora, passages and articles, and compare two reports."""

import functools
import importlib
import importlib.util
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from khabar.errors import DataError, UsageError
from khabar_eval.report.file import read_report, write_report, write_text

if TYPE_CHECKING:
    from khabar.pipeline import Pipeline
    from khabar_eval.readings import Reading
    from khabar_eval.report import Report

_FILE = click.Path(path_type=Path)


@click.group()
def evaluate() -> None:
    """Score a model against gold annotations.

    \b
    Example:
      khabar evaluate articles data/articles
    """


@dataclass(frozen=True)
class Run:
    """What every scoring command is told: the model, and where results go."""

    model: str | None
    config: Path | None
    min_score: float | None
    report_file: Path | None
    page: Path | None
    predictions: Path | None

    @property
    def name(self) -> str:
        """The model as a report names it."""
        return self.model or "default"

    def load(self) -> "Pipeline":
        """Load the pipeline."""
        import khabar  # noqa: PLC0415  --help must not load an engine

        return khabar.load(self.model, self.config, self.min_score)

    def refuse_model(self, **others: object) -> None:
        """Refuse what says how to annotate, where a file has what was found.

        Raises:
            UsageError: one of these options, or of `others`, is given.
        """
        options = {"model": self.model, "config": self.config, "min_score": self.min_score is not None, **others}
        if given := [f"--{name.replace('_', '-')}" for name, value in options.items() if value]:
            raise UsageError("--found scores what is there", remedy=f"drop {', '.join(given)}")

    def deliver(
        self,
        report: "Report",
        lines: Iterable[str],
        readings: "Callable[[], Sequence[Reading]]",
        pipeline: "Pipeline | None" = None,
    ) -> None:
        """Write the predictions' lines, the report and its page where they were asked for, and show the report."""
        from khabar_eval.report.html import page  # noqa: PLC0415  as above
        from khabar_eval.report.terminal import show  # noqa: PLC0415  as above
        from khabar_eval.report.views import confusions, views  # noqa: PLC0415  as above

        read = readings()
        report = replace(report, views=views(report.layers, read), confusions=confusions(report.layers, read))
        if self.predictions:
            write_text(self.predictions, "".join(lines))
        if self.report_file:
            write_report(report, self.report_file)
        if self.page:
            thresholds = pipeline.config.thresholds if pipeline else None
            write_text(self.page, page(report, read, thresholds))
        show(report)


def _scoring(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a scoring command and hand them over as a `Run`."""

    @functools.wraps(command)
    def gathered(**options: Any) -> None:
        run = Run(*(options.pop(field.name) for field in fields(Run)))
        command(run, **options)

    for option in (
        click.option("--min-score", type=click.FloatRange(0, 1), help="Leave out what scores below this."),
        click.option("--config", type=_FILE, help="The pipeline's configuration."),
        click.option("--model", help="A model folder or a hub's name; the shipped model if left out."),
        click.option("--json", "report_file", type=_FILE, help="Write the scores, and the counts of each item."),
        click.option("--html", "page", type=_FILE, help="Write a page: scores, errors in their sentences, curves."),
        click.option("--predictions", type=_FILE, help="Write what was found."),
    ):
        gathered = option(gathered)
    return gathered


@evaluate.command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--format", "format_", required=True, type=click.Choice(["arman", "peyma", "parstwiner", "conll"]))
@click.option(
    "--context",
    type=click.IntRange(1),
    help="Sentences that share a window; by default as configs/corpora.yaml has it.",
)
@click.option(
    "--convention",
    type=click.Choice(["corpus", "runtime"]),
    default="corpus",
    show_default=True,
    help="Whose habits the model follows where corpora differ: the corpus's if the model knows it, or the user's.",
)
@click.option("--degrade", type=click.Choice(["halfspace", "arabic", "all"]), help="Spell as careless sites do.")
@click.option(
    "--every", type=click.IntRange(2), help="Score every so-manieth sentence: ARMAN's dev part is every 10th."
)
@_scoring
def names(
    run: Run,
    files: tuple[Path, ...],
    format_: str,
    context: int | None,
    convention: str,
    degrade: str | None,
    every: int | None,
) -> None:
    """Score names on a corpus's own tokens: strict F1 of spans, micro and by type.

    \b
    Examples:
      khabar evaluate names --format peyma peyma/dev.txt
      khabar evaluate names --format arman --every 10 arman/train.txt
    """
    from khabar_eval.corpora import load_corpora  # noqa: PLC0415
    from khabar_eval.names import columns, evaluate_names, read_sources, readings  # noqa: PLC0415

    sources = read_sources(load_corpora()[format_], files, degrade, every=every)
    pipeline = run.load()
    followed = format_ if convention == "corpus" and format_ in pipeline.conventions else None
    tagger = pipeline.config.names.tagger
    name = run.name if tagger == "khabar" else tagger
    report, tagged = evaluate_names(pipeline, sources, context=context, convention=followed, model=name)
    run.deliver(report, columns(tagged), lambda: readings(tagged), pipeline)


@evaluate.command()
@click.option("--passages", "passage_file", required=True, type=_FILE, help="The passages, a JSON object a line.")
@click.option("--annotations", required=True, type=_FILE, help="Their annotations, a JSON object a line.")
@click.option("--gold-mentions", is_flag=True, help="Give the facts too, and score relations alone.")
@click.option("--ids", "--only", "rule", help="`dev`, or a file of passage ids: score only these.")
@click.option(
    "--found",
    "left",
    type=_FILE,
    metavar="PATH",
    help="Score these annotations (what --predictions wrote, or another reader's, with their own names), no model.",
)
@_scoring
def passages(
    run: Run,
    passage_file: Path,
    annotations: Path,
    gold_mentions: bool,
    rule: str | None,
    left: Path | None,
) -> None:
    """Score facts and relations on annotated passages whose names are given.

    \b
    Examples:
      khabar evaluate passages --passages passages.jsonl --annotations annotations.jsonl
      khabar evaluate passages --passages passages.jsonl --annotations annotations.jsonl --found second-reader.jsonl
    """
    from khabar_eval.passages import evaluate_found, evaluate_passages, lines, readings, select  # noqa: PLC0415
    from khabar_eval.passages_data import read_passages  # noqa: PLC0415

    gold = read_passages(passage_file, annotations)
    chosen = select(gold, rule) if rule else gold
    pipeline = None
    if left:
        run.refuse_model(gold_mentions=gold_mentions)
        report, found = evaluate_found(chosen, read_passages(passage_file, left), name=str(left))
    else:
        pipeline = run.load()
        report, found = evaluate_passages(pipeline, chosen, gold_mentions=gold_mentions, model=run.name)
    run.deliver(report, lines(found), lambda: readings(found), pipeline)


@evaluate.command()
@click.argument("paths", nargs=-1, required=True, type=_FILE)
@click.option(
    "--given",
    type=click.Choice(["mentions", "relations"]),
    help="Take gold mentions, or mentions and relations, and score clusters and records alone, without a model.",
)
@click.option(
    "--found",
    "left",
    multiple=True,
    type=_FILE,
    metavar="PATH",
    help="Score the documents of this file or folder (what --predictions wrote, another reader's articles), no model.",
)
@_scoring
def articles(
    run: Run, paths: tuple[Path, ...], given: Literal["mentions", "relations"] | None, left: tuple[Path, ...]
) -> None:
    """Score every layer on gold articles, by offsets in their source text.

    PATH is a gold article (.json, .jsonl), an export of Label Studio (.json), a brat file (.ann with .txt), or a folder
    of these.

    \b
    Examples:
      khabar evaluate articles data/articles --json scores.json
      khabar evaluate articles data/articles --found second-reader
    """
    from khabar_eval.articles import evaluate_articles, evaluate_found, lines, readings  # noqa: PLC0415
    from khabar_eval.assembly import evaluate_assembly  # noqa: PLC0415
    from khabar_eval.gold import read_articles  # noqa: PLC0415

    gold = read_articles(paths)
    pipeline = None
    if left:
        run.refuse_model(given=given)
        name = ", ".join(str(path) for path in left)
        report, found = evaluate_found(gold, read_articles(left), name=name)
    elif given:
        report, found = evaluate_assembly(gold, given)
    else:
        pipeline = run.load()
        report, found = evaluate_articles(pipeline, gold, model=run.name)
    run.deliver(report, lines(found), lambda: readings(gold, found), pipeline)


@evaluate.command()
@click.argument("a", type=_FILE)
@click.argument("b", type=_FILE)
@click.option("--unpaired", is_flag=True, help="The reports are over different items.")
@click.option("--samples", type=click.IntRange(100), default=10_000, show_default=True)
def compare(a: Path, b: Path, unpaired: bool, samples: int) -> None:
    """Compare two reports written by --json: difference of F1, its interval, and p by the bootstrap over items.

    \b
    Example:
      khabar evaluate compare before.json after.json
    """
    from khabar_eval.bootstrap import compare as bootstrap  # noqa: PLC0415
    from khabar_eval.report.terminal import show_comparison  # noqa: PLC0415

    left, right = read_report(a), read_report(b)
    if not unpaired and left.items != right.items:
        raise UsageError(f"{a} and {b} score different items", remedy="score the same data, or add --unpaired")
    shared = [name for name in left.layers if name in right.layers]
    if not shared:
        raise DataError(
            f"{a} scores {', '.join(left.layers)}; {b} scores {', '.join(right.layers)}: nothing to compare"
        )
    rows = {
        name: bootstrap(left.layers[name], right.layers[name], paired=not unpaired, samples=samples) for name in shared
    }
    show_comparison(f"{left.model} ({a})", f"{right.model} ({b})", rows)


@evaluate.command()
@click.argument("reports", nargs=-1, required=True, type=_FILE)
@click.option("-o", "--output", required=True, type=_FILE, help="The picture, SVG.")
def reliability(reports: tuple[Path, ...], output: Path) -> None:
    """Draw what the scores of names are worth, from reports written by `khabar evaluate names --json`, a panel each.

    \b
    Example:
      khabar evaluate reliability peyma.json arman.json parstwiner.json -o reliability.svg
    """
    from khabar_eval.report.diagram import diagram  # noqa: PLC0415

    parts = {}
    for path in reports:
        report = read_report(path)
        if report.reliability is None:
            raise DataError("says nothing of scores", path=path, remedy="write it anew: khabar evaluate names --json")
        if path.stem in parts:
            raise UsageError(f"two reports are named {path.stem}", path=path, remedy="rename one: names are the titles")
        parts[path.stem] = report.reliability
    write_text(output, diagram(parts))


for _name in ("halfspace", "page", "segmentation"):
    if importlib.util.find_spec(f"khabar_eval.{_name}"):
        evaluate.add_command(getattr(importlib.import_module(f"khabar_eval.{_name}"), _name))
