"""Running totals of what a judge has seen, so that a window of any length costs two subtractions.

Append-only and shared: a state is (history, length). Looking again from an older state copies, so that
`look` stays pure for its callers and still takes constant time in a run.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Seen(NamedTuple):
    """Totals after each of `length` windows; before the first lie endless windows of the prior counts."""

    requests: list[float]
    bad: list[float]
    length: int
    prior_requests: float
    prior_bad: float

    def with_window(self, requests: float, bad: float) -> Seen:
        """These windows and one more."""
        all_requests, all_bad = self._own()
        all_requests.append(all_requests[-1] + requests)
        all_bad.append(all_bad[-1] + bad)
        return self._replace(requests=all_requests, bad=all_bad, length=self.length + 1)

    def with_block(self, requests: Any, bad: Any, windows: int) -> Seen:
        """These windows and the first `windows` of a block (arrays of counts)."""
        if windows == 0:
            return self
        all_requests, all_bad = self._own()
        for total, more in ((all_requests, requests), (all_bad, bad)):
            last = total[-1]
            total.extend((last + more[:windows].cumsum()).tolist())
        return self._replace(requests=all_requests, bad=all_bad, length=self.length + windows)

    def _own(self) -> tuple[list[float], list[float]]:
        if len(self.requests) == self.length + 1:
            return self.requests, self.bad
        return self.requests[: self.length + 1], self.bad[: self.length + 1]

    def last(self, windows: int) -> tuple[float, float]:
        """Requests and bad ones in the last `windows` windows, the prior filling what is missing."""
        end, first = self.length, self.length - windows
        if first >= 0:
            return self.requests[end] - self.requests[first], self.bad[end] - self.bad[first]
        return (
            self.requests[end] - first * self.prior_requests,
            self.bad[end] - first * self.prior_bad,
        )

    def reach(self, windows: int, requests: Any, bad: Any) -> tuple[Any, Any]:
        """Running totals over the last `windows` windows and then the block (arrays of counts).

        Returns two float arrays of shape (windows + 1 + len(block),): element windows + 1 + i is the
        total after window i of the block, and k places before it the total k windows earlier. The
        same subtractions as in `last`, so that they agree to the bit.
        """
        import numpy as np

        kept = min(windows, self.length)
        before = np.arange(kept - windows, 0)
        totals = []
        for total, prior, new in (
            (self.requests, self.prior_requests, requests),
            (self.bad, self.prior_bad, bad),
        ):
            own = np.array(total[self.length - kept : self.length + 1], dtype=float)
            totals.append(np.concatenate([before * prior, own, own[-1] + np.cumsum(new)]))
        return totals[0], totals[1]


def nothing_seen(prior_requests: float = 0.0, prior_bad: float = 0.0) -> Seen:
    """The start: no window yet."""
    return Seen([0], [0], 0, prior_requests, prior_bad)
