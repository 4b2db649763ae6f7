"""What the server counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

__all__ = ["CONTENT_TYPE_LATEST", "Metrics"]
_BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Counts of one server, apart from any other in the same process."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self.answers = Counter("khabar_http_answers", "Requests answered.", ["path", "status"], registry=registry)
        self.seconds = Histogram("khabar_read_seconds", "Time to read a text.", buckets=_BUCKETS, registry=registry)
        self.characters = Counter("khabar_read_characters", "Characters of the texts read.", registry=registry)
        self.held = Gauge("khabar_texts_held", "Texts that are read or wait.", registry=registry)

    def text(self) -> bytes:
        """Return all counts in Prometheus' text form."""
        return generate_latest(self._registry)
