"""Sizes of a fault: `1%` of the requests to the new version fail, or it takes `1.5x` as long for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sim.catalogue import ARCHETYPES
from sim.intake.problems import InputError
from sim.model.change import Fault
from sim.study.axes import RANGE, Range
from sim.study.bench import Bad
from sim.units import multiple, say_share, share

USUAL: dict[Bad, tuple[str, ...]] = {
    "failed": ("0.1%", "0.2%", "0.3%", "0.5%", "1%", "2%", "3%", "5%", "10%", "20%", "30%", "50%"),
    "slow": ("1.1x", "1.2x", "1.3x", "1.4x", "1.5x", "1.6x", "1.8x", "2x", "2.5x", "3x", "4x", "5x"),
}
FORM = "a list like 0.5%,1%,2%, or a range like 0.1%..10% or 0.1%..10%:log:12"
STEPS = ":log:12"


class NoEffect(ValueError):
    """Not the size of a fault; the message says what is."""


@dataclass(frozen=True, order=True)
class Effect:
    """size: a share of requests that fail, or with `of` slow a factor on the service time."""

    size: float
    of: Bad = "failed"

    def __str__(self) -> str:
        return say_share(self.size) if self.of == "failed" else f"{self.size:g}x"

    def fault(self) -> Fault:
        """The plain fault of this size: on every server with the new version, from its first request on."""
        if self.of == "failed":
            return replace(ARCHETYPES["errors"](), errors=self.size)
        return replace(ARCHETYPES["slow"](), slow=self.size)


def effect(text: str) -> Effect:
    """Read '1%' or '1.5x'. Raises NoEffect for 0, more than 100%, 1x, and what is no number.

    >>> effect("1%"), str(effect("1.5x"))
    (Effect(size=0.01, of='failed'), '1.5x')
    """
    said = text.strip()
    if said.endswith("x"):
        try:
            size = multiple(float(said[:-1]))
        except ValueError:
            raise NoEffect(f"{text!r}: a slower service takes from 1.01x to 1000000x as long, like 1.5x") from None
        if size == 1:
            raise NoEffect(f"{text!r}: as long as before is no fault: give a factor above 1x, like 1.5x")
        return Effect(size, "slow")
    try:
        # A bare number as a number: only then does the refusal guess what was meant.
        size = share(float(said) if said.replace(".", "", 1).isdecimal() else said)
    except ValueError as why:
        raise NoEffect(f"{text!r}: {why}; a slower service is written 1.5x") from None
    if size == 0:
        raise NoEffect(f"{text!r}: must be above 0%: without an effect there is nothing to see")
    return Effect(size)


def effects(texts: Sequence[str]) -> list[Effect]:
    """A list or a range, as `--effects` says it, smallest first. Raises NoEffect.

    >>> [str(one) for one in effects(["0.1%..10%:log:3", "50%"])]
    ['0.1%', '1%', '10%', '50%']
    """
    words = [word for text in texts for word in text.split(",")]
    found = [one for word in words for one in (_range(word) if ".." in word else [effect(word)])]
    if len({one.of for one in found}) > 1:
        raise NoEffect("shares (1%) and factors (1.5x) are two kinds of fault: ask about one of them at a time")
    return sorted(set(found))


def _range(text: str) -> list[Effect]:
    said = text.strip() if ":" in text else text.strip() + STEPS
    slow = "x" in said
    match = RANGE.fullmatch(said.replace("x", ""))
    if not match:
        raise NoEffect(f"{text!r}: {FORM}")
    low, high, step, many = (part and part.strip() for part in match.group("low", "high", "step", "many"))
    try:
        values = Range(low, high, step or "", many, slow).values(text)
    except InputError as error:
        raise NoEffect(f"{text!r}: " + error.problems[0].message) from None
    return [effect(value + "x" * slow) for value in values]
