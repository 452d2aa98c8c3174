"""Where YAML stops making sense: the parser's remark -> a sentence for people."""

from __future__ import annotations

import re
from typing import Any

from sim.intake.problems import shown

# Looked for in "context problem", the first that is found.
_REMARKS = (
    (r"found character '\\t'", "a tab: YAML is indented with spaces"),
    (r"found character '(.)'", "a text that begins with {0} needs quotes"),
    (r"mapping (values|keys) are not allowed", "a ':' where none can be: look at the indentation, or quote the text"),
    (r"sequence entries are not allowed", "a '- ' where none can be: look at the indentation"),
    (r"could not find expected ':'", "a key without ':'"),
    (r"expected <block end>", "the indentation does not fit the lines above"),
    (r"expected ',' or '}'", "a '{{' that is not closed, or a missing comma"),
    (r"expected ',' or '\]'", "a '[' that is not closed, or a missing comma"),
    (r"node content, but found '<stream end>'", "the text ends where a value should stand: is a bracket not closed?"),
    (r"expected the node content", "a value is missing here, or a comma is too many"),
    (r"unexpected end of stream", "a quote that is not closed"),
    (r"unknown escape character '(.)'", "\\{0} means nothing in double quotes: use single ones"),
    (r"escape sequence", "a \\ in double quotes that means nothing: use single ones"),
    (r"scanning an? (alias|anchor)", "a text that begins with & or * needs quotes"),
    (r"block scalar", "after | or > the text begins on the next line"),
    (r"document (separator|start|end)", "a second document: one scenario a file"),
    (r"(tag|URI|directive)", "tags (!) and directives (%) are not allowed"),
)


def syntax(error: Any) -> str:
    """What a marked error of ruamel.yaml means, with the line where it began if that is another one."""
    said = f"{error.context or ''} {error.problem or ''}"
    for pattern, message in _REMARKS:
        found = re.search(pattern, said)
        if found:
            start, end = error.context_mark, error.problem_mark
            opened = start is not None and end is not None and start.line != end.line
            return message.format(*found.groups()) + (f" (it began in line {start.line + 1})" if opened else "")
    return f"not YAML: {shown(error.problem or error.context or error)}"


def code_of(character: Any) -> int:
    """The number of a character that YAML does not allow; ruamel.yaml gives either."""
    return character if isinstance(character, int) else ord(character)
