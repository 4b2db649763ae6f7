"""Files, folders, archives and standard input to articles."""

from khabar.sources.files import Source, find
from khabar.sources.items import Notice, Rejected
from khabar.sources.read import read

__all__ = ["Notice", "Rejected", "Source", "find", "read"]
