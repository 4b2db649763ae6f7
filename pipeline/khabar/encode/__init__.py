"""Sentences to batches of subword windows."""
