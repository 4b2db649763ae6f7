"""Where the shipped `models/` and `configs/` lie: inside an installed wheel, or at the root of a checkout."""

from pathlib import Path

from khabar.errors import KhabarError

_ROOTS = (Path(__file__).parent / "_resources", Path(__file__).parents[2])


def resource(name: str) -> Path:
    """Return the path of a shipped file or folder, such as `configs/schema.yaml`.

    Raises:
        KhabarError: the installation lacks it.
    """
    for root in _ROOTS:
        if (root / name).exists():
            return root / name
    raise KhabarError(
        f"{name} is not part of this installation", remedy="install khabar again, or work from a checkout"
    )
