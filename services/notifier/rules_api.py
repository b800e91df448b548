"""`GET /v1/rules`: every rule with its meaning, route, thresholds and sources."""

from typing import Any

from fastapi import FastAPI, Request

from services.notifier.boards.reader import Reader
from services.notifier.rules.catalogue import RULES, Rule
from shared.door import Door
from shared.texts import LANGUAGES, say


def add_rules(app: FastAPI, door: Door) -> None:
    """What is looked for, for those who read the letters."""

    @app.get("/v1/rules", tags=["rules"], summary="Các quy tắc / rules with threshold, norm and source")
    async def rules(request: Request) -> dict[str, Any]:
        Reader(await door.bearer(request)).check_reads_letters()
        return {"items": [told(rule) for rule in RULES.values()]}


def told(rule: Rule) -> dict[str, Any]:
    """A rule as it is answered and printed."""
    names = {f"name_{lang}": say(lang, f"rule.{rule.code}") for lang in LANGUAGES}
    meanings = {f"means_{lang}": say(lang, f"rule.{rule.code}.means") for lang in LANGUAGES}
    thresholds = [
        {
            "name": name,
            "value": one.in_use,
            "default": one.default,
            "unit": one.unit,
            "norm": one.norm,
            "source": one.source,
        }
        for name, one in rule.thresholds.items()
    ]
    names_of_route = ("urgency", "urgent_a_week", "audience", "repeat_days", "escalate_days", "rehearsed")
    route = {name: getattr(rule, name) for name in names_of_route}
    return {"code": rule.code, **names, **meanings, **route, "thresholds": thresholds, "source": rule.source}
