"""What happens whatever the rollout does: daily windows, traffic profiles, office hours."""

import pytest

from sim.engine.clock import NEVER, US
from sim.engine.fleet_state import window_us
from sim.engine.flows import Shape
from sim.engine.people import respond
from sim.engine.prepared import Prepared
from sim.engine.streams import Streams
from sim.intake.scenario_file import find, parse
from sim.model.terms import ClockWindow
from sim.units import DAY, HOUR, MINUTE


def test_a_daily_window_opens_every_day_and_over_midnight() -> None:
    evening = window_us(ClockWindow(18 * HOUR, 22 * HOUR), 10 * HOUR, round(2 * DAY * US))
    assert evening == [(round((8 + 24 * day) * HOUR * US), round((12 + 24 * day) * HOUR * US)) for day in (0, 1)]
    night = ClockWindow(23 * HOUR, 1 * HOUR)
    assert window_us(night, 0.0, round(DAY * US))[0] == (-round(HOUR * US), round(HOUR * US))


def test_a_window_without_an_end_never_closes() -> None:
    assert window_us(ClockWindow(12 * HOUR), 10 * HOUR, round(DAY * US)) == [(round(2 * HOUR * US), NEVER)]


def test_outside_office_hours_a_page_waits_for_the_morning() -> None:
    people = "people={acknowledge: 5m, decide: 10m, hours: 09:00-17:00}"
    text = find("web_fleet").read_text()
    late = parse(text, set=(people, "start=Fri 16:00"))
    with Streams(1, 0) as streams:
        by_day, by_night = respond(late, streams, 0), respond(late, streams, round(2 * HOUR * US))
    assert by_day.decided == round(15 * MINUTE * US)
    monday = 3 * DAY - 16 * HOUR + 9 * HOUR  # from Friday 16:00 to Monday 09:00
    assert by_night.acknowledged == round((monday + 5 * MINUTE) * US)


def test_the_operator_is_as_sleepy_under_every_page_time() -> None:
    scenario = parse(find("web_fleet").read_text())
    with Streams(1, 3) as streams:
        early = respond(scenario, streams, 0)
    with Streams(1, 3) as streams:
        late = respond(scenario, streams, 10**9)
    assert late.decided - 10**9 == early.decided


@pytest.mark.parametrize(("now_h", "factor"), [(0, 1.0), (7.9, 1.0), (8.1, 0.5), (15, 0.4), (23, 1.0)])
def test_traffic_follows_its_profile(now_h: float, factor: float) -> None:
    profile = 'service.traffic.profile={"00:00": 40%, "08:00": 100%, "18:00": 50%}'
    scenario = parse(find("web_fleet").read_text(), set=(profile, "horizon=24h"))
    prepared = Prepared(scenario.plan("direct"), scenario, Shape)
    assert prepared.traffic_at(round(now_h * HOUR * US)) == pytest.approx(5000 * factor)
    whole = prepared.requests_between(0, round(DAY * US))
    # From 10:00: eight hours in full, six by half, eight at night, and two of the next morning.
    assert whole == pytest.approx(5000 * HOUR * (8 * 1.0 + 6 * 0.5 + 8 * 0.4 + 2 * 1.0))
