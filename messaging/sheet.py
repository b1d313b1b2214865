"""The style sheet of mails: written with the house's tokens, sent with plain values that every mail program understands. Pure."""

import re

DARK = "@media (prefers-color-scheme: dark)"
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
TOKEN = re.compile(r"--([\w-]+):\s*([^;]+);")
USE = re.compile(r"var\(--([\w-]+)\)")
REM = re.compile(r"(\d*\.?\d+)rem\b")


class UnknownToken(LookupError):
    """A style sheet uses a token that nobody has defined."""


def plain(sheet: str, tokens: str) -> str:
    """Return `sheet` with each token replaced by its value, those under the dark rule by the dark value, and rem by px."""
    light_tokens, dark_tokens = (dict(TOKEN.findall(part)) for part in _halves(tokens))
    light, dark = _halves(sheet)
    return _valued(light, light_tokens) + _valued(dark, light_tokens | dark_tokens)


def _halves(text: str) -> tuple[str, str]:
    light, dark, rest = COMMENT.sub("", text).partition(DARK)
    return light, dark + rest


def _valued(text: str, tokens: dict[str, str]) -> str:
    def value(use: re.Match) -> str:
        if use[1] not in tokens:
            raise UnknownToken(f"The mail’s style sheet uses --{use[1]}, which is not a token of the house.")
        return USE.sub(value, tokens[use[1]])

    return REM.sub(lambda size: f"{float(size[1]) * 16:g}px", USE.sub(value, text))
