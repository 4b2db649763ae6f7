"""Clean text to the article's sentences and their tokens."""

from khabar.segment.sentences import Segmenter, Sentence

__all__ = ["Segmenter", "Sentence"]
