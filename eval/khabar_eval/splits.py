"""Dev parts and folds: one rule for training and evaluation."""

import re
from collections.abc import Sequence


def held_out(number: int, every: int) -> bool:
    """Say whether the sentence of this number, from 0, is dev where every `every`-th one is."""
    return number % every == every - 1


def folds(ids: Sequence[str], k: int = 5) -> list[set[str]]:
    """Deal passage ids into `k` parts of about equal size that never cut a run of adjacent passages.

    Adjacent passages are often of one article. Runs are dealt in the order of their numbers, each to the smallest
    part, so every part is spread over the whole corpus; the same ids give the same parts in any order.
    """
    parts: list[set[str]] = [set() for _ in range(k)]
    for run in adjacent_runs(ids):
        min(parts, key=len).update(run)
    return parts


def dev_ids(ids: Sequence[str], count: int = 44) -> set[str]:
    """Return the dev part: of `folds` about `count` long, the one that comes nearest to it."""
    return min(folds(ids, max(1, round(len(ids) / count))), key=lambda part: abs(len(part) - count))


def beside(ids: Sequence[str], others: Sequence[str], reach: int = 2) -> set[str]:
    """Return the ids whose numbers are at most `reach` away from one of `others`: they may be of the same article."""
    near = {(name, number + step) for name, number in map(_number, others) for step in range(-reach, reach + 1)}
    return {id for id in ids if _number(id) in near}


def adjacent_runs(ids: Sequence[str]) -> list[list[str]]:
    """Group ids that end in consecutive numbers, in the order of the numbers."""
    runs: list[list[str]] = []
    previous: tuple[str, int] | None = None
    for key, id in sorted((_number(id), id) for id in ids):
        if previous is None or key != (previous[0], previous[1] + 1):
            runs.append([])
        runs[-1].append(id)
        previous = key
    return runs


def _number(id: str) -> tuple[str, int]:
    found = re.fullmatch(r"(.*?)(\d+)", id, re.DOTALL)
    return (found[1], int(found[2])) if found else (id, 0)
