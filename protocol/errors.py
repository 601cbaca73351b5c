"""The exceptions, split by blame: the peer's bytes, the caller's input, or the work itself."""


class ProtocolError(ValueError):
    """The peer's mistake: bytes or a message that the contract does not allow."""


class InputError(ValueError):
    """The user's mistake. The text names where (file, line or field), the value and what is allowed."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__("%s: %s" % (where, problem))
        self.where = where
        self.problem = problem


class FailedError(RuntimeError):
    """The work failed although the input was right; the text is fit for a user."""
