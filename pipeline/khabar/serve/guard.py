"""What every request passes: the limits of its body, and the headers of its answer."""

import asyncio
import time
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from khabar.serve.limits import Limits
from khabar.serve.metrics import Metrics

# a page sets a policy of its own, which allows its styles
POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Guard:
    """Middleware: refuses a body that is too long or too slow, before it is held in memory, and sets headers."""

    def __init__(self, app: ASGIApp, limits: Limits, metrics: Metrics, paths: Iterable[str]) -> None:
        self._app, self._limits, self._metrics = app, limits, metrics
        self._paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # any other path counts as one, so that a scanner cannot fill the counts with names
        path = scope["path"] if scope["path"] in self._paths else "other"

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                self._metrics.answers.labels(path, message["status"]).inc()
            await send(message)

        await self._app(scope, _Body(scope, receive, self._limits).receive, answer)


class _Body:
    """The body of one request as it comes in."""

    def __init__(self, scope: Scope, receive: Receive, limits: Limits) -> None:
        declared = Headers(scope=scope).get("content-length", "0")
        # a broken length is the server's to refuse; what arrives is counted all the same
        self._declared = int(declared) if declared.isdecimal() else 0
        self._receive, self._limits = receive, limits
        self._deadline = time.monotonic() + limits.seconds
        self._size, self._complete = 0, False

    async def receive(self) -> Message:
        if self._complete:
            return await self._receive()
        self._check(self._declared)
        try:
            async with asyncio.timeout(max(0.0, self._deadline - time.monotonic())):
                message = await self._receive()
        except TimeoutError as error:
            raise HTTPException(408, f"the request did not arrive within {self._limits.seconds:g} seconds") from error
        self._size += len(message.get("body", b""))
        self._check(self._size)
        self._complete = not message.get("more_body", False)
        return message

    def _check(self, size: int) -> None:
        if size > self._limits.body:
            raise HTTPException(413, f"the request is longer than {self._limits.body} bytes, the most that is read")
