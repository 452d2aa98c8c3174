"""Decide: the visitor is the judge. Only the evidence is shown; the truth comes afterwards."""

from __future__ import annotations

from typing import Any

import streamlit as st

from sim.charts.evidence import evidence as evidence_chart
from sim.charts.scores import scores
from sim.cli.words import amount, duration, percent
from sim.figures.palette import styles
from sim.measure import faults_in
from sim.model.evidence import Verdict
from sim.model.plan import Impossible
from sim.model.timeline import Timeline
from sim.screens import choose, decide_files, decide_words, exports, telling
from sim.screens.guard import guarded, plain
from sim.study import deciding
from sim.study.deciding import Ends, Played, Question

FIRST = "thin_evidence"
MOST_HOLDS = 12
ANSWERS = (
    ("Promote", Verdict.PROMOTE, "p", ":material/check:"), ("Hold", Verdict.HOLD, "h", ":material/pause:"),
    ("Roll back", Verdict.ROLL_BACK, "b", ":material/undo:"),        # Streamlit keeps R for itself
)


@st.cache_data(show_spinner="Choosing ten changes ...", max_entries=64)
def the_ten(name: str, policy: str, seed: int) -> list[int]:
    """The runs of a game, the same for all with this link."""
    scenario = choose.scenario_named(name)
    return deciding.mix(scenario, deciding.deciders(scenario)[policy], seed)


class Game:
    """One visitor's ten changes. Everything follows from the answers, which the session keeps."""

    def __init__(self, name: str, policy: str, seed: int) -> None:
        self.name, self.policy, self.seed = name, policy, seed
        self.scenario = choose.scenario_named(name)
        self.plan = deciding.deciders(self.scenario)[policy]
        self.runs = the_ten(name, policy, seed)
        games: dict[Any, dict[str, Any]] = st.session_state.setdefault("games", {})
        self.kept = games.setdefault((name, policy, seed), {"answers": [[] for _ in self.runs], "at": 0, "ends": {}})

    @property
    def at(self) -> int:
        return min(int(self.kept["at"]), len(self.runs))

    def played(self, place: int) -> Played:
        return deciding.play(self.plan, self.scenario, self.seed, self.runs[place], self.kept["answers"][place])

    def fault(self, place: int) -> str:
        return str(faults_in(self.scenario, self.seed, [self.runs[place]])[0])

    def ends(self, place: int) -> Ends | None:
        answers = tuple(self.kept["answers"][place])
        known: dict[Any, Ends | None] = self.kept["ends"]
        if answers and (place, answers) not in known:
            known[place, answers] = deciding.ends(self.plan, self.scenario, self.seed, self.runs[place], answers)
        return known.get((place, answers))

    def decided(self) -> list[int]:
        """Places of the changes that are over."""
        return [place for place in range(len(self.runs)) if place <= self.at and self.ends(place) is not None]

    def say(self, place: int, verdict: Verdict) -> None:
        self.kept["answers"][place].append(verdict)

    def go_on(self) -> None:
        self.kept["at"] = self.at + 1

    def again(self) -> None:
        self.kept["answers"], self.kept["at"] = [[] for _ in self.runs], 0


def another_ten() -> None:
    st.session_state["seed"] = int(st.session_state.get("seed") or 1) + 1


