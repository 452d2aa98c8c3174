"""A whole scenario in a link: its text, compressed, in the letters that addresses may hold.

A link is somebody else's input: what comes out of it is only text, of bounded length, and is read as any file is.
"""

from __future__ import annotations

import base64
import binascii
import zlib

from sim.intake.problems import InputError, Problem

LONGEST_CODE = 7_000
"""Characters: with the rest of an address below the 8 kB that servers in between accept."""
LARGEST = 100_000
"""Bytes of text that a link may hold once it is unpacked."""
SOURCE = "the link"
_FORM = "1"
"""First letter: how the rest is packed, so that another way can be told from this one."""


def packed(text: str) -> str:
    """The text as letters, digits, - and _. Raises InputError if a link cannot be so long.

    >>> packed("name: Shop"), unpacked(packed("name: Shop"))
    ('1y0vMTbVSCM7ILwAA', 'name: Shop')
    """
    data = text.encode()
    squeezer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    code = _FORM + base64.urlsafe_b64encode(squeezer.compress(data) + squeezer.flush()).decode().rstrip("=")
    if len(code) > LONGEST_CODE or len(data) > LARGEST:
        raise _refused(
            f"would have {len(code):,} characters, at most {LONGEST_CODE:,} work everywhere: send the YAML file instead"
        )
    return code


def unpacked(code: str) -> str:
    """The text in a link. Raises InputError for one that was cut off, changed, or is larger than a scenario."""
    if not code.startswith(_FORM) or len(code) > LONGEST_CODE:
        raise _refused("holds no scenario that this version of Coalmine can read")
    try:
        data = base64.b64decode(code[1:] + "=" * (-(len(code) - 1) % 4), altchars=b"-_", validate=True)
        opener = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
        plain = opener.decompress(data, LARGEST + 1)
        if len(plain) > LARGEST:
            raise _refused(f"holds more than {LARGEST // 1000} kB of text: this is no scenario")
        if not opener.eof:
            raise _refused("is not whole: was it cut off when it was copied?")
        return plain.decode()
    except (binascii.Error, zlib.error, UnicodeDecodeError):
        raise _refused("is not whole: was it changed or cut off when it was copied?") from None


def _refused(message: str) -> InputError:
    return InputError([Problem(file=SOURCE, message=message)])
