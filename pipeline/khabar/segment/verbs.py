"""Verbs that are told by their form, since most Persian clauses end in one."""

import re

_PAST = "بود|شد|کرد|داد|گرفت|گفت|رفت|آمد|داشت|گذاشت|ساخت|یافت|برد|آورد|خورد|زد|دید|رسید|افزود|گردید|نمود|پرداخت|خواند"
_PRESENT = "دار|باش|خواه|شو|کن|ده|گرد|رو|گیر"
_FINITE = re.compile(
    rf"ن?می\u200c.+|.+ه\u200c(?:ام|ای|است|ایم|اید|اند)|است|نیست|هست|"
    rf"ن?(?:{_PAST}|نیست|هست)(?:م|ی|یم|ید|ند)?|[نب]?(?:{_PRESENT})(?:م|ی|د|یم|ید|ند)"
)


def is_finite(word: str) -> bool:
    """Whether a clean word has the form of a finite verb; a few other words, such as شدید, share it."""
    return _FINITE.fullmatch(word) is not None
