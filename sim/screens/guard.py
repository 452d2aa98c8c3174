"""A sentence and a way on, where Streamlit would show a traceback."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from sim.intake.problems import InputError
from sim.model.plan import Impossible
from sim.screens.asked import Unanswered
from sim.screens.plainly import plain
from sim.study.crew import Died, TooLong

__all__ = ["guarded", "plain", "sorry"]

HOME = "[Start again with the web fleet](/)"


@contextmanager
def guarded() -> Iterator[None]:
    """Run a page's body; what goes wrong in it is said, and the log keeps the rest."""
    try:
        yield
    except (InputError, Impossible, Unanswered, ValueError) as error:
        sorry(f"This cannot be shown: {plain(str(error))}")
    except (TooLong, Died, MemoryError) as error:
        sorry(f"This is too much for the app: {plain(str(error))}. The command line has all the time that you have.")
    except Exception as error:  # a visitor never meets a traceback
        logging.getLogger(__name__).exception("A page failed")
        sorry(f"Something went wrong here ({type(error).__name__}). That is our mistake, not yours.")


def sorry(text: str) -> None:
    """Say it, and offer a way on."""
    st.error(text, icon=":material/sentiment_dissatisfied:")
    st.markdown(HOME)
