"""Packages that only a notebook needs."""

import importlib
from typing import Any

from khabar.errors import KhabarError


def need(package: str) -> Any:
    """Import a package of the extra `notebook` and return it.

    Raises:
        KhabarError: it is not installed.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise KhabarError(
            f"this needs {package.split('.', maxsplit=1)[0]}, which is not installed",
            remedy="pip install 'khabar[notebook]'",
        ) from error
