"""`coalmine judge run`: a judge over real measurements, with the code that judges simulated ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli import judge_curve, judge_size
from sim.cli.options import Json

app = typer.Typer(
    name="judge",
    help="Ask judges: about real measurements, or how well they see.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def judge() -> None:
    """Ask judges: about real measurements, or how well they see."""


@app.command(short_help="Judge a canary by its measurements.")
def run(
    control: Annotated[Path, typer.Argument(metavar="CONTROL", help="The control: CSV or Prometheus JSON.")],
    canary: Annotated[Path, typer.Argument(metavar="CANARY", help="The canary, in the same form.")],
    rule: Annotated[
        Path, typer.Option("--rule", metavar="FILE", help="The judge, in YAML, as behind `judge:` in a scenario.")
    ],
    json: Json = False,
) -> None:
    """Say when a judge would have rolled a past canary back, or that it would not.

    CSV has a header: time,value for a metric in one unit, or time,requests,failed[,slow] for counts. Prometheus JSON
    is the answer of a range query, one series. Rows of both files meet by their time.
    """
    from sim.cli import output
    from sim.intake.measurements import measurements
    from sim.intake.rule import rule as read
    from sim.study.replay import replay

    found = replay(read(rule), measurements(control), measurements(canary))
    data = _data(found)
    if json:
        import json as plain

        print(plain.dumps(output.plain(data), indent=2))
        return
    for line in _lines(found):
        print(line)


def _data(found: Any) -> dict[str, Any]:
    said = found.classification
    return {
        "verdict": found.verdict.name.lower(),
        "at_s": found.at_s,
        "scrapes": found.scrapes,
        "scrape_s": found.width_s,
        "compared_scrapes": found.compared,
        "classification": None
        if said is None
        else {
            "label": str(said),
            "low": said.low,
            "high": said.high,
            "estimate": said.estimate,
            "effect": said.deviation,
            "reason": said.reason,
        },
    }


def _lines(found: Any) -> list[str]:
    from sim.units import say_seconds

    seen = f"{found.scrapes} scrapes of {say_seconds(found.width_s)}, {found.compared} with both sides"
    words = {"PROMOTE": "promote", "HOLD": "hold: the rule has not decided", "ROLL_BACK": "roll back"}
    at = f" after {say_seconds(found.at_s)}" if found.at_s is not None else ""
    lines = [f"verdict  {words[found.verdict.name]}{at}", f"seen     {seen}"]
    said = found.classification
    if said is not None:
        lines.append(f"all      {said}: {said.reason}")
        if said.low == said.low:
            lines.append(f"shift    {said.estimate:.6g}, from {said.low:.6g} to {said.high:.6g}")
    return lines


app.command(short_help="Say which judge to use, by what each sees.")(judge_curve.curve)
app.command(short_help="Say how many canaries and how long a bake see a fault.")(judge_size.size)
