"""Pairs of mentions to relations."""
