"""`khabar corpus`: check and count annotations, and put stand-off annotations back onto their corpus."""

import sys
from pathlib import Path

import click

from khabar.errors import UsageError

_PATH = click.Path(path_type=Path)
# parts of our annotations over others' texts
_PARTS = {
    "first": "the first 440 passages, from which dev is taken",
    "further": "more, to learn from",
    "second": "a second reading of some of those",
}


@click.group()
def corpus() -> None:
    """Look after annotated texts.

    \b
    Example:
      khabar corpus check data/articles
    """


@corpus.command()
@click.argument("paths", nargs=-1, required=True, type=_PATH, metavar="PATH...")
@click.option("--passages", type=_PATH, help="The passages of stand-off annotations, unless they lie beside them.")
@click.option("--strict", is_flag=True, help="Let warnings fail too.")
def check(paths: tuple[Path, ...], passages: Path | None, strict: bool) -> None:
    """Say what is wrong with annotations: spans, types, relations, values, clusters.

    PATH is a gold article (.json, .jsonl), an export of Label Studio (.json), a brat file (.ann with .txt),
    annotations.jsonl with passages.jsonl beside it, or a folder of these. The exit code is 1 if there are errors;
    values that our reader reads differently are warnings.

    \b
    Example:
      khabar corpus check data/articles data/passages
    """
    from khabar_eval.check import Checked  # noqa: PLC0415  --help must not load the stages
    from khabar_eval.check import check as faults_of  # noqa: PLC0415

    total = Checked()
    for path in paths:
        for fault in faults_of(path, passages, total):
            click.echo(str(fault))
    click.echo(
        f"{total.documents} documents, {total.mentions} mentions, {total.relations} relations: "
        f"{total.errors} errors, {total.warnings} warnings"
    )
    sys.exit(bool(total.errors or (strict and total.warnings)))


@corpus.command()
@click.argument("paths", nargs=-1, required=True, type=_PATH, metavar="PATH...")
@click.option("--each", "one_by_one", is_flag=True, help="A row for each document, as a Markdown table.")
def describe(paths: tuple[Path, ...], one_by_one: bool) -> None:
    """Count what gold articles hold.

    \b
    Examples:
      khabar corpus describe data/passages
      khabar corpus describe data/articles --each
    """
    from khabar_eval import describe as counts  # noqa: PLC0415  as above
    from khabar_eval.gold import read_articles  # noqa: PLC0415

    documents = read_articles(paths)
    for line in counts.each(documents) if one_by_one else counts.describe(documents):
        click.echo(line)


@corpus.command()
@click.option("--peyma", type=_PATH, help="PEYMA's training file.")
@click.option("--arman", type=_PATH, help="The training file of ARMAN's first fold, instead of --peyma.")
@click.option(
    "--part",
    type=click.Choice([*_PARTS]),
    help="; ".join(f"{name}: {what}" for name, what in _PARTS.items()) + ". By default first, of ARMAN further.",
)
@click.option("-o", "--output", required=True, type=_PATH, help="The folder for passages.jsonl and annotations.jsonl.")
def passages(peyma: Path | None, arman: Path | None, part: str | None, output: Path) -> None:
    """Put our annotations of meetings, events, statistics and relations back onto a corpus's text.

    \b
    Examples:
      khabar corpus passages --peyma peyma/train.txt -o passages
      khabar corpus passages --arman arman/train.txt -o arman-passages
    """
    from khabar_eval.standoff import write  # noqa: PLC0415  as above

    given = [(name, file) for name, file in (("peyma", peyma), ("arman", arman)) if file]
    if len(given) != 1:
        raise UsageError("expected one corpus", remedy="give --peyma FILE or --arman FILE")
    ((name, file),) = given
    if name == "arman" and part == "first":
        raise UsageError("--part first is of PEYMA alone", remedy="give further or second")
    chosen = part or ("first" if name == "peyma" else "further")
    click.echo(f"{write(name, file, chosen, output)} passages in {output}")
