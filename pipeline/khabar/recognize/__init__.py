"""Tag scores to mentions."""
