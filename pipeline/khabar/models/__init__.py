"""Model folders and what runs them."""

from pathlib import Path

from khabar.errors import ModelError
from khabar.models.folder import HEADS, TAGGER, ModelConfig
from khabar.models.runner import Runner


def load_runner(folder: Path, config: ModelConfig, threads: int) -> Runner:
    """Return what runs a model folder: onnxruntime for an exported one, torch for one that was only trained.

    Raises:
        ModelError: the folder holds no weights, or what they need is not installed.
    """
    # imported here: neither engine is needed until a model is
    if (folder / TAGGER).exists():
        from khabar.models.onnx import OnnxRunner  # noqa: PLC0415

        return OnnxRunner(folder, config, threads)
    if (folder / HEADS).exists():
        try:
            from khabar.models.torch import TorchRunner, load_joint  # noqa: PLC0415
        except ImportError as error:
            raise ModelError(f"needs {error.name}", path=folder, remedy='pip install "khabar[torch]"') from error
        return TorchRunner(load_joint(folder, config), config)
    raise ModelError(f"holds neither {TAGGER} nor {HEADS}", path=folder, remedy="export or train the model again")
