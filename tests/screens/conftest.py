"""The app is an extra: where it is not installed, its tests are skipped with the reason."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("streamlit") and find_spec("altair") else ["test_*.py"]
