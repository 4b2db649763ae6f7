"""The pair classifier with the text read once for many pairs: ten times faster than one text a pair.

The markers of all pairs follow the text instead of standing in it. Each has the position of the word that it marks and
sees the text and the markers of its own pair; the text sees none (the approximation of Zhong and Chen 2021).
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from khabar_train.pairs import MARKERS, Pair, Pairs

# pairs that follow one text
TOGETHER = 48


class SharedPairs(Pairs):
    """The same task as `Pairs`: what differs is how pairs are put into batches and read."""

    def _cut(self, pairs: Sequence[Pair]) -> list[list[Pair]]:
        by_row: dict[int, list[Pair]] = {}
        for pair in pairs:
            by_row.setdefault(id(pair.row), []).append(pair)
        groups = [part[i : i + TOGETHER] for part in by_row.values() for i in range(0, len(part), TOGETHER)]
        groups.sort(key=lambda group: (group[0].row.size + MARKERS * len(group)) // 16)
        batches: list[list[Pair]] = [[]]
        count = 0
        for group in groups:
            width = group[0].row.size + MARKERS * len(group) + 2
            if count and width * (count + 1) > self.settings.batch:
                batches.append([])
                count = 0
            batches[-1] += group
            count += 1
        return batches

    def _score(self, batch: Sequence[Pair]) -> Tensor:
        rows: dict[int, list[int]] = {}
        for number, pair in enumerate(batch):
            rows.setdefault(id(pair.row), []).append(number)
        texts = [batch[numbers[0]].row for numbers in rows.values()]
        padded = self.config.pad([row.words for row in texts], [0] * len(texts))
        length, behind = padded.ids.shape[1], MARKERS * max(map(len, rows.values()))
        ids = np.pad(padded.ids, ((0, 0), (0, behind)), constant_values=self.config.padding_id)
        places = np.tile(np.pad(np.arange(length), (0, behind)), (len(texts), 1))
        sees = np.zeros((len(texts), length + behind, length + behind), bool)
        sees[:, :, :length] = padded.mask[:, None] > 0
        sees[:, length:, length:] = np.kron(np.eye(behind // MARKERS), np.ones((MARKERS, MARKERS)))
        ends = np.zeros((len(batch), 3), np.int64)
        for row, numbers in enumerate(rows.values()):
            for start, number in zip(range(length, length + behind, MARKERS), numbers, strict=False):
                ends[number] = row, start, start + 2
                for side, span in enumerate(batch[number].ends):
                    at = start + 2 * side
                    ids[row, at : at + 2] = (
                        self.mark.id(span, side, closes=False),
                        self.mark.id(span, side, closes=True),
                    )
                    places[row, at : at + 2] = padded.words[row, [span.start, span.end - 1]]
        device = next(self.model.parameters()).device
        given = (torch.from_numpy(a).to(device) for a in (ids, sees, ends, places))
        scores: Tensor = self.model(*given)
        return scores
