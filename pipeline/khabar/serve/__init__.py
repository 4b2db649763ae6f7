"""The pipeline behind a local web page and a JSON API; needs `khabar[serve]`."""
