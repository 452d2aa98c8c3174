"""Sentences of a story on hand-made timelines: what wavers is told once, and who undid it is named."""

from __future__ import annotations

import pytest

from sim.cli.story.end import undone_by
from sim.cli.story.fold import facts
from sim.cli.story.teller import Teller
from sim.intake import scenario_file
from sim.model.timeline import Event, Timeline

STAGE = "the rest"


def judged(t_s: float, verdict: str) -> Event:
    return Event(t_s, "judged", {"verdict": verdict, "requests": 1000, "failed": 20, "slow": 0})


def told(*events: Event, scrapes: list[tuple[float, ...]] | None = None) -> list[str]:
    scenario = scenario_file.read("web_fleet")
    teller = Teller.of(scenario, scenario.plan("canary"), Timeline(scrapes=scrapes or []))
    return [fact.text for fact in facts([Event(0.0, "stage_started", {"stage": STAGE}), *events], teller)][1:]


def wavering(times: int, first: float = 10.0) -> list[Event]:
    return [judged(first + 30.0 * n, ("hold", "promote")[n % 2]) for n in range(times)]


def test_a_judge_to_and_fro_is_one_line_and_what_it_settles_on_another() -> None:
    scrapes = [(t, 1000.0, failed, 0.0, *[0.0] * 6) for t, failed in ((5.0, 99.0), (70.0, 31.0), (200.0, 20.0))]
    assert told(*wavering(8), scrapes=scrapes) == [
        "The judge goes between hold and promote 7 times until 10:03:40; at most 3.1% failed in a scrape.",
        "Nothing beyond the judge's limit: 20 of 1,000 requests failed (2%) in the last scrape.",
    ]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_verdicts_are_told_one_by_one(count: int) -> None:
    assert len(told(*wavering(count))) == count


def test_a_roll_back_and_the_hold_before_it_are_lines_of_their_own() -> None:
    *first, hold, back = told(*wavering(9), judged(270.0, "roll_back"))
    assert (len(first), hold[:19], back[:24]) == (1, "The judge says hold", "The judge says roll back")


def test_a_verdict_that_lasts_is_a_line_of_its_own() -> None:
    hour = 3600.0
    texts = told(*wavering(5), *wavering(6, first=hour))
    assert [text.startswith("The judge goes between") for text in texts] == [True, False, True, False]


def test_batches_are_told_together_around_a_wavering_judge() -> None:
    batches = [Event(20.0 + 60 * n, "installed", {"first": 5 + 5 * n, "last": 10 + 5 * n}) for n in range(10)]
    texts = told(*wavering(20), *batches)
    assert sum("Batches" in text for text in texts) == 1


ALARM = Event(100.0, "alarm", {"by": "reports", "true": True})


@pytest.mark.parametrize(
    ("events", "by"),
    [
        ([ALARM, judged(130.0, "roll_back"), Event(130.0, "undo_started", {})], "gate"),
        ([ALARM, Event(500.0, "decided", {"after_s": 400.0}), Event(500.0, "undo_started", {})], "reports"),
        ([ALARM, judged(130.0, "hold"), Event(500.0, "undo_started", {})], "reports"),
        ([ALARM], "reports"),
    ],
)
def test_who_undid_it_may_be_another_than_who_noticed(events: list[Event], by: str) -> None:
    assert undone_by(Timeline(events=events), "reports") == by
