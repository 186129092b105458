"""What can go wrong between us and a forge, each with one sentence and what to do next. No token is ever in them."""

from __future__ import annotations

from nearmiss.engine.forges.port import ForgeError


class NoForgeAddressError(ForgeError):
    """The address of a remote does not say where the forge is."""

    def __init__(self) -> None:
        super().__init__(
            "The address of the remote names no repository on a forge.",
            hint="Look at it with: git remote -v. It should look like https://forge.example/owner/repository.git",
        )


class NoTokenError(ForgeError):
    """Nothing may be said to the forge without a token, and none was found."""

    def __init__(self, host: str, names: str) -> None:
        super().__init__(
            f"There is no token for {host} in the environment.",
            hint=f"Put one into {names}. It is never printed or saved.",
        )


class PlainTokenError(ForgeError):
    """A token would travel where everybody on the way can read it."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"No token is sent to {host} over plain http.", hint="Give the remote an address that begins with https://"
        )


class UnreachableError(ForgeError):
    """The forge gave no answer."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"{host} could not be asked: {reason}.", hint="Nothing was changed there. Try again later.")


class TokenRefusedError(ForgeError):
    """The forge does not know the token."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} did not accept the token.", hint="It may have run out. Make a new one.")


class NotAllowedError(ForgeError):
    """The token is known, and does not allow what was asked for."""

    def __init__(self, host: str, doing: str, said: str) -> None:
        super().__init__(
            f"{host} does not let this token {doing}{_quoted(said)}.",
            hint="It needs to read the repository, and to write requests and comments on them.",
        )


class NotThereError(ForgeError):
    """The forge has no such thing, or does not show it to us."""

    def __init__(self, host: str, doing: str) -> None:
        super().__init__(
            f"{host} found nothing there when asked to {doing}.",
            hint="Look at the number and the address of the remote; a token that may not see it gets the same answer.",
        )


class TooManyError(ForgeError):
    """The forge wants us to wait for longer than a command should."""

    def __init__(self, host: str, seconds: int) -> None:
        wait = f"{seconds} seconds" if seconds else "a while"
        super().__init__(f"{host} wants to be left alone for {wait}.", hint="Run the command again after that.")


class BrokenForgeError(ForgeError):
    """The forge has a fault of its own."""

    def __init__(self, host: str, status: int) -> None:
        super().__init__(f"{host} has a fault of its own ({status}).", hint="Nothing is lost. Try again later.")


class RefusedByForgeError(ForgeError):
    """The forge understood, and will not do it."""

    def __init__(self, host: str, doing: str, status: int, said: str) -> None:
        super().__init__(f"{host} would not {doing} ({status}){_quoted(said)}.")
        self.status = status


class StrangeAnswerError(ForgeError):
    """What came back is not what this forge's interface is known to say."""

    def __init__(self, host: str, doing: str, what: str) -> None:
        super().__init__(
            f"{host} gave a strange answer when asked to {doing}: {what}.",
            hint="Is the kind of forge in the settings right, and the remote's address its own, not a login page's?",
        )


def _quoted(said: str) -> str:
    return f": {said.rstrip('.')}" if said else ""
