"""The app's first file: it only routes. Start it with `coalmine explore`, or `make app` in a checkout."""

from pathlib import Path

import streamlit as st

import sim

PAGES = Path(sim.__file__).parent / "screens"

st.set_page_config(page_title="Coalmine", page_icon="🐤", layout="wide")
st.html(PAGES / "look.css")
st.navigation(
    [
        st.Page(PAGES / "watch.py", title="Watch", icon=":material/play_circle:", default=True),
        st.Page(PAGES / "compare.py", title="Compare", icon=":material/bar_chart:"),
        st.Page(PAGES / "explore.py", title="Explore", icon=":material/tune:"),
        st.Page(PAGES / "build.py", title="Build your own", icon=":material/edit_note:"),
        st.Page(PAGES / "decide.py", title="Decide", icon=":material/gavel:"),
        st.Page(PAGES / "learn.py", title="Learn", icon=":material/school:"),
    ],
    position="top",
).run()
