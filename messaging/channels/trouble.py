"""How handing over can fail, in words for staff."""


class NotSent(Exception):
    """A provider did not take a letter."""


class Temporary(NotSent):
    """It may work later: after `wait` seconds, if the provider says so."""

    def __init__(self, words: str, *, wait: int = 0):
        super().__init__(words)
        self.wait = wait


class Away(Temporary):
    """Nobody takes letters on this way now: it is not this letter's fault, and the next one need not try."""


class Permanent(NotSent):
    """Trying again will not help."""


class Unclear(NotSent):
    """The provider may have taken it, and did not say so."""
