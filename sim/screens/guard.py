"""A sentence and a way on, where Streamlit would show a traceback."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from sim.intake.problems import InputError
from sim.model.plan import Impossible

HOME = "[Start again with the web fleet](/)"


@contextmanager
def guarded() -> Iterator[None]:
    """Run a page's body; what goes wrong in it is said, and the log keeps the rest."""
    try:
        yield
    except (InputError, Impossible, ValueError) as error:
        sorry(f"This cannot be shown: {plain(str(error))}")
    except Exception as error:  # a visitor never meets a traceback
        logging.getLogger(__name__).exception("A page failed")
        sorry(f"Something went wrong here ({type(error).__name__}). That is our mistake, not yours.")


def sorry(text: str) -> None:
    """Say it, and offer a way on."""
    st.error(text, icon=":material/sentiment_dissatisfied:")
    st.markdown(HOME)


def plain(text: str) -> str:
    """Text of others as Markdown that shows it letter for letter.

    >>> plain("<b>*x*</b>")
    '\\\\<b\\\\>\\\\*x\\\\*\\\\</b\\\\>'
    """
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]()<>#+!|$~:" else letter for letter in text)
