"""A visitor of the app without a browser: speaks Streamlit's own protocol over its websocket.

It opens a page as a link does, learns the widgets of the page from what the server sends, and moves one as a hand
would. What it waits for is a picture: a chart, or the fleet in motion. An error that a person would see is an error.
"""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Any
from urllib.parse import parse_qsl, urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState, ContextInfo
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from websockets.asyncio.client import ClientConnection, connect

PICTURES = ("vega_lite_chart", "bidi_component")
PATIENCE_S = 60.0


def texts(name: str, values: list[str]) -> WidgetState:
    """The state of a widget that says words."""
    state = WidgetState(id=name)
    state.string_array_value.data.extend(values)
    return state


def _number(box: Any) -> WidgetState | None:
    if box.set_value:
        return WidgetState(id=box.id, double_value=box.value)
    return WidgetState(id=box.id, double_value=box.default) if box.HasField("default") else None


def _slider(slider: Any) -> WidgetState:
    if slider.set_value:
        return texts(slider.id, list(slider.raw_value))
    return texts(slider.id, [slider.options[int(place)] for place in slider.default])


def _choice(box: Any) -> WidgetState | None:
    if box.set_value:
        return WidgetState(id=box.id, string_value=box.raw_value)
    return WidgetState(id=box.id, string_value=box.options[box.default]) if box.HasField("default") else None


def _pills(group: Any) -> WidgetState:
    if group.set_value:
        return texts(group.id, list(group.raw_values))
    return texts(group.id, [group.options[place].content for place in group.default])


AS_IT_CAME = {"number_input": _number, "slider": _slider, "selectbox": _choice, "button_group": _pills}
"""What a browser says of a widget that nobody has touched."""


class Failed(Exception):
    """What a person would have seen go wrong."""


class Visitor:
    """One tab of one person.

    widgets: the page's widgets by label, as the server described them: kind, description, part of the page.
    set: their values, as a browser sends them with every question.
    """

    def __init__(self, socket: ClientConnection, address: str, page: str) -> None:
        self.socket, self.address, self.page = socket, address, page
        self.link: dict[str, str] = {}
        self.page_hash = ""
        self.widgets: dict[str, tuple[str, Any, str]] = {}
        self.set: dict[str, WidgetState] = {}

    async def open(self, **link: str) -> tuple[float, float]:
        """Open the page; seconds to the first picture, and until all is there."""
        self.link = link
        return await self._ask(ClientState(page_name=self.page))

    async def number(self, label: str, value: float) -> tuple[float, float]:
        """Write a number into a box."""
        _, proto, _ = self._known(label, "number_input")
        return await self._change(WidgetState(id=proto.id, double_value=value), label)

    async def slide(self, label: str, place: int) -> tuple[float, float]:
        """Move a slider of words to its nth step."""
        _, proto, _ = self._known(label, "slider")
        return await self._change(texts(proto.id, [proto.options[place % len(proto.options)]]), label)

    async def press(self, label: str) -> tuple[float, float]:
        """Press a button."""
        _, proto, _ = self._known(label, "button")
        return await self._change(WidgetState(id=proto.id, trigger_value=True), label, once=True)

    def steps(self, label: str) -> int:
        """How many steps a slider has."""
        return len(self._known(label, "slider")[1].options)

    def _known(self, label: str, kind: str) -> tuple[str, Any, str]:
        found = self.widgets.get(label)
        if found is None or found[0] != kind:
            raise Failed(f"{self.page}: no {kind} {label!r} among {', '.join(self.widgets)}")
        return found

    async def _change(self, state: WidgetState, label: str, once: bool = False) -> tuple[float, float]:
        fragment = self.widgets[label][2]
        before, self.set[state.id] = dict(self.set), state
        took = await self._ask(ClientState(page_name=self.page, fragment_id=fragment))
        if once:
            self.set = before                            # a press is no state
        return took

    async def _ask(self, state: ClientState) -> tuple[float, float]:
        """Send it, read the answer to its end."""
        state.query_string = urlencode(self.link)
        state.page_script_hash = self.page_hash
        state.widget_states.CopyFrom(WidgetStates(widgets=list(self.set.values())))
        state.context_info.CopyFrom(ContextInfo(
            timezone="Europe/Berlin", timezone_offset=-60, locale="en", url=f"{self.address}/{self.page}",
            is_embedded=False, color_scheme="light",
        ))
        began, first = perf_counter(), None
        await self.socket.send(BackMsg(rerun_script=state).SerializeToString())
        while True:
            data = await asyncio.wait_for(self.socket.recv(), PATIENCE_S)
            message = ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode())
            kind = message.WhichOneof("type")
            if kind == "delta" and self._read(message) and first is None:
                first = perf_counter() - began
            elif kind == "navigation":
                self.page_hash = message.navigation.page_script_hash
            elif kind == "page_info_changed":
                self.link = dict(parse_qsl(message.page_info_changed.query_string))
            elif kind == "script_finished":
                if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    continue
                if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                    raise Failed(f"{self.page}: a page does not compile")
                if first is None:
                    raise Failed(f"{self.page}: no picture came")
                return first, perf_counter() - began

    def _read(self, message: ForwardMsg) -> bool:
        """Note what is new on the page; whether it is a picture. Raises Failed for what tells of an error."""
        delta = message.delta
        if delta.WhichOneof("type") != "new_element":
            return False
        kind = delta.new_element.WhichOneof("type")
        if kind == "exception" or (kind == "alert" and delta.new_element.alert.format == 1):
            raise Failed(f"{self.page}: {getattr(delta.new_element, kind)}")
        proto = getattr(delta.new_element, kind) if kind else None
        if kind in AS_IT_CAME or kind == "button":
            self.widgets[proto.label] = (kind, proto, delta.fragment_id)
        if kind in AS_IT_CAME and (proto.set_value or proto.id not in self.set):
            state = AS_IT_CAME[kind](proto)
            if state is not None:
                self.set[proto.id] = state
        return kind in PICTURES


async def visiting(address: str, page: str) -> Visitor:
    """A visitor who has just opened a connection; `address` like http://localhost:8501."""
    place = address.replace("http", "ws", 1) + "/_stcore/stream"
    socket = await connect(place, subprotocols=["streamlit"], max_size=None, origin=address)  # type: ignore[arg-type,list-item]
    return Visitor(socket, address, page)
