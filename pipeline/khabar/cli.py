"""The command `khabar`: parse, call, report."""

import importlib.metadata
import os
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import click

import khabar
from khabar.errors import KhabarError, UsageError, printable, reason

if TYPE_CHECKING:
    from khabar.batch import Target

GROUP = "khabar.commands"
DEBUG = "--debug"
INTERRUPTED, TERMINATED = 130, 143


class Commands(click.Group):
    """The runtime's own commands, and those of the training and evaluation packages, imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names without importing what is behind them."""
        return sorted({*super().list_commands(ctx), *_entry_points()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command.

        Raises:
            click.ClickException: a package that it needs is not installed.
        """
        if own := super().get_command(ctx, cmd_name):
            return own
        point = _entry_points().get(cmd_name)
        if point is None:
            return None
        try:
            command = point.load()
        except ImportError as error:
            return _missing(cmd_name, error)
        return command if isinstance(command, click.Command) else None

    def main(self, args: Sequence[str] | None = None, *rest: Any, **options: Any) -> Any:
        """Run, and turn errors into one message and an exit code: 2 for usage, 1 for data, 130 for Ctrl-C."""
        given = list(sys.argv[1:] if args is None else args)
        # the option stands anywhere on the line, also behind commands of other packages
        debug = DEBUG in given
        given = [DEBUG] * debug + [word for word in given if word != DEBUG]
        try:
            return super().main(given, *rest, **options)
        except BrokenPipeError:
            # the reader has enough; Python's own flush at exit must not complain of it
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(0)
        except Exception as error:
            if debug:
                raise
            click.echo(f"khabar: {_told(error)}", err=True)
            sys.exit(error.exit_code if isinstance(error, KhabarError) else 1)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an interrupted one has the exit code that shells give, and has put nothing half in place."""
        # a terminated run cleans up as an interrupted one does
        before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("khabar: interrupted", err=True)
            sys.exit(INTERRUPTED)
        finally:
            signal.signal(signal.SIGTERM, before)


def _told(error: Exception) -> str:
    """Return the message of an expected error, or one that says where to look."""
    if isinstance(error, KhabarError):
        return "\n".join(map(printable, str(error).split("\n")))
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{reason(error)}\n  check the disk and the permissions, and run the command again"
    return f"{type(error).__name__}: {error}\n  please report this; --debug shows where it happens"


def _entry_points() -> dict[str, importlib.metadata.EntryPoint]:
    return {point.name: point for point in importlib.metadata.entry_points(group=GROUP)}


def _missing(name: str, error: ImportError) -> click.Command:
    """Return a command that says what to install; so `khabar --help` works without it."""

    @click.command(name, context_settings={"ignore_unknown_options": True}, short_help=f"(not installed: {error.name})")
    @click.argument("_", nargs=-1, type=click.UNPROCESSED)
    def command(_: Sequence[str]) -> None:
        raise KhabarError(
            f"khabar {name} needs {error.name}, which is not installed", remedy="pip install 'khabar[train]'"
        )

    return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(khabar.__version__, prog_name="khabar")
@click.option(DEBUG, is_flag=True, help="Show where an error happens; may stand anywhere.")
@click.pass_context
def main(ctx: click.Context, debug: bool) -> None:
    """Read Persian news: who met whom, what happened, which figures were given, each with its place in the text.

    \b
    Example:
      khabar annotate articles/ -o found.jsonl -o found.html
    """
    ctx.obj = debug


# the names of khabar.formats, which the help need not load
_FORMAT = click.Choice(["jsonl", "json", "html", "conll", "graphml", "parquet", "brat", "labelstudio"])


@main.command(short_help="Articles to mentions, relations and records.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "-o", "--output", "names", multiple=True, metavar="OUT", help="A file, a folder, or - for standard output; again."
)
@click.option("--format", "format_", type=_FORMAT, help="Of a folder or of -o -; jsonl if left out.")
@click.option(
    "--date", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="When published, unless the input says."
)
@click.option("--model", help="A model folder, or the name of a shipped model.")
@click.option("--config", type=click.Path(), help="A pipeline configuration; configs/pipeline.yaml shows the form.")
@click.option("--min-score", type=click.FloatRange(0, 1), help="Leave out mentions and relations below this score.")
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Where the workers are: on this machine, or in a Ray cluster (RAY_ADDRESS says which).",
)
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.pass_obj
def annotate(
    debug: bool,
    paths: Sequence[str],
    names: Sequence[str],
    format_: str | None,
    date: Any,
    model: str | None,
    config: str | None,
    min_score: float | None,
    engine: Literal["local", "ray"],
    workers: int,
) -> None:
    """Annotate texts (.txt), pages (.html), objects with a text (.jsonl, .csv, .parquet), web archives (.warc), each
    also as .gz or .zst, folders of these, patterns, or - for standard input.

    An OUT that ends in .jsonl, .json, .html, .conll or .graphml is one file, which appears whole or not at all. Any
    other is a folder of parts with a manifest: the same command goes on where it stopped; with --format html it is a
    site, made when all parts are there: open its index.html. Without -o a summary of each
    article is printed. What cannot be read is named, listed in OUT.quarantine.jsonl or OUT/quarantine.jsonl, and makes
    the exit code 1; everything else is annotated nevertheless.

    \b
    Examples:
      khabar annotate article.txt --date 2025-11-01
      khabar annotate articles/ -o found.jsonl -o found.html
      khabar annotate 'archive/*.jsonl.gz' -o found --format parquet --workers 8
      cat article.txt | khabar annotate - -o - | jq .records
    """
    # the engine is loaded here, not to print the help
    from khabar import batch  # noqa: PLC0415
    from khabar.progress import Reporter  # noqa: PLC0415
    from khabar.sources import find  # noqa: PLC0415

    sources = find(paths, leave_out=names)
    targets = [batch.parse_target(name, format_) for name in names]
    if folders := [t for t in targets if t.is_folder]:
        _check_folder(targets, paths)
    if engine == "ray" and "-" in paths:
        remedy = "give a file, or leave out --engine"
        raise UsageError("workers of a cluster cannot read standard input", remedy=remedy)
    settings = batch.Settings(model, config, min_score, debug)
    day = None if date is None else date.date().isoformat()
    with Reporter(documents=not targets) as reporter:
        more: Any = {"date": day, "engine": engine, "workers": workers, "notice": reporter.notice}
        if folders:
            summary = batch.annotate_folder(settings, sources, folders[0], seen=reporter.part, **more)
        else:
            summary = batch.annotate(settings, sources, targets, seen=reporter.seen, **more)
    click.echo(f"{summary} in {reporter.seconds:.1f} s", err=True)
    if summary.rejected:
        sys.exit(1)


def _check_folder(targets: Sequence["Target"], paths: Sequence[str]) -> None:
    """Refuse what a folder of output cannot be asked for."""
    name = next(t.name for t in targets if t.is_folder)
    if len(targets) > 1:
        raise UsageError("a folder goes with no other -o", path=name, remedy="khabar export makes other formats of it")
    if "-" in paths:
        remedy = "give a file, or one file as -o, such as OUT.jsonl"
        raise UsageError("standard input cannot be read again to go on in a folder", path=name, remedy=remedy)


@main.command(short_help="Documents in JSON Lines to other formats.")
@click.argument("paths", nargs=-1, required=True, metavar="IN...")
@click.option(
    "-o", "--output", "name", required=True, metavar="OUT", help="A file, a folder, or - for standard output."
)
@click.option("--format", "format_", type=_FORMAT, help="Needed where OUT does not end in it.")
def export(paths: Sequence[str], name: str, format_: str | None) -> None:
    """Write what `khabar annotate` found, JSON Lines or a folder of them, in another format.

    Parquet, brat and Label Studio are several files and need a folder, which must be new. docs/correcting.md says how
    corrections come back.

    \b
    Examples:
      khabar export found.jsonl -o found.graphml
      khabar export found.jsonl --format brat -o found-brat
    """
    from khabar.batch import parse_target  # noqa: PLC0415
    from khabar.batch.export import documents  # noqa: PLC0415
    from khabar.batch.export import export as write  # noqa: PLC0415

    refused: list[KhabarError] = []

    def tell(error: KhabarError) -> None:
        refused.append(error)
        click.echo(str(error), err=True)

    count = write(documents(paths, tell), parse_target(name, format_))
    lost = f", {len(refused)} could not be read" if refused else ""
    click.echo(f"{count} document{'s' * (count != 1)}{lost}", err=True)
    if refused:
        sys.exit(1)


@main.command(short_help="Clean text: letters, digits, spaces, half-spaces.")
@click.argument("path", default="-")
@click.option("--json", "as_json", is_flag=True, help="With the place of every clean character in the source.")
@click.option("--exceptions", type=click.Path(), metavar="FILE", help="Forms that are not to be corrected, one a line.")
def normalize(path: str, as_json: bool, exceptions: str | None) -> None:
    """Print the clean text of a file or of standard input.

    With --json: an object with `text` and `starts`, the offset in the source of each of its characters.

    \b
    Example:
      echo 'گروههای كوچك ميروند' | khabar normalize
    """
    import json  # noqa: PLC0415

    from khabar.normalize import Normalizer  # noqa: PLC0415
    from khabar.sources.decode import read_text  # noqa: PLC0415

    spell = Normalizer(exceptions=exceptions)
    text, notice = read_text(path)
    if notice:
        click.echo(f"{path}: {notice}", err=True)
    clean = spell(text)
    if as_json:
        click.echo(json.dumps({"text": clean.text, "starts": clean.starts.tolist()}, ensure_ascii=False))
    else:
        click.echo(clean.text, nl=False)


@main.command(short_help="Versions, models, and what is missing.")
def doctor() -> None:
    """Print versions, shipped models and their licence, threads, and which extras are missing.

    The exit code is 1 if the default model cannot be loaded.

    \b
    Example:
      khabar doctor
    """
    from khabar.doctor import examine  # noqa: PLC0415

    healthy = True
    for finding in examine():
        click.echo(finding.line)
        healthy &= finding.healthy
    if not healthy:
        sys.exit(1)