def asked() -> Game:
    """Which service, policy and ten; a link has them."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name, scenario = choose.the_scenario(first=FIRST)
        gates = list(deciding.deciders(scenario))
        if not gates:
            raise Impossible("no policy of this scenario has a gate to stand at; choose another below")
        usual = "canary" if "canary" in gates else gates[0]
        if st.session_state.get("policy") not in gates:
            linked = st.query_params.get("policy")
            st.session_state["policy"] = linked if linked in gates else usual
        policy = st.selectbox("Policy", gates, key="policy", bind="query-params", width=200)
        seed = int(st.number_input("Seed", 0, choose.MOST_SEED, 1, 1, key="seed", bind="query-params", width=130))
    return Game(name, policy, seed)


def page() -> None:
    top, body, foot = st.container(), st.container(), st.container()
    with foot:
        game = asked()
    with top:
        progress(game)
    with body:
        if game.at >= len(game.runs):
            the_end(game)
        else:
            one_change(game, game.at)
    with foot:
        st.caption("Everybody with this link gets the same ten changes. One of them on the command line:")
        run = game.runs[min(game.at, len(game.runs) - 1)]
        named = choose.in_commands(game.name)
        st.code(
            f"coalmine run {named} --policy {game.policy} --seed {game.seed} --run {run} --step", language="bash"
        )


def progress(game: Game) -> None:
    """Where in the ten, with a mark for every change that is over."""
    marks = []
    for place in range(len(game.runs)):
        found = game.ends(place) if place <= game.at else None
        if found is not None:
            good, _ = decide_words.judgement(found, game.fault(place))
            marks.append("✓" if good else "✗")
        else:
            marks.append("●" if place == game.at else "○")
    done = game.at >= len(game.runs)
    title = f"Your {len(game.runs)} changes" if done else f"Change {game.at + 1} of {len(game.runs)}: you decide"
    st.markdown(f"#### {title} &nbsp; {' '.join(marks)}")


def one_change(game: Game, place: int) -> None:
    played = game.played(place)
    if played.question is not None:
        ask(game, place, played, played.question)
    else:
        reveal(game, place, played)


def ask(game: Game, place: int, played: Played, question: Question) -> None:
    """The evidence, and the question."""
    about = game.scenario
    holds = sum(answer is Verdict.HOLD for answer in game.kept["answers"][place])
    st.markdown(
        f"{plain(about.name)}: {about.fleet.production.servers:,} servers. The change has been under way for "
        f"**{duration(question.t_s)}**; the gate of stage *{plain(question.stage)}* asks. "
        "Is it good? This is all that anybody can see:"
    )
    with st.container(horizontal=True):
        for group, (failed, requests) in decide_words.seen(question.evidence).items():
            share = percent(failed / requests) if requests else "no requests"
            quiet_metric(f"Failed, {group}", share, f"{amount(failed)} of {amount(requests)}")
        quiet_metric("Usual here", percent(about.service.base_errors), "on a good day")
    rows = decide_words.points(question.evidence)
    if rows:
        colour = styles(about.policies, dark=choose.is_dark())[game.policy].colour
        st.altair_chart(evidence_chart(rows, colour, dark=choose.is_dark()), alt=decide_words.told(question))
    with st.container(horizontal=True):
        for label, verdict, key, icon in ANSWERS:
            st.button(
                label, icon=icon, shortcut=key, on_click=game.say, args=(place, verdict),
                key=f"{label} {place} {len(played.answered)}",
                disabled=verdict is Verdict.HOLD and holds >= MOST_HOLDS,
                help={"Hold": "Watch for one more bake, then be asked again"}.get(label),
            )
    happened(game, played)


def quiet_metric(label: str, value: str, under: str) -> None:
    """A number and what it is of; two stand side by side on a phone."""
    st.metric(label, value, under, delta_color="off", delta_arrow="off", width=170)


def happened(game: Game, played: Played) -> None:
    """What could be seen of the rollout so far, in words."""
    visible = Timeline(
        events=[e for e in played.timeline.events if not e.hidden and e.kind != "judged"],
        scrapes=played.timeline.scrapes,
    )
    with st.expander("What happened so far", icon=":material/history:"):
        lines = telling.story(visible, game.scenario, game.plan)
        st.markdown("\n".join(f"- **{duration(round(t_s))}** {plain(text)}" for t_s, text, _, _ in lines))


def reveal(game: Game, place: int, played: Played) -> None:
    """The truth, the rule's choice, and what each cost."""
    found = game.ends(place)
    assert found is not None
    fault = game.fault(place)
    good, text = decide_words.judgement(found, fault)
    (st.success if good else st.warning)(text, icon=":material/check_circle:" if good else ":material/error:")
    rows = [decide_words.row(who, getattr(found, who)) for who in decide_words.WHO]
    st.table(rows, border="horizontal")
    for line in decide_words.answers(played.answered, "the rule"):
        st.markdown(f"- {line}")
    first = deciding.play(game.plan, game.scenario, game.seed, game.runs[place], ()).question
    worth = decide_words.odds(first, game.scenario) if first is not None else ""
    if worth:
        st.markdown(f"**What the evidence was worth** at the first gate: {worth}")
    last = place == len(game.runs) - 1
    st.button(
        "See what came of all ten" if last else "Next change", type="primary", icon=":material/arrow_forward:",
        on_click=game.go_on, key=f"next {place}", shortcut="n",
    )


def the_end(game: Game) -> None:
    """The visitor, the rule and blind trust side by side, and what that teaches."""
    places = game.decided()
    found = [end for end in (game.ends(place) for place in places) if end is not None]
    faults = [game.fault(place) for place in places]
    lines = decide_words.summary(found, sum(fault != "none" for fault in faults))
    for line in lines[:2]:
        st.markdown(line)
    colours = decide_files.colours(dark=choose.is_dark())
    for column, (title, rows) in zip(st.columns(3), decide_words.bars(found), strict=True):
        with column:
            said = ", ".join(f"{row['who']} {row['said']}" for row in rows)
            st.altair_chart(scores(rows, colours, title, dark=choose.is_dark()), alt=f"{title}: {said}")
    st.markdown("##### What to take home")
    for line in lines[2:]:
        st.markdown(f"- {line}")
    runs = [game.runs[place] for place in places]
    table = [
        {
            "Change": place + 1, "Truth": "good" if fault == "none" else fault.replace("_", " "),
            "You": decide_words.ENDED[end.person.outcome.ended], "The rule": decide_words.ENDED[end.rule.outcome.ended],
            "Users hurt by you": f"{end.person.outcome.users_hit:,}",
            "by the rule": f"{end.rule.outcome.users_hit:,}",
        }
        for place, end, fault in zip(places, found, faults, strict=True)
    ]
    st.table(table, border="horizontal")
    share = sum(f.chance for f in game.scenario.faults)
    st.caption(
        f"Here about half of the changes are faulty, so that ten are enough to learn from; in this service it is "
        f"{percent(min(1.0, share))}. Changes that a test catches before any gate are left out."
    )
    with st.container(horizontal=True):
        st.button("Another ten", icon=":material/casino:", on_click=another_ten, type="primary")
        st.button("The same ten again", icon=":material/replay:", on_click=game.again)
        named = choose.in_commands(game.name)
        exports.offer(
            decide_files.files(game.scenario, named, game.policy, game.seed, found, runs, faults), "decide"
        )


with guarded():
    page()
