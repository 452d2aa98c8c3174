"""A run in words and marks: its stages, its gates, who noticed, and every fact as a sentence with its time."""

from __future__ import annotations

from typing import Any

from sim.cli.story.fold import facts
from sim.cli.story.page import WARNINGS
from sim.cli.story.teller import Teller
from sim.model.plan import RolloutPlan
from sim.model.timeline import Timeline
from sim.scenario import Scenario

MARKS = {
    "gate_passed": "✓", "test_passed": "✓", "test_failed": "✗", "alarm": "!", "undo_started": "↺", "undone": "■",
    "promoted": "★", "stopped": "■", "gave_up": "✗",
}
"""What is drawn over the stages; the sentence of the same instant says what it means."""
LEGEND = "✓ passed   ✗ failed   ! alarm   ↺ undo begins   ■ over   ★ promoted"


def untold(scenario: Scenario, timeline: Timeline) -> list[list[Any]]:
    """What the picture cannot show of this run, as a hidden fact at its start: who falls ill by load."""
    present = {str(e.data["fault"]) for e in timeline.events if e.kind == "fault_present"}
    if not any(fault.above_load is not None for fault in scenario.faults if fault.key in present):
        return []
    return [[0.0, "Load makes servers ill here; the picture counts the harm, but cannot say which servers.", 0, 1]]


def story(timeline: Timeline, scenario: Scenario, plan: RolloutPlan) -> list[list[Any]]:
    """[seconds, sentence, warning, hidden] for every fact, in order of time."""
    told = facts(timeline.events, Teller.of(scenario, plan, timeline))
    rows = [[round(f.t_s, 3), f.text, int(f.kind in WARNINGS), int(f.hidden)] for f in told]
    return sorted(rows, key=lambda row: row[0])


def stages(timeline: Timeline, end_s: float) -> list[list[Any]]:
    """[from, to, name] of every stage that was begun; an undo is the last one, then nothing."""
    starts = [(e.t_s, str(e.data["stage"])) for e in timeline.events if e.kind == "stage_started"]
    starts += [(e.t_s, "undo") for e in timeline.events if e.kind == "undo_started"]
    over = [e.t_s for e in timeline.events if e.kind in ("undone", "promoted", "stopped")]
    stop = max(over, default=end_s)
    starts.sort(key=lambda start: start[0])
    ends = [*(start[0] for start in starts[1:]), max(stop, starts[-1][0])] if starts else []
    return [[round(a, 3), round(b, 3), name] for (a, name), b in zip(starts, ends, strict=True) if b > a]


def marks(timeline: Timeline) -> list[list[Any]]:
    """[seconds, glyph] of what decided the rollout."""
    return [[round(e.t_s, 3), MARKS[e.kind]] for e in timeline.events if e.kind in MARKS]


def serving(timeline: Timeline) -> list[list[Any]]:
    """[seconds, role] of who serves the users, where a plan moves them between sides."""
    rows: list[list[Any]] = [[0.0, "production"]]
    for event in timeline.events:
        if event.kind == "routed" and event.data.get("verb") == "swap":
            rows.append([round(event.t_s, 3), "standby"])
        elif event.kind == "undo_started" and event.data.get("way") in ("swap_back", "idle_first"):
            rows.append([round(event.t_s, 3), "production"])
    return rows
