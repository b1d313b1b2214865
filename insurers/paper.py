"""Letters and bills as PDF: the clinic's letterhead, text that can be selected, and nothing fetched from anywhere."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from fpdf import FPDF, FontFace, ViewerPreferences, XPos, YPos
from fpdf.enums import TableBordersLayout

FONT = "DejaVu"
FACES = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
MARGIN, FOOT = 20, 22
INK, QUIET, RULE = 25, 95, 200


class NothingIsFetched(Exception):
    """A paper holds words and lines only."""


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """Who writes: the lines at the top of the first page."""

    name: str
    address: str
    phone: str = ""
    email: str = ""

    @property
    def reach(self) -> str:
        return "   ".join(part for part in (self.phone, self.email) if part)


class Paper(FPDF):
    """A paper of A4 pages that grows downwards; `content()` is the finished file."""

    def __init__(self, *, title: str, head: Letterhead, made: datetime, language: str = "en-GB", foot: str = ""):
        super().__init__(format="A4")
        self.head, self.foot = head, foot or title
        self.set_title(title)
        self.set_author(head.name)
        self.set_creator("Meridian")
        self.set_lang(language)
        self.set_creation_date(made)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        for style, file in FACES.items():
            self.add_font(FONT, style, Path(settings.FONTS) / file)
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, FOOT)
        self.alias_nb_pages()
        self.add_page()
        self._letterhead()

    def image(self, *args: object, **kwargs: object) -> None:
        raise NothingIsFetched

    def footer(self) -> None:
        self.set_y(-FOOT + 6)
        self._ink(8, QUIET)
        self._cell(self.foot, 130)
        self.cell(0, 5, f"Page {self.page_no()} of {{nb}}", align="R")

    def title_line(self, text: str) -> None:
        """The paper's own name, once, large."""
        self._ink(16, INK, "B")
        self._lines(text, 8)
        self.ln(2)

    def heading(self, text: str) -> None:
        """Open a part; it never stands alone at the foot of a page."""
        if self.will_page_break(24):
            self.add_page()
        self.ln(3)
        self._ink(11, INK, "B")
        self._lines(text, 6)
        self.ln(1)

    def paragraph(self, text: str, *, quiet: bool = False) -> None:
        """Say something in lines; breaks in the text are kept."""
        self._ink(8.5 if quiet else 10, QUIET if quiet else INK)
        self._lines(text, 4.6 if quiet else 5.4)
        self.ln(2)

    def facts(self, pairs: Iterable[tuple[str, str]], *, label_width: float = 52) -> None:
        """Names and what belongs to them, one below the other; a name with nothing to say is left out."""
        for label, value in pairs:
            if not value:
                continue
            if self.will_page_break(6):
                self.add_page()
            top = self.get_y()
            self._ink(9, QUIET)
            self.multi_cell(label_width, 5.2, label, align="L", new_x=XPos.RIGHT, new_y=YPos.NEXT)
            below = self.get_y()
            self._ink(10, INK)
            self.set_xy(self.l_margin + label_width, top)
            self._lines(value, 5.2)
            self.set_y(max(self.get_y(), below if self.get_y() >= top else 0))
        self.ln(2)

    def sheet(
        self,
        head: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        widths: Sequence[int],
        right: Sequence[int] = (),
        strong_last: bool = False,
    ) -> None:
        """A table whose head is said again on each page; `right` names the columns of figures, `strong_last` marks a sum."""
        rows = list(rows)
        self._ink(9, INK)
        self.set_draw_color(RULE)
        align = ["RIGHT" if column in right else "LEFT" for column in range(len(head))]
        with self.table(
            col_widths=tuple(widths),
            text_align=tuple(align),
            headings_style=FontFace(emphasis="BOLD", color=INK),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            line_height=5.4,
            padding=1,
        ) as table:
            table.row(list(head))
            for number, row in enumerate(rows, 1):
                table.row([str(cell) for cell in row], style=FontFace(emphasis="BOLD") if strong_last and number == len(rows) else None)
        self.ln(3)

    def content(self) -> bytes:
        """The finished file."""
        return bytes(self.output())

    def _letterhead(self) -> None:
        self._ink(13, INK, "B")
        self._lines(self.head.name, 7)
        self._ink(9, QUIET)
        self._lines("\n".join(part for part in (self.head.address, self.head.reach) if part), 4.8)
        self.ln(2)
        self.set_draw_color(RULE)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())
        self.ln(6)

    def _lines(self, text: str, height: float) -> None:
        self.multi_cell(0, height, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _cell(self, text: str, width: float) -> None:
        self.cell(width, 5, text)

    def _ink(self, size: float, grey: int, style: str = "") -> None:
        self.set_font(FONT, style, size)
        self.set_text_color(grey)
