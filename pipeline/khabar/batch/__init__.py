"""Runs over many articles."""

from khabar.batch.output import Output, open_output
from khabar.batch.run import Summary, annotate

__all__ = ["Output", "Summary", "annotate", "open_output"]
