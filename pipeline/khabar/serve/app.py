"""The routes: a page for people, an API for programs, health and counts for whoever looks after them."""

import contextlib
import datetime
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

import khabar
from khabar.document import Article, Document
from khabar.pipeline import Pipeline
from khabar.resources import resource
from khabar.serve.guard import Guard
from khabar.serve.limits import Limits
from khabar.serve.metrics import CONTENT_TYPE_LATEST, Metrics
from khabar.serve.page import page, policy
from khabar.serve.service import Service
from khabar.serve.upload import Form

_REFERENCE = "#/components/schemas/"
_PATHS = ("/", "/api/annotate", "/health", "/metrics", "/openapi.json")


class Text(BaseModel):
    """An article to read."""

    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, Field(min_length=1, description="The article, at least one character that is no space.")]
    published: Annotated[
        datetime.date | None, Field(description="The day it was published; resolves dates such as «yesterday».")
    ] = None
    id: Annotated[str | None, Field(min_length=1, max_length=200, description="Its name; 1 if left out.")] = None

    def article(self) -> Article:
        """Return it as the pipeline takes it."""
        meta = {} if self.published is None else {"published": self.published.isoformat()}
        return Article(self.text, self.id, meta)


class Problem(BaseModel):
    """Why a request was not served."""

    error: str


class Health(BaseModel):
    """That the server runs, and which version."""

    status: str
    version: str


def create_app(pipeline: Pipeline, limits: Limits) -> FastAPI:
    """Return the ASGI application around a loaded pipeline."""
    metrics = Metrics()
    service = Service(pipeline, limits, metrics)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        service.close()

    # the interactive documentation would load scripts from elsewhere
    app = FastAPI(
        title="Khabar",
        version=khabar.__version__,
        description="Persian news to names, meetings, events, figures and their relations.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.add_middleware(Guard, limits=limits, metrics=metrics, paths=_PATHS)
    _add_api(app, service, metrics)
    _add_page(app, service)
    _add_errors(app)
    _describe(app)
    return app


def _add_api(app: FastAPI, service: Service, metrics: Metrics) -> None:
    problems: dict[int | str, dict[str, Any]] = {
        408: {"model": Problem, "description": "The request came too slowly."},
        413: {"model": Problem, "description": "The text is too long."},
        422: {"model": Problem, "description": "The request is no text to read."},
        503: {"model": Problem, "description": "Too many texts wait; Retry-After says how many seconds."},
        504: {"model": Problem, "description": "Time was up."},
    }
    document = {"application/json": {"schema": {"$ref": f"{_REFERENCE}Document"}}}

    @app.post(
        "/api/annotate",
        response_class=Response,
        responses={200: {"content": document, "description": "The document."}, **problems},
    )
    async def annotate(text: Text) -> Response:
        """Read one text: mentions with offsets into it, relations, clusters and records."""
        return Response(await service.read(text.article, _dump), media_type="application/json")

    @app.get("/health")
    async def health() -> Health:
        """Say that the server runs."""
        return Health(status="ok", version=khabar.__version__)

    @app.get("/metrics", response_class=Response)
    async def counts() -> Response:
        """Return counts in Prometheus' text form."""
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)


def _add_page(app: FastAPI, service: Service) -> None:
    most = service.limits.characters

    @app.get("/", include_in_schema=False)
    async def empty() -> Response:
        return _html(page(Form(), most))

    @app.post("/", include_in_schema=False)
    async def filled(request: Request) -> Response:
        form = Form()
        try:
            form = await _form(request, service.limits.body)
            if form.as_json:
                return Response(await service.read(form.article, _dump), media_type="application/json")
            return _html(await service.read(form.article, lambda found: page(form, most, found)))
        except HTTPException as refusal:
            if form.as_json:
                raise
            return _html(page(form, most, refusal=refusal), refusal)


async def _form(request: Request, most: int) -> Form:
    async with request.form(max_files=1, max_fields=4, max_part_size=most) as fields:
        # a browser sends every line end of a text field as CR LF, whatever was typed
        text = str(fields.get("text", "")).replace("\r\n", "\n")
        name, data, file = "", b"", fields.get("file")
        if isinstance(file, UploadFile) and file.filename:
            name, data = file.filename[:200], await file.read()
        return Form(text, name, data, str(fields.get("published", "")), fields.get("as") == "json")


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        return JSONResponse({"error": error.detail}, error.status_code, error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part != "body")
        said = f"{where}: {first['msg']}" if first["type"] != "json_invalid" else f"no JSON: {first['ctx']['error']}"
        expected = 'expected a JSON object such as {"text": "...", "published": "2025-11-01", "id": "1"}'
        return JSONResponse({"error": f"{said.removeprefix(': ')}; {expected}"}, 422)


def _describe(app: FastAPI) -> None:
    """Let the API's description hold the schema of a document, whose definitions become components."""
    made = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            text = resource("configs/document.schema.json").read_text(encoding="utf-8")
            schema = json.loads(text.replace("#/$defs/", _REFERENCE))
            schema.pop("$schema", None)
            parts = schema.pop("$defs", {})
            made()["components"]["schemas"].update(parts, Document=schema)
        return made()

    app.openapi = described  # type: ignore[method-assign]


def _dump(document: Document) -> str:
    return json.dumps(document.to_dict(), ensure_ascii=False)


def _html(text: str, refusal: HTTPException | None = None) -> Response:
    headers = {**((refusal and refusal.headers) or {}), "content-security-policy": policy(text)}
    return HTMLResponse(text, refusal.status_code if refusal else 200, headers)
