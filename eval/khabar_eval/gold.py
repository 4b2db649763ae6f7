"""Articles that people annotated: Khabar's own form, brat's, Label Studio's; read for scores, checks and training."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from khabar.document import Document
from khabar.errors import DataError
from khabar.formats.brat_reader import read_brat
from khabar.formats.labelstudio_reader import is_labelstudio, read_labelstudio
from khabar.schema import load_schema
from khabar_eval.json_files import Part, parts

_REMEDY = "configs/document.schema.json describes the form"
SUFFIXES = (".ann", ".json", ".jsonl")


@dataclass(frozen=True, slots=True)
class GoldArticle:
    """An annotated article, where it stands, and what of it could not be read.

    `lines`: those of its mentions, by id, and the first of each relation type, where the file has a line for each.
    `valued`: whether it should have values.
    """

    document: Document
    path: Path
    line: int | None = None
    lines: Mapping[str, int] = field(default_factory=dict)
    faults: Sequence[DataError] = ()
    valued: bool = True

    def line_of(self, name: str | None) -> int | None:
        """Return the line of a mention's id or a relation's type, else that of the article."""
        return self.lines.get(name or "", self.line)


def gold_articles(file: Path) -> Iterator[GoldArticle | DataError]:
    """Yield the articles of a file, and for each that cannot be read at all, why.

    Raises:
        DataError: the file cannot be read.
    """
    if file.suffix == ".ann":
        brat = read_brat(file)
        yield _foreign(brat.document, file, brat.faults, brat.lines)
        return
    for part in parts(file, lines=file.suffix == ".jsonl"):
        try:
            if tasks := _tasks(part):
                yield from tasks
                continue
            yield _own(part)
        except DataError as error:
            yield error


def _tasks(part: Part) -> list[GoldArticle]:
    """Return the articles of an export of Label Studio, none where it is something else."""
    try:
        data = json.loads(part.text)
    except json.JSONDecodeError:
        return []
    if not is_labelstudio(data):
        return []
    tasks = read_labelstudio(data, part.path)
    return [_foreign(task.document, part.path, task.faults, line=part.line) for task in tasks]


def _foreign(
    document: Document,
    path: Path,
    faults: Sequence[DataError],
    lines: Mapping[str, int] | None = None,
    line: int | None = None,
) -> GoldArticle:
    # who annotates elsewhere may leave values out
    valued = any(m.value is not None for m in document.mentions)
    return GoldArticle(document, path, line, lines or {}, faults, valued)


def _own(part: Part) -> GoldArticle:
    """Return the article that an object of a file is.

    Raises:
        DataError: it is none, or a mention or relation is of an unknown type.
    """
    data = part.load(_REMEDY)
    try:
        document = Document.from_dict(data)
    except DataError as error:
        raise DataError(error.message, path=part.path, line=part.line, remedy=error.remedy or _REMEDY) from error
    article = GoldArticle(document, part.path, part.line, {} if part.line else _lines(part.text, document))
    _check_types(article)
    return article


def _lines(text: str, document: Document) -> dict[str, int]:
    sought = {("id", m.id) for m in document.mentions} | {("type", r.type) for r in document.relations}
    found = ((name, re.search(rf'"{key}":\s*"{re.escape(name)}"', text)) for key, name in sought)
    return {name: text.count("\n", 0, match.start()) + 1 for name, match in found if match}


def read_articles(paths: Sequence[str | Path], types: Collection[str] | None = None) -> list[Document]:
    """Read gold articles: `.json` files (an article each, or an export of Label Studio), `.jsonl` files (an article a
    line), `.ann` files of brat with their `.txt`, or folders of these.

    Args:
        paths: files or folders.
        types: of mentions; those of `configs/schema.yaml` by default.

    Raises:
        DataError: a file cannot be read or is no document, a type is unknown, an id stands twice, or there is nothing.
    """
    documents: list[Document] = []
    seen: set[str] = set()
    for path in paths:
        remedy = f"mend it; `khabar corpus check {path}` lists all that is wrong"
        for file in article_files(Path(path)):
            for found in gold_articles(file):
                if isinstance(found, DataError):
                    raise found
                for fault in found.faults:
                    raise DataError(fault.message, path=file, line=fault.line, remedy=remedy)
                document = found.document
                _check_types(found, types)
                if document.id in seen:
                    raise DataError(
                        f"article {document.id} stands twice", path=file, line=found.line, remedy="drop one"
                    )
                seen.add(document.id)
                documents.append(document)
    return documents


def article_files(path: Path) -> list[Path]:
    """Return the file, or the `.json`, `.jsonl` and `.ann` files of a folder.

    Raises:
        DataError: the folder has none.
    """
    if not path.is_dir():
        return [path]
    found = sorted(p for p in path.iterdir() if p.suffix in SUFFIXES)
    if not found:
        message = f"holds no {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]} file"
        raise DataError(message, path=path, remedy="give a folder of gold articles, or one of brat")
    return found


def _check_types(article: GoldArticle, types: Collection[str] | None = None) -> None:
    schema = load_schema()
    known = schema.mention_types if types is None else sorted(types)
    for m in article.document.mentions:
        if m.type not in known:
            raise _unknown(article, m.type, known, article.line_of(m.id))
    for r in article.document.relations:
        if r.type not in schema.relations:
            raise _unknown(article, r.type, tuple(schema.relations), article.line_of(r.type))


def _unknown(article: GoldArticle, type: str, known: Collection[str], line: int | None) -> DataError:
    message = f"article {article.document.id}: unknown type {type}, expected one of {', '.join(known)}"
    return DataError(message, path=article.path, line=line, remedy="configs/schema.yaml lists the types")
