"""How the page of a lesson is passed on: its whole address, and a code of it that a phone can read from paper."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nearmiss.render.pictures.address_codes import AddressCodes
from nearmiss.render.pictures.qr_code import TooLongForCodeError

if TYPE_CHECKING:
    from nearmiss.site.addresses import Place


@dataclass(frozen=True, kw_only=True)
class Share:
    """The whole address of a page, and its QR code as an address of a picture; both are empty where none is known."""

    address: str = ""
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class Sharer:
    """Knows where the site will be found, and draws the codes of its pages."""

    place: Place
    _codes: AddressCodes = field(default_factory=AddressCodes)

    def share(self, path: str) -> Share:
        """Return how a page is passed on. Where nobody has said where the site will be, there is nothing to print."""
        address = self.place.full_address(path)
        code = ""
        if address:
            with suppress(TooLongForCodeError):
                code = self._codes.picture_of(address)
        return Share(address=address, code=code)
