"""The ledger as JSON, with its days and amounts also in words."""

from typing import Any

from shared.codes import code_name
from shared.ledger import Check, Doubt, Entry, FundLedger, Ledger
from shared.money import Balance, Move, Totals
from shared.texts import Language, say, span, when
from shared.values import Range


def ledger_in_words(lang: Language, found: Ledger) -> dict[str, Any]:
    """Both funds with their entries, counts and doubts, and the sums of both. Amounts are whole đồng."""
    return {
        "funds": [
            {"fund": fund, "fund_text": say(lang, f"fund.{fund}"), **_fund(lang, one)}
            for fund, one in found.funds.items()
        ],
        **_balance(lang, found.balance),
        "totals": _totals(lang, found.totals),
    }


def dong(lang: Language, amount: Range) -> str:
    """An amount with its edges: *hơn 60.000.000 đồng*."""
    return say(lang, "money.dong", amount=span(lang, amount))


def _fund(lang: Language, fund: FundLedger) -> dict[str, Any]:
    return {
        **_balance(lang, fund.balance),
        "totals": _totals(lang, fund.totals),
        "counts": [_check(lang, check) for check in fund.checks],
        "doubts": [_doubt(lang, doubt) for doubt in fund.doubts],
        "entries": [_entry(lang, entry) for entry in fund.entries],
    }


def _balance(lang: Language, balance: Balance) -> dict[str, Any]:
    return {
        **_amount(lang, "cash", balance.cash),
        "outstanding_vnd": balance.outstanding,
        **_amount(lang, "worth", balance.worth),
        **_amount(lang, "owed", balance.owed),
    }


def _totals(lang: Language, totals: Totals) -> dict[str, Any]:
    return {
        "received": [
            {
                "source": source,
                "source_text": code_name(lang, "fund_source", source),
                **_amount(lang, "amount", amount),
            }
            for source, amount in sorted(totals.received.items())
        ],
        "spent": [
            {"purpose": purpose, "purpose_text": code_name(lang, "purpose", purpose), "amount_vnd": paid}
            for purpose, paid in sorted(totals.spent.items())
        ],
        "lent_vnd": totals.lent,
        "repaid_vnd": totals.repaid,
        "interest_vnd": totals.interest,
    }


def _entry(lang: Language, entry: Entry) -> dict[str, Any]:
    move = entry.move
    return {
        **_named(lang, move),
        "type": move.type,
        "said": _said(lang, entry),
        "source": move.source,
        "purpose": move.purpose,
        "goods": list(move.goods),
        "opens": entry.opens,
        "adds": {**_amount(lang, "cash", move.cash), "outstanding_vnd": move.outstanding},
        "after": _balance(lang, entry.after),
    }


def _said(lang: Language, entry: Entry) -> str:
    """What the entry is, in a few words: *Quỹ nhận: dự án*."""
    move = entry.move
    what = say(lang, f"type.{move.type}")
    if move.source is not None:
        return say(lang, "ledger.said", what=what, which=code_name(lang, "fund_source", move.source))
    if move.purpose is not None:
        return say(lang, "ledger.said", what=what, which=code_name(lang, "purpose", move.purpose))
    return what


def _check(lang: Language, check: Check) -> dict[str, Any]:
    parted_after = _named(lang, check.parted_after) if check.parted_after else None
    return {
        **_named(lang, check.move),
        "counted_vnd": check.move.counted,
        **_amount(lang, "expected", check.expected),
        "agrees": check.agrees,
        "difference_vnd": check.difference,
        "parted_after": parted_after,
        "said": _verdict(lang, check),
    }


def _verdict(lang: Language, check: Check) -> str:
    if check.parted_after is None:
        return say(lang, "ledger.agrees")
    return say(
        lang,
        "ledger.more" if check.difference > 0 else "ledger.less",
        amount=say(lang, "money.dong", amount=abs(check.difference)),
        day=when(lang, check.parted_after.day),
        position=str(check.parted_after.position),
    )


def _doubt(lang: Language, doubt: Doubt) -> dict[str, Any]:
    short = say(lang, "money.dong", amount=doubt.short)
    return {
        **_named(lang, doubt.move),
        "beyond": doubt.beyond,
        "short_vnd": doubt.short,
        "said": say(lang, f"ledger.beyond.{doubt.beyond}", amount=short),
    }


def _named(lang: Language, move: Move) -> dict[str, Any]:
    return {
        "position": move.position,
        "id": move.id,
        "day": str(move.day),
        "day_text": when(lang, move.day),
    }


def _amount(lang: Language, name: str, amount: Range) -> dict[str, Any]:
    edges = {"value": amount.value, "low": amount.low, "high": amount.high}
    return {name: edges, f"{name}_text": dong(lang, amount)}
