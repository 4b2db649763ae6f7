"""Exported models on onnxruntime."""

from pathlib import Path

import numpy as np
import onnxruntime

from khabar.encode.batches import Batch
from khabar.errors import ModelError
from khabar.models.folder import RELATOR, TAGGER
from khabar.models.runner import Links, Tagged


class OnnxRunner:
    """Runs `tagger.onnx` and `relator.onnx`, a window at a time.

    Dynamic int8 takes its activation scales from the whole input, so windows are run one by one and unpadded: what
    stands beside a window cannot change its result, and no time is spent on padding.
    """

    def __init__(self, folder: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._tagger = _session(folder / TAGGER, options)
        self._relator = _session(folder / RELATOR, options)

    def tag(self, batch: Batch) -> Tagged:
        """Return word states and tag scores; padded words hold zeros."""
        rows = [self._tag_row(batch, row) for row in range(len(batch.ids))]
        longest = batch.words.shape[1]
        padded = (np.stack([_widen(row[part], longest) for row in rows]) for part in range(3))
        return Tagged(*padded)

    def _tag_row(self, batch: Batch, row: int) -> list[np.ndarray]:
        subwords, words = int(batch.mask[row].sum()), int(batch.word_mask[row].sum())
        inputs = {
            "ids": batch.ids[row : row + 1, :subwords],
            "convention": batch.convention[row : row + 1, :subwords],
            "words": batch.words[row : row + 1, :words],
        }
        return [out[0] for out in self._tagger.run(["states", "names", "facts"], inputs)]

    def relate(self, links: Links) -> np.ndarray:
        """Return the pairs' scores."""
        inputs = {k: v for k, v in links._asdict().items() if k != "word_mask"}
        (scores,) = self._relator.run(["scores"], inputs)
        return np.asarray(scores)


def _widen(part: np.ndarray, longest: int) -> np.ndarray:
    return np.pad(part, ((0, longest - len(part)), (0, 0)))


def _session(path: Path, options: onnxruntime.SessionOptions) -> onnxruntime.InferenceSession:
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library's errors share no base of their own
        remedy = "export the model again, or leave out --model for the shipped one"
        raise ModelError(f"no usable weights: {str(error).splitlines()[0]}", path=path, remedy=remedy) from error
