"""From HTTP to a search and back: the page for people, the endpoint for programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path

from flask import Flask
from werkzeug.routing import BaseConverter

from web import api, errors, pages
from web.incoming import IncomingRequest
from web.interface import load_interfaces
from web.library import Library
from web.markup import isolated, marked, site_of, web_address
from web.reasons import reasons
from web.security import WithSecurityHeaders

__all__ = ["Config", "create_app"]


@dataclass(frozen=True, slots=True)
class Config:
    """What an application is made with."""

    index: str | Path = "kiosk-index"
    """The folder of the index."""


class _ArticleId(BaseConverter):
    """The whole rest of a path, whatever stands in it: slashes at both ends, too."""

    regex = r"[\s\S]+"
    part_isolating = False


def create_app(config: Config) -> Flask:
    """The application over one index, which is opened at the first request that needs it."""
    app = Flask("web")
    app.request_class = IncomingRequest
    library = Library(config.index)
    app.extensions["kiosk_library"] = library
    app.extensions["kiosk_interfaces"] = load_interfaces()
    app.url_map.merge_slashes = False  # an id may hold several in a row
    app.url_map.strict_slashes = False  # never a redirect, which would name the host that the client claims
    app.url_map.converters["article_id"] = _ArticleId
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # of Flask's own provider
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.compact = True  # type: ignore[attr-defined]
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = timedelta(days=365)  # addresses of files carry a digest
    _prepare_templates(app)
    errors.install(app)
    app.register_blueprint(pages.blueprint(library))
    app.register_blueprint(api.blueprint(library))
    app.wsgi_app = WithSecurityHeaders(app.wsgi_app)  # type: ignore[method-assign]  # as Flask's manual does
    return app


def _prepare_templates(app: Flask) -> None:
    env = app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_callables(  # type: ignore[attr-defined]  # of the extension
        lambda message: pages.interface().gettext(message),
        lambda one, many, count: pages.interface().ngettext(one, many, count),
        newstyle=True,
    )
    env.filters.update(marked=marked, web_address=web_address, site=site_of)
    env.globals.update(interfaces=pages.interfaces, isolated=isolated, reasons=reasons)
    static = Path(app.static_folder or "")
    digests = {path.name: blake2b(path.read_bytes(), digest_size=6).hexdigest() for path in static.iterdir()}
    env.globals["asset"] = lambda name: f"/static/{name}?v={digests[name]}"
