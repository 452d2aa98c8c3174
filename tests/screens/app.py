"""The app as a visitor meets it, without a browser."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]


def opened(page: str = "watch", **link: str) -> AppTest:
    """A page after its first run, as a link opens it."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in link.items():
        app.query_params[name] = value
    if page != "watch":
        app.switch_page(f"sim/screens/{page}.py")
    return app.run()


def text(app: AppTest) -> str:
    """All prose of the page."""
    return "\n".join(part.value for part in (*app.markdown, *app.caption))
