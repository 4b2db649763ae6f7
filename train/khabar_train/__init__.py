"""Training runs of Khabar."""
