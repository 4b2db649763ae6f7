"""Runs over many articles."""

from khabar.batch.output import Target, parse_target
from khabar.batch.run import annotate, annotate_folder
from khabar.batch.work import Settings, Summary

__all__ = ["Settings", "Summary", "Target", "annotate", "annotate_folder", "parse_target"]
