"""A country of clubs that never were: believable reports in the order in which a registry would receive them.

The same seed gives the same bytes on every machine: chance comes from one place (`dice.py`), time from the
calendar, and everything else is whole numbers and fixed tables. Rates are chosen to look like the country, not
measured in it: nothing here may be quoted as a fact about a real club or province.
"""
