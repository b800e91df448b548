"""Tết: when few clubs meet. The lunar new year moves between the end of January and that of February."""

from datetime import date
from typing import Final

# First day of the lunar year in Viet Nam, 2005-2036 (Âm lịch at 105° E, from new moons and solar terms; Viet Nam
# and China differ in 2007 and 2030).
_TET_DAYS: Final = """
2005-02-09 2006-01-29 2007-02-17 2008-02-07 2009-01-26 2010-02-14 2011-02-03 2012-01-23
2013-02-10 2014-01-31 2015-02-19 2016-02-08 2017-01-28 2018-02-16 2019-02-05 2020-01-25
2021-02-12 2022-02-01 2023-01-22 2024-02-10 2025-01-29 2026-02-17 2027-02-06 2028-01-26
2029-02-13 2030-02-02 2031-01-23 2032-02-11 2033-01-31 2034-02-19 2035-02-08 2036-01-28
"""
TET: Final = tuple(date.fromisoformat(day) for day in _TET_DAYS.split())
