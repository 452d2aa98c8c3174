"""Scenarios in links: they come back letter for letter, and whatever else a link holds is refused with a sentence."""

from __future__ import annotations

import base64
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.intake.library import names
from sim.intake.link import LARGEST, LONGEST_CODE, packed, unpacked
from sim.intake.problems import InputError
from sim.intake.source import text_of


@pytest.mark.parametrize("path", names().values(), ids=names())
def test_every_scenario_of_the_library_fits_into_a_link(path) -> None:  # type: ignore[no-untyped-def]
    text = text_of(path)
    assert unpacked(packed(text)) == text
    assert set(packed(text)) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_text_comes_back(text: str) -> None:
    assert unpacked(packed(text)) == text


@given(st.text(max_size=60))
def test_no_link_does_more_than_be_refused(code: str) -> None:
    said = ""
    try:
        unpacked(code)
    except InputError as error:
        said = str(error)
    assert not said or said.startswith("the link: ")


def test_a_link_that_was_cut_off_says_so() -> None:
    code = packed("name: Shop\n" + "about: a longer text, so that something is missing at its end\n")
    with pytest.raises(InputError, match="cut off when it was copied"):
        unpacked(code[:-8])


def test_a_text_too_long_for_a_link_is_refused_with_a_way_on() -> None:
    noise = random.Random(1).randbytes(9_000).hex()
    with pytest.raises(InputError, match=r"at most 7,000 work everywhere: send the YAML file instead"):
        packed(noise)
    with pytest.raises(InputError, match="send the YAML file"):
        packed("x" * (LARGEST + 1))


def test_a_link_cannot_blow_up() -> None:
    squeezer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    bomb = squeezer.compress(b"\0" * 2_000_000) + squeezer.flush()
    code = "1" + base64.urlsafe_b64encode(bomb).decode().rstrip("=")
    assert len(code) < LONGEST_CODE
    with pytest.raises(InputError, match="more than 100 kB of text"):
        unpacked(code)
