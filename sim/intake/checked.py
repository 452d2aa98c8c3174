"""What `coalmine check` finds in a file: errors, or warnings and one line saying what the scenario is."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from sim.intake.identity import sha256
from sim.intake.library import find
from sim.intake.lint import Finding, lint
from sim.intake.lint.sizes import busy, faults, peak_rate, percent, plans, servers
from sim.intake.place import at_path
from sim.intake.problems import InputError, Problem
from sim.intake.scenario_file import read_with_lines
from sim.intake.source import text_of
from sim.scenario import Scenario

KINDS = {
    "software": "software change",
    "config": "configuration change",
    "os_update": "operating system update",
    "new_service": "new service",
    "shutdown_service": "shutdown",
}


@dataclass(frozen=True)
class Checked:
    """One file: its problems, or its scenario with findings and their lines."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    scenario: Scenario | None = None
    findings: list[tuple[int | None, Finding]] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "file": self.file,
            "ok": not self.problems,
            "errors": [{**asdict(problem), "text": str(problem)} for problem in self.problems],
            "warnings": [{"line": line, **asdict(finding)} for line, finding in self.findings],
            "scenario": described(self.scenario) if self.scenario else None,
        }


def checked(name: str, settings: tuple[str, ...] = ()) -> Checked:
    """Check one file, or a scenario of the library."""
    try:
        path = find(name)
        scenario, root = read_with_lines(text_of(path), str(path), settings)
    except InputError as error:
        return Checked(file=name, problems=error.problems)
    findings = [(at_path(root, finding.field).node.line, finding) for finding in lint(scenario)]
    findings.sort(key=lambda found: found[0] or 0)
    return Checked(file=str(path), scenario=scenario, findings=findings)


def described(scenario: Scenario) -> dict[str, Any]:
    """What a scenario is, in numbers."""
    return {
        "name": scenario.name,
        "sha256": sha256(scenario),
        "servers": scenario.fleet.production.servers,
        "peak_utilisation": busy(scenario, peak_rate(scenario, scenario.horizon), scenario.fleet.production.servers),
        "kind": scenario.change.kind,
        "faults": [fault.key for _, fault in faults(scenario)],
        "policies": list(scenario.policies),
        "runnable": [name for name, _, _ in plans(scenario)],
    }


def told(scenario: Scenario) -> str:
    """One line saying what a scenario is.

    >>> from sim.intake.scenario_file import parse
    >>> from sim.intake.starter import starter
    >>> told(parse(starter("Shop")))
    'Shop: 10 servers, 50% used at the busiest; software change with 3 faults; 3 policies: direct, test_first, canary'
    """
    what = described(scenario)
    n, policies = what["servers"], what["policies"]
    count = len(what["faults"])
    with_faults = f"with {count} fault{'' if count == 1 else 's'}" if count else "without faults"
    listed = f"{len(policies)} polic{'y' if len(policies) == 1 else 'ies'}: {', '.join(policies)}"
    used = f"{servers(n)}, {percent(what['peak_utilisation'])} used at the busiest"
    return f"{what['name']}: {used}; {KINDS[scenario.change.kind]} {with_faults}; {listed}"
