"""One rollout told as a sysadmin would tell it.

facts  one event -> one sentence;  teller  those that need the plan;  kinds  words for each kind
fold   what repeats itself -> one sentence for all
evidence  what could be seen at a gate, as a table
page   header, clock and elapsed time, hidden truth marked, lines wrapped
end    the outcome in sentences, and the money with its parts
"""

from sim.cli.story.end import ending
from sim.cli.story.page import KNOWN, LATER, LEFT_OUT, Line, header, lines, show

__all__ = ["KNOWN", "LATER", "LEFT_OUT", "Line", "ending", "header", "lines", "show"]
