"""`khabar serve`."""

import click

from khabar.errors import KhabarError
from khabar.serve.limits import Limits

_DEFAULT = Limits()
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@click.command(short_help="A local web page and a JSON API.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any that is free.")
@click.option("--model", help="A model folder, or the name of a shipped model.")
@click.option("--config", type=click.Path(), help="A pipeline configuration; configs/pipeline.yaml shows the form.")
@click.option("--min-score", type=click.FloatRange(0, 1), help="Leave out mentions and relations below this score.")
@click.option("--max-bytes", type=click.IntRange(1), default=_DEFAULT.body, show_default=True, help="Of a request.")
@click.option(
    "--max-characters", type=click.IntRange(1), default=_DEFAULT.characters, show_default=True, help="Of a text."
)
@click.option(
    "--timeout", type=click.FloatRange(0.1), default=_DEFAULT.seconds, show_default=True, help="Seconds for a request."
)
@click.option(
    "--queue", type=click.IntRange(0), default=_DEFAULT.waiting, show_default=True, help="Texts that may wait."
)
def serve(
    host: str,
    port: int,
    model: str | None,
    config: str | None,
    min_score: float | None,
    max_bytes: int,
    max_characters: int,
    timeout: float,
    queue: int,
) -> None:
    """Serve a page to paste a text or drop a file into, and the same as a JSON API, on this machine alone.

    Texts are read one after the other; when --queue of them wait, the next is answered 503 with Retry-After. The API is
    described at /openapi.json, /health says that it runs, /metrics has counts for Prometheus. There is no password:
    whoever reaches the address can use it. Ctrl-C finishes the text that is read, and ends.

    \b
    Examples:
      khabar serve
      khabar serve --port 8080 --max-characters 50000
      curl -s localhost:8000/api/annotate -H 'Content-Type: application/json' \\
        -d '{"text": "وزیر نیرو دیروز در تهران سخن گفت.", "published": "2025-11-01"}'
    """
    try:
        import uvicorn  # noqa: PLC0415  --help must not load an engine

        from khabar.serve.app import create_app  # noqa: PLC0415  as above
    except ModuleNotFoundError as error:
        raise KhabarError(
            f"khabar serve needs {error.name}, which is not installed", remedy="pip install 'khabar[serve]'"
        ) from error
    import khabar  # noqa: PLC0415  as above

    app = create_app(khabar.load(model, config, min_score), Limits(max_bytes, max_characters, timeout, queue))
    if host not in _LOOPBACK:
        click.echo(f"khabar: {host} may be reached from other machines, and there is no password", err=True)
    uvicorn.run(
        app, host=host, port=port, access_log=False, server_header=False, timeout_graceful_shutdown=int(timeout) + 5
    )
