"""Currencies by ISO 4217 code, and words for large sums.

Names are those of the Unicode CLDR for Persian, as babel has them, of the currencies that are legal tender somewhere.
Only what newspapers write otherwise is listed here.
"""

from collections.abc import Iterator
from functools import cache

from khabar.values.words import join

TOMAN = "IRT"
"""Not in ISO 4217: ten rials, as people count."""

# Said without a country; of several countries' dollars and rials, the one that Iranian news means.
_BARE = {
    "IRR": "ریال", TOMAN: "تومان|تومن", "USD": "دلار|$", "EUR": "یورو|€", "JPY": "ین|¥", "CNY": "یوان|یوآن",
    "GBP": "پوند|پوند استرلینگ|لیره استرلینگ|£", "RUB": "روبل|₽", "TRY": "لیر|لیره|لیر ترک|₺", "AED": "درهم",
    "INR": "روپیه|₹", "AFN": "افغانی|؋", "IQD": "دینار", "CHF": "فرانک", "ILS": "شکل اسرائیل|₪", "EGP": "جنیه",
    "KRW": "وون|₩", "AZN": "منات", "AMD": "درام", "GEL": "لاری", "TJS": "سامانی", "UAH": "هریونیا|هریونا|گریونا",
    "MYR": "رینگیت", "THB": "بات", "VND": "دونگ", "VES": "بولیوار", "ZAR": "رند|راند", "NGN": "نایرا", "PLN": "زلوتی",
    "HUF": "فورینت", "BDT": "تاکا",
}  # fmt: skip
# Other words for a country or coin in a name of CLDR.
_COUNTRIES = {
    "امارات متحده عربی": "امارات|امارات متحده", "بریتانیا": "انگلیس|انگلستان", "جمهوری آذربایجان": "آذربایجان",
    "زلاند نو": "نیوزیلند|نیوزلند", "سعودی": "عربستان|عربستان سعودی", "جمهوری چک": "چک", "کره جنوبی": "کره",
    "جدید تایوان": "تایوان", "اوکراین": "اکراین", "جمهوری دومینیکن": "دومینیکن", "هند": "هندوستان",
}  # fmt: skip
_COINS = {
    "لیره": "لیر|پوند",
    "پوند": "لیره",
    "یوآن": "یوان",
    "کورونا": "کرون",
    "کرونا": "کرون",
    "دانگ": "دونگ",
    "راند": "رند",
}
_EZAFE = ("ا", "و")
# همت: هزار میلیارد تومان.
SUMS = {"همت": 10**12, "همتی": 10**12}


@cache
def currencies() -> dict[str, str]:
    """Return the codes of all that a currency is called, keyed as `longest` asks for, read once.

    A name also stands as an adjective (دلاری) and with its ending before a country or without (پزوی شیلی).
    """
    from babel.core import Locale, get_global  # noqa: PLC0415 -- 50 ms that only money needs

    uses = [use for territory in get_global("territory_currencies").values() for use in territory]
    tender = {code for code, _, end, is_tender in uses if is_tender and end is None}
    names = {code: name for code, name in Locale("fa").currencies.items() if code in tender and "(" not in name}
    found = {
        join(spelling): code
        for code, name in names.items()
        for variant in _variants(name.replace("ٔ", "").translate(_VOWELS))
        for spelling in _spellings(variant)
    }
    found |= {code: code for code in tender}
    found |= {join(s): code for code, bare in _BARE.items() for name in bare.split("|") for s in _spellings(name)}
    return found | dict.fromkeys(SUMS, TOMAN)


_VOWELS = str.maketrans("", "", "ًٌٍَُِّْ")


def _variants(name: str) -> Iterator[str]:
    """Yield a name of CLDR and what else its country and its coin are called."""
    coin, _, country = name.partition(" ")
    if coin.endswith("ی") and coin[:-1].endswith(_EZAFE):
        coin = coin[:-1]
    coins = [coin, *_COINS.get(coin, "").split("|")]
    countries = [country, *_COUNTRIES.get(country, "").split("|")]
    yield from (f"{c} {of}" for c in coins if c for of in countries if of)


def _spellings(name: str) -> list[str]:
    coin, _, country = name.partition(" ")
    if not coin[0].isalpha():
        return [name]
    endings = ("", "ی", "ای", "یی") if coin.endswith(("ه", *_EZAFE)) else ("", "ی")
    adjective = "یی" if name.endswith(_EZAFE) else "ی"
    return [f"{coin}{ending} {country}".rstrip() for ending in endings] + [name + adjective]
