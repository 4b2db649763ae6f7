"""Documents as one self-contained page."""

from khabar.document import Document
from khabar.show.html import article, foot, head


class HtmlPage:
    """One page that needs no network: the articles one below the other."""

    def __init__(self) -> None:
        self._count = 0

    def start(self) -> str:
        """Return the page's head."""
        return head("خبر")

    def document(self, document: Document) -> str:
        """Return the document's article."""
        self._count += 1
        return article(document, prefix=f"d{self._count}-")

    def end(self) -> str:
        """Return the page's foot."""
        return foot()
