"""HTML pages that stand alone and print well: reports and worksheets. Nothing in them comes from elsewhere.

Text of others is Markdown without raw HTML, so that a hostile lesson or name can show itself and do nothing.
"""

from __future__ import annotations

import base64
import json
from html import escape
from typing import Any

LOOK = """
:root { color-scheme: light; }
body { font: 11pt/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 46rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.7em; line-height: 1.2; margin: 0 0 .4em; } h2 { font-size: 1.2em; margin: 1.6em 0 .4em; }
table { border-collapse: collapse; margin: 1em 0; font-size: .95em; } th, td { padding: .3em .7em; text-align: left;
  border-bottom: 1px solid #ccc; vertical-align: top; } th { border-bottom: 2px solid #888; }
img { max-width: 100%; height: auto; } code, pre { font: .9em ui-monospace, monospace; }
pre { background: #f2f4f7; padding: .7em; overflow-x: auto; white-space: pre-wrap; }
blockquote { margin: 1em 0; padding: .2em 1em; border-left: 4px solid #1f5fa8; background: #f2f4f7; }
.origin { margin-top: 2.5em; font-size: .8em; color: #555; border-top: 1px solid #ccc; }
.line { border-bottom: 1px solid #777; height: 2.1em; } .short { display: inline-block; width: 12em; }
.choice { list-style: none; padding: 0; } .choice li::before { content: "\\2610\\00a0\\00a0"; font-size: 1.2em; }
.question { border: 1px solid #888; border-radius: 6px; padding: .6em 1em; margin: 1em 0; break-inside: avoid; }
.answers { break-before: page; border-top: 3px double #888; margin-top: 3em; padding-top: 1em; }
@media print { body { margin: 0; max-width: none; font-size: 10.5pt; } h2 { break-after: avoid; }
  .screen { display: none; } @page { margin: 18mm; } }
"""


def html(markdown: str) -> str:
    """Markdown with tables -> HTML; raw HTML in it is shown as text, links to scripts are not made."""
    from markdown_it import MarkdownIt

    made: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    return made


def inline(markdown: str) -> str:
    """One paragraph of Markdown -> HTML without the paragraph's own tags."""
    from markdown_it import MarkdownIt

    made: str = MarkdownIt("commonmark", {"html": False}).renderInline(markdown)
    return made


def page(title: str, body: str) -> str:
    """A whole HTML page around a body. title is text, body is HTML."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{LOOK}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def picture(svg: bytes, alt: str) -> str:
    """A picture inside the page itself."""
    data = base64.b64encode(svg).decode()
    return f'<p><img alt="{escape(alt, quote=True)}" src="data:image/svg+xml;base64,{data}"></p>'


def origin(where: dict[str, Any]) -> str:
    """Where the numbers come from, at the foot."""
    return (
        '<div class="origin"><h2>Where this comes from</h2>'
        f"<p>To make it again:</p><pre>{escape(str(where['command']))}</pre>"
        f"<pre>{escape(json.dumps({k: v for k, v in where.items() if k != 'command'}, indent=1))}</pre></div>"
    )
