"""Judges that compare with nothing, or with themselves."""

from __future__ import annotations

from collections.abc import Iterator

from sim.intake.lint.finding import Finding
from sim.intake.lint.judges import judged
from sim.intake.lint.sizes import percent, plans
from sim.judges import Dashboard
from sim.judges.base import Comparing
from sim.scenario import Scenario


def nothing_to_compare(scenario: Scenario) -> Iterator[Finding]:
    """A judge that compares with a control group where the plan leaves none: it holds for ever."""
    told = set()
    for name, policy, plan in plans(scenario):
        for stage in plan.stages:
            judge = stage.gate.judge
            if not isinstance(judge, Comparing) or judge.against != "control" or plan.control or name in told:
                continue
            told.add(name)
            graph = isinstance(judge, Dashboard)
            yield Finding(
                f"policies.{name}.judge",
                "compares with a control group, and this policy leaves none: "
                + ("it takes 0 for the other line" if graph else "it holds until the gate gives up"),
                f"{policy.strategy} has no `control`" if not hasattr(policy, "control") else "`control` is not set",
                "`against: before`, or a judge that does not compare"
                if not hasattr(policy, "control")
                else "`control: true`: an equal group that is changed last",
            )
    for i, alert in enumerate(scenario.watch.alerts):
        usual_line = isinstance(alert, Dashboard) and alert.on != "new"
        if isinstance(alert, Comparing) and alert.against == "control" and not usual_line:
            without = [name for name, _, plan in plans(scenario) if not plan.control]
            if without:
                yield Finding(
                    f"watch.alerts.{i}",
                    f"compares with a control group, and {without[0]!r} leaves none: there it never speaks",
                    f"{len(without)} of the policies have no control group",
                    "`against: before`, or `control: true` in a canary policy",
                )


def in_its_own_baseline(scenario: Scenario) -> Iterator[Finding]:
    """A judge that compares a group with a whole of which that group is a good part."""
    worst: dict[str, tuple[float, str]] = {}
    for name, field, bake, judge in judged(scenario):
        if isinstance(judge, Comparing) and judge.against == "whole":
            worst[name] = max(worst.get(name, (0.0, "")), (bake.share, field))
    for share, field in worst.values():
        blind = share >= 1.0
        yield Finding(
            f"{field}.against",
            "mixes the changed servers into their own baseline"
            + (": at the end the two are one, and it sees nothing" if blind else ""),
            f"they serve up to {percent(share)} of the requests that they are compared with, so a difference shows "
            f"as {percent(max(0.0, 1.0 - share))} of what it is",
            "`against: control` with a control group, or `against: before`",
        )
