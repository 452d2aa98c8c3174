"""The operator: how long from a page to the start of the undo."""

from __future__ import annotations

import math
from typing import NamedTuple

from sim.engine.clock import US, us
from sim.engine.streams import Streams
from sim.scenario import Scenario


class Response(NamedTuple):
    """Instants (microseconds) of one page's story."""

    acknowledged: int
    decided: int


def respond(scenario: Scenario, streams: Streams, paged: int) -> Response:
    """When the operator acknowledges and decides, paged at this instant.

    Outside office hours the page waits until somebody comes in. The same operator is equally sleepy under every
    policy: the delays are drawn by page, not by time.
    """
    people = scenario.people
    waking, thinking = streams["people"].standard_normal(2).tolist()
    opens = people.hours.opens_in(scenario.start + paged / US) if people.hours else 0.0
    acknowledge = people.acknowledge.median * math.exp(people.acknowledge.sigma * waking)
    decide = people.decide.median * math.exp(people.decide.sigma * thinking)
    acknowledged = paged + us(opens + acknowledge)
    return Response(acknowledged, acknowledged + us(decide))
