"""Clean text to the article's sentences and their tokens."""
