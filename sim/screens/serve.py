"""Streamlit's own server, with every answer sent at once: `python -m sim.screens.serve run app.py` as `streamlit run`.

Streamlit binds its socket without naming a protocol, so that asyncio does not take it for TCP and leaves Nagle's
algorithm on: the second part of each answer waits for an acknowledgement that the other side puts off for 40 ms.
A page is a hundred small files and some dozen messages; measured, that is one of the three seconds that it may take.
"""

from __future__ import annotations

import socket
from typing import Any

_listen = socket.socket.listen


def listen_at_once(self: socket.socket, *backlog: Any) -> None:
    """As `socket.listen`; connections that are accepted inherit that small parts are sent at once."""
    if self.family in (socket.AF_INET, socket.AF_INET6) and self.type == socket.SOCK_STREAM:
        self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    _listen(self, *backlog)


if __name__ == "__main__":
    from streamlit.web.cli import main

    socket.socket.listen = listen_at_once  # type: ignore[assignment]
    main(prog_name="streamlit")
