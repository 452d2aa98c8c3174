"""What the app will not take on, said in sentences: the server is shared, and the command line has no such bounds."""

from __future__ import annotations

from sim.intake.checked import told
from sim.intake.lint import lint
from sim.intake.problems import InputError, Problem
from sim.model.plan import Impossible
from sim.scenario import Scenario

MOST_POLICIES = 24
MOST_FAULTS = 100
MOST_ALERTS = 20
MOST_DRAWN = 20_000
"""Servers that the moving picture shows, a cell each."""
ELSEWHERE = "the command line takes any number"


def too_much(scenario: Scenario) -> list[Problem]:
    """What there is too much of for a server that many visitors share."""
    counts = (
        ("policies", len(scenario.policies), MOST_POLICIES),
        ("change", len(scenario.change.faults) + len(scenario.change.one_of), MOST_FAULTS),
        ("watch.alerts", len(scenario.watch.alerts), MOST_ALERTS),
    )
    return [
        Problem(file="the app", field=field, message=f"has {many:,}, the app takes at most {most}; {ELSEWHERE}")
        for field, many, most in counts if many > most
    ]


def bounded(scenario: Scenario) -> Scenario:
    """The scenario, if it is not too much. Raises InputError."""
    if problems := too_much(scenario):
        raise InputError(problems)
    return scenario


def drawable(scenario: Scenario) -> None:
    """Raise Impossible for a fleet that the moving picture cannot show."""
    n = scenario.fleet.production.servers
    if n > MOST_DRAWN:
        raise Impossible(
            f"the picture shows at most {MOST_DRAWN:,} servers, and this fleet has {n:,}; Compare takes it, "
            "and so does `coalmine run`"
        )


def described(scenario: Scenario) -> tuple[str, list[tuple[str, str, str]]]:
    """What a scenario is in a line, and (field, text, advice) of every warning. In a worker: it may take its time."""
    return told(scenario), [(finding.field, finding.text, finding.advice) for finding in lint(scenario)]
