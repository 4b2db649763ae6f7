"""The harness: scorers, significance, reports."""
