"""What Khabar's pages call things in Persian, and how a name from a text is put on one line."""

import re

from khabar.document import Document, Mention

TYPES = {
    "PER": "شخص",
    "ORG": "سازمان",
    "LOC": "جا",
    "FAC": "ساختمان و راه",
    "PRO": "فرآورده",
    "EVE": "رویداد نامدار",
    "DAT": "تاریخ",
    "TIM": "ساعت",
    "MON": "پول",
    "PCT": "درصد",
    "MEETING": "نشست",
    "EVENT": "رویداد",
    "STAT": "آمار",
}
KINDS = {"meeting": "نشست‌ها", "event": "رویدادها", "statistic": "آمارها", "actor": "کنشگران و جاها"}
SLOTS = {
    "organizers": "برگزارکننده",
    "supporters": "پشتیبان",
    "participants": "شرکت‌کننده",
    "speakers": "سخنران",
    "agents": "انجام‌دهنده",
    "affected": "اثرپذیر",
    "places": "جا",
    "dates": "زمان",
    "when": "تاریخ",
    "figures": "آمار",
    "affiliations": "وابسته به",
    "reported_by": "به گفتهٔ",
    "about": "دربارهٔ",
    "value": "مقدار",
    "type": "نوع",
}
RELATIONS = {
    "organizes": "برگزار می‌کند",
    "participates_in": "شرکت می‌کند در",
    "speaks_at": "سخن می‌گوید در",
    "supports": "پشتیبانی می‌کند از",
    "agent_of": "انجام می‌دهد",
    "affected_by": "اثر می‌پذیرد از",
    "reports": "گزارش می‌دهد",
    "measures": "اندازه می‌دهد به",
    "held_at": "برگزار شد در",
    "held_on": "برگزار شد به روز",
    "affiliated_with": "وابسته است به",
    "same_as": "همان است که",
}
# controls of a text that would steer what stands beside it: of the terminal and of direction
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def plain(text: str) -> str:
    """Return a text on one line, without control characters."""
    return " ".join(_CONTROLS.sub("", text).split())


def name_of(document: Document, mention: Mention) -> str:
    """Return the source text of a mention on one line."""
    return plain(document.surface(mention))


def title_of(document: Document) -> str:
    """Return the title that the source gives, else the beginning of the article, after its menus."""
    start = document.sentences[0][0] if document.sentences else 0
    given = document.meta.get("title") or document.text[start:].strip().split("\n", 1)[0]
    title = plain(str(given)) or plain(document.id)
    return title if len(title) <= 160 else title[:159] + "…"


def persian(number: int) -> str:
    """Return a number in Persian digits."""
    return str(number).translate(_DIGITS)
