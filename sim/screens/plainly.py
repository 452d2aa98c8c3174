"""Text of others, shown letter for letter."""

from __future__ import annotations


def plain(text: str) -> str:
    """Text of others as Markdown that shows it letter for letter.

    >>> plain("<b>*x*</b>")
    '\\\\<b\\\\>\\\\*x\\\\*\\\\</b\\\\>'
    """
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]()<>#+!|$~:" else letter for letter in text)
