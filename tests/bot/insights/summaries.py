"""Summaries to show: one of nothing, one of something, and texts that try to act in what shows them."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from bot.insights.summary import Disliked, Group, Quoted, Summary, Wording
from bot.storage.answers import Votes

DAY = datetime(2026, 1, 31, 12, 5, tzinfo=UTC)
NOTHING = Summary(30, 0, 0, Votes(0, 0), (), (), (), (), 0)
FERRY = Group((Wording("When does the ferry leave?", 2, DAY, waiting=2), Wording("ferry times", 1, DAY, waiting=1)))
LOCK = Group((Wording("Who built the lock?", 3, DAY, perhaps=2), Wording("lock builder", 1, DAY)))
SOME = Summary(
    days=30,
    questions=12,
    answered=8,
    votes=Votes(5, 3),
    not_found=(FERRY, Group((Wording("Who owns the *mill*?", 1, DAY),)), LOCK),
    found=(Group((Wording("When did the bridge open?", 8, DAY),)),),
    quoted=(Quoted("bridge", "The bridge", 7, Votes(5, 1)), Quoted("gone", None, 1, Votes(0, 2))),
    disliked=(Disliked("Who built the bridge?", Votes(0, 2)),),
    uncompared=0,
)

HOSTILE = st.one_of(
    st.sampled_from(["*" * 300, "\\" * 1000, "@everyone <@1> [x](https://evil.example) ||a||", "\U0001f600" * 300]),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=1000),
)
