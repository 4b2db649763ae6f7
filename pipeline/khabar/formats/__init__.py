"""Writers, and readers of gold: a file a format."""
