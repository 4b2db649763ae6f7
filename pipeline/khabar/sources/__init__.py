"""Files, folders and standard input to articles."""

from khabar.sources.items import Notice, Rejected
from khabar.sources.read import SUFFIXES, read

__all__ = ["SUFFIXES", "Notice", "Rejected", "read"]
