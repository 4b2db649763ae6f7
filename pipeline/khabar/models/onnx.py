"""Exported models on onnxruntime."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime

from khabar.encode.batches import WindowIds
from khabar.errors import ModelError
from khabar.models.folder import RELATOR, TAGGER, ModelConfig
from khabar.models.runner import Links, Tagged


class OnnxRunner:
    """Runs `tagger.onnx` and `relator.onnx`, each window by itself, on several threads.

    Dynamic int8 takes its activation scales from the whole input, so a window is never padded or joined with others:
    what stands beside it cannot change its result. A thread has a window to itself, which leaves no thread waiting for
    another inside a layer. Pairs are scored in the caller's thread, meanwhile.
    """

    def __init__(self, folder: Path, config: ModelConfig, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._config = config
        self._tagger = _session(folder / TAGGER, options)
        self._relator = _session(folder / RELATOR, options)
        self._threads = ThreadPoolExecutor(threads)

    def tag(self, windows: Iterable[WindowIds], convention: int) -> Iterator[Tagged]:
        """Yield word states and tag scores."""
        return self._threads.map(lambda window: self._tag(window, convention), windows)

    def _tag(self, window: WindowIds, convention: int) -> Tagged:
        batch = self._config.pad([window], [convention])
        inputs = {"ids": batch.ids, "convention": batch.convention, "words": batch.words}
        return Tagged(*(out[0] for out in self._tagger.run(["states", "names", "facts"], inputs)))

    def relate(self, links: Sequence[Links]) -> Iterator[np.ndarray]:
        """Yield the pairs' scores."""
        return map(self._relate, links)

    def _relate(self, links: Links) -> np.ndarray:
        inputs = {k: v for k, v in links._asdict().items() if k != "word_mask"}
        (scores,) = self._relator.run(["scores"], inputs)
        return np.asarray(scores)


def _session(path: Path, options: onnxruntime.SessionOptions) -> onnxruntime.InferenceSession:
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library's errors share no base of their own
        remedy = "export the model again, or leave out --model for the shipped one"
        raise ModelError(f"no usable weights: {str(error).splitlines()[0]}", path=path, remedy=remedy) from error
