"""How long a text is as a phone network counts: 160 signs of its small alphabet, or 70 of any, each part of a longer one a little less."""

from dataclasses import dataclass

GSM = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
GSM_TWICE = "^{}\\[~]|€\f"  # these take two places
PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\N{NO-BREAK SPACE}": " "})


@dataclass(frozen=True)
class Length:
    """What a text costs: its alphabet, its places, and the parts it is sent in."""

    alphabet: str
    places: int
    parts: int


def plain(text: str) -> str:
    """The text without the printer's marks that would cost a phone the small alphabet."""
    return text.translate(PLAIN)


def length(text: str) -> Length:
    """Count a text as it is billed."""
    if all(sign in GSM or sign in GSM_TWICE for sign in text):
        return _length("GSM-7", sum(2 if sign in GSM_TWICE else 1 for sign in text), 160, 153)
    return _length("UCS-2", len(text.encode("utf-16-be")) // 2, 70, 67)


def _length(alphabet: str, places: int, alone: int, joined: int) -> Length:
    return Length(alphabet, places, 1 if places <= alone else -(-places // joined))
