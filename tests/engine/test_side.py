"""Runs of equal positions: whatever is put where, they cover the side in order and without gaps."""

from hypothesis import given
from hypothesis import strategies as st

from sim.engine.side import NEW_IN, OLD_IN, OLD_OUT, Side, install_order
from sim.model.fleet import Fleet, Production

EDITS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 3)), max_size=12)


@given(EDITS)
def test_spans_are_what_a_list_of_positions_would_be(edits: list[tuple[int, int, int]]) -> None:
    side, plain = Side("production", 12, 0, None), [OLD_IN] * 12
    for first, last, state in edits:
        side.put(first, last, state)
        plain[first:last] = [state] * max(0, last - first)
    assert [state for a, b, state in side.spans for _ in range(b - a)] == plain
    assert all(left[2] != right[2] for left, right in zip(side.spans, side.spans[1:], strict=False))
    assert all(side.count(state) == plain.count(state) for state in range(4))


def test_lost_positions_are_counted_where_they_are() -> None:
    side = Side("production", 10, 0, None)
    side.put(0, 10, NEW_IN)
    side.lose(2, 5, [True, False, True])
    assert (side.lost_in(0, 10), side.lost_in(0, 3), side.lost_in(5, 10)) == (2, 1, 0)
    side.lose(0, 10, False)
    assert side.lost_in(0, 10) == 0
    assert side.where(NEW_IN) == [(0, 10)]
    assert side.where(OLD_OUT) == []


def test_zones_and_kinds_order_the_install() -> None:
    fleet = Fleet(production=Production(servers=7, zones=("a", "b", "c"), kinds=(("blob", 0.5), ("table", 0.5))))
    by_zone = install_order(fleet, "zones", None, 7)
    assert by_zone is not None
    assert [fleet.zone_of(int(i)) for i in by_zone] == ["a"] * 3 + ["b"] * 2 + ["c"] * 2
    assert install_order(fleet, "spread", None, 7) is None
    tables_first = install_order(fleet, "spread", "table", 7)
    assert tables_first is not None
    assert sorted(tables_first.tolist()) == list(range(7))
