"""The ledger of a club's two funds: what the reports add up to, and where the cash box parts from it."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from shared.effective import effective
from shared.ledger import FundLedger, Ledger, ledger, ledger_of
from shared.money import FUNDS, Balance, Move, Totals, exactly
from shared.values import NOTHING, Range, when
from tests.builders import club_founded, corrected, of_club, withdrawn
from tests.given import let_in, recorded


def received(
    amount: Any = None, on: str = "2026-02-02", source: str = "project", **more: Any
) -> dict[str, Any]:
    told = {"amount_vnd": amount} if amount is not None else {}
    return _money("fund.received", on, source=source, **told | more)


def spent(amount: int, on: str = "2026-03-10", purpose: str = "visit_sick", **more: Any) -> dict[str, Any]:
    return _money("fund.spent", on, purpose=purpose, amount_vnd=amount, **more)


def counted(cash: int, on: str = "2026-03-31", **more: Any) -> dict[str, Any]:
    return _money("fund.counted", on, cash_vnd=cash, **more)


def lent(principal: int, on: str = "2026-02-20", **more: Any) -> dict[str, Any]:
    return _money("loan.disbursed", on, principal_vnd=principal, **more)


def repaid(principal: int, interest: int = 0, on: str = "2026-03-20", **more: Any) -> dict[str, Any]:
    return _money("loan.repaid", on, principal_vnd=principal, interest_vnd=interest, **more)


def _money(type: str, on: str, **data: Any) -> dict[str, Any]:
    return of_club(type, **{"occurred_on": on, "fund": "income"} | data)


def ledger_told(*sent: dict[str, Any]) -> Ledger:
    return ledger(effective(recorded(club_founded(on="2020-01-15"), *sent)))


def income(*sent: dict[str, Any]) -> FundLedger:
    return ledger_told(*sent).funds["income"]


def checks(fund: FundLedger) -> list[tuple[int, int | None]]:
    """(difference, position it parted after) of every count."""
    return [(one.difference, one.parted_after and one.parted_after.position) for one in fund.checks]


def doubts(fund: FundLedger) -> list[tuple[str, int, int]]:
    return [(one.beyond, one.move.position, one.short) for one in fund.doubts]


def test_money_lent_is_still_worth_something():
    fund = income(received(100_000), lent(60_000), repaid(5_000, interest=480))

    assert fund.balance == Balance(exactly(45_480), outstanding=55_000)
    assert fund.balance.worth == fund.totals.worth == exactly(100_480)
    assert fund.totals == Totals({"project": exactly(100_000)}, {}, lent=60_000, repaid=5_000, interest=480)


def test_entries_stand_in_the_order_of_their_days_whatever_came_first():
    fund = income(spent(30, on="2026-03-10"), received(100, on="2026-02-02"), lent(20, on="2026-02-02"))

    told = [(entry.move.position, entry.after.cash.value) for entry in fund.entries]

    assert told == [(3, 100), (4, 80), (2, 50)]


def test_the_two_funds_are_kept_apart_and_a_transfer_makes_no_money():
    found = ledger_told(
        received(100), spent(40, purpose="transfer"), received(40, source="transfer", fund="activity")
    )

    assert [found.funds[fund].balance.cash.value for fund in FUNDS] == [60, 40]
    assert found.balance.worth == found.totals.worth == Range(100, 100, 100)


def test_an_amount_with_an_edge_leaves_a_balance_with_an_edge():
    fund = income(received({"more_than": 60_000}), spent(10_000))

    assert fund.balance.cash == Range(50_000, 50_001, None)


def test_goods_are_an_entry_without_value():
    [entry] = income(received(goods=["máy đo huyết áp"])).entries

    assert (entry.move.goods, entry.move.cash, entry.after) == (("máy đo huyết áp",), NOTHING, Balance())


def test_a_loan_to_the_club_is_owed_until_it_is_paid_back():
    fund = income(received(20_000, source="loan_to_club"), spent(15_000, purpose="loan_to_club_repaid"))

    assert fund.balance == Balance(exactly(5_000), owed=exactly(5_000))


def test_only_reports_that_count_are_in_the_ledger():
    gift, visit = received(100), spent(30)

    assert income(gift, visit, corrected(gift, amount_vnd=120), withdrawn(visit)).balance.cash == exactly(120)


def test_the_ledger_of_a_day_leaves_out_what_surely_came_later():
    told = effective(recorded(club_founded(), received(100, on="2026-02"), spent(30, on="2026-03-10")))

    assert ledger(told, date(2026, 2, 15)).balance.cash == exactly(100)
    assert ledger(told, date(2026, 3, 10)).balance.cash == exactly(70)


def test_a_count_that_agrees_parted_after_nothing():
    fund = income(received(100), spent(30, on="2026-03-31"), counted(70, on="2026-03-31"))

    assert checks(fund) == [(0, None)]


def test_a_count_that_disagrees_names_the_first_event_after_the_last_that_agreed():
    fund = income(
        received(100),
        counted(100, on="2026-02-28"),
        spent(30),
        spent(5),
        counted(60),
        counted(70, on="2026-04-30"),
    )

    assert checks(fund) == [(0, None), (-5, 4), (5, 7)]


def test_where_no_count_agreed_the_parting_may_be_as_early_as_the_first_entry():
    assert checks(income(received(100), spent(30), counted(75))) == [(5, 2)]


def test_the_same_difference_again_is_the_same_parting():
    fund = income(
        received(100),
        counted(90, on="2026-02-28"),
        spent(30),
        counted(60),
        spent(10, on="2026-04-01"),
        counted(40, on="2026-04-30"),
    )

    assert checks(fund) == [(-10, 2), (-10, 2), (-20, 6)]


def test_a_difference_that_was_mended_and_returns_is_another_parting():
    fund = income(
        received(100), counted(90, on="2026-02-27"), counted(100, on="2026-02-28"), spent(1), counted(89)
    )

    assert checks(fund) == [(-10, 2), (0, None), (-10, 5)]


@pytest.mark.parametrize(("cash", "difference"), [(50_000, -1), (50_001, 0), (900_000, 0)])
def test_a_count_within_an_uncertain_balance_agrees(cash: int, difference: int):
    fund = income(received({"more_than": 60_000}), spent(10_000), counted(cash))

    assert [one.difference for one in fund.checks] == [difference]


@pytest.mark.parametrize(("cash", "difference"), [(100, 0), (70, 0), (69, -1), (101, 1)])
def test_what_may_have_come_before_or_after_a_count_speaks_for_neither(cash: int, difference: int):
    fund = income(received(100), spent(30, on="2026"), counted(cash, on="2026-03-31"))

    assert [one.difference for one in fund.checks] == [difference]


@pytest.mark.parametrize(("cash", "difference"), [(100, 0), (70, 0), (69, -1)])
def test_a_count_of_some_day_of_a_month_may_stand_on_either_side_of_its_events(cash: int, difference: int):
    fund = income(received(100), spent(30, on="2026-03-10"), counted(cash, on="2026-03"))

    assert [one.difference for one in fund.checks] == [difference]


def test_books_that_begin_with_a_count_open_with_it():
    fund = income(counted(500, on="2026-01-31"), received(100), counted(600))

    assert fund.entries[0].opens and not fund.entries[2].opens
    assert fund.totals.received == {"opening": exactly(500), "project": exactly(100)}
    assert checks(fund) == [(0, None), (0, None)]


def test_a_count_on_the_day_of_the_first_entry_opens_nothing():
    fund = income(counted(500, on="2026-02-02"), received(100, on="2026-02-02"))

    assert fund.balance.cash == exactly(100)
    assert checks(fund) == [(400, 3)]


def test_more_gone_than_there_was_is_a_doubt_not_an_error():
    fund = income(
        received(100), spent(130), repaid(20, on="2026-03-20"), spent(5, purpose="loan_to_club_repaid")
    )

    assert doubts(fund) == [("cash", 5, 35), ("owed", 5, 5), ("outstanding", 4, 20)]


def test_what_is_made_good_the_same_day_is_no_doubt():
    assert doubts(income(spent(30, on="2026-03-10"), received(30, on="2026-03-10"))) == []


def test_what_may_have_come_in_time_is_no_doubt():
    assert doubts(income(received(100, on="2026"), spent(30))) == []
    assert doubts(income(received(100, on="2026-04"), spent(30))) == [("cash", 3, 30)]


# --- laws -----------------------------------------------------------------------------------------------------

DAYS = ["2025-12-31", "2026-01-10", "2026-01-31", "2026-02-10", "2026-01", "2026", "../2026-01-20"]
AMOUNTS = st.integers(0, 200)


@st.composite
def reports_of_money(draw: st.DrawFn) -> dict[str, Any]:
    """Any report about money, of either fund."""
    where = {"on": draw(st.sampled_from(DAYS)), "fund": draw(st.sampled_from(FUNDS))}
    match draw(st.integers(0, 4)):
        case 0:
            amount = draw(AMOUNTS | st.builds(lambda n: {"more_than": n}, AMOUNTS))
            source = draw(st.sampled_from(["project", "members", "interest", "transfer", "loan_to_club"]))
            return received(amount, source=source, **where)
        case 1:
            purpose = draw(st.sampled_from(["visit_sick", "transfer", "loan_to_club_repaid"]))
            return spent(draw(AMOUNTS), purpose=purpose, **where)
        case 2:
            return counted(draw(AMOUNTS), **where)
        case 3:
            return lent(draw(AMOUNTS), **where)
        case _:
            return repaid(draw(AMOUNTS), draw(AMOUNTS), **where)


histories = st.lists(reports_of_money(), min_size=1, max_size=12)


@settings(max_examples=100)
@forall(histories)
def test_received_and_interest_less_spent_is_cash_and_loans(sent: list[dict[str, Any]]):
    found = ledger_told(*sent)

    for part in (*found.funds.values(), found):
        assert part.totals.worth == part.balance.worth
        assert part.totals.lent - part.totals.repaid == part.balance.outstanding


@settings(max_examples=60)
@forall(histories, st.data())
def test_withdrawing_a_report_gives_the_ledger_without_it(sent: list[dict[str, Any]], data: st.DataObject):
    gone = data.draw(st.sampled_from(sent))
    history = [club_founded(on="2020-01-15"), *sent]

    without = [one for one in effective(let_in(history)) if one.original.identity.id != gone["id"]]

    assert ledger(effective(let_in([*history, withdrawn(gone)]))) == ledger(without)


@settings(max_examples=60)
@forall(histories, st.randoms(use_true_random=False))
def test_at_the_end_of_a_day_nobody_can_tell_which_report_arrived_first(sent: list[dict[str, Any]], chance):
    shuffled = random.Random(chance.random()).sample(sent, len(sent))

    assert at_day_ends(ledger_told(*sent)) == at_day_ends(ledger_told(*shuffled))


def at_day_ends(found: Ledger) -> dict[str, Any]:
    """Balances and counts by fund and day, and the sums of both funds."""
    told: dict[str, Any] = {"totals": found.totals}
    for name, fund in found.funds.items():
        told |= {f"{name} {entry.move.day.last}": entry.after for entry in fund.entries}
        told[name] = [(one.move.counted, one.expected, one.difference) for one in fund.checks]
    return told


# --- a million reports ----------------------------------------------------------------------------------------

CLUBS, PROVINCES, EVENTS = 5_000, 34, 1_000_000
FIRST = date(2016, 1, 1)
CALENDAR = [when(str(FIRST + timedelta(days=day))) for day in range(3_650)]
SOURCES = ["budget", "society", "members", "project", "interest", "loan_to_club"]
PURPOSES = ["visit_sick", "funeral", "activity", "loan_to_club_repaid", "transfer"]


def random_moves(seed: int) -> Iterator[tuple[int, Move]]:
    """(club, move) of random reports, at the position where each arrived."""
    chance = random.Random(seed)
    choices = (range(CLUBS), FUNDS, CALENDAR, range(100_000), range(6))
    columns = (chance.choices(options, k=EVENTS) for options in choices)
    for position, (club, fund, day, amount, kind) in enumerate(zip(*columns, strict=True), start=1):
        yield club, Move(position, "", day, "", fund, **told(kind, amount))


def told(kind: int, amount: int) -> dict[str, Any]:
    match kind:
        case 0 | 1:
            return {"source": SOURCES[amount % len(SOURCES)], "cash": exactly(amount)}
        case 2:
            return {"purpose": PURPOSES[amount % len(PURPOSES)], "cash": exactly(-amount)}
        case 3:
            return {"cash": exactly(-amount), "outstanding": amount}
        case 4:
            return {
                "cash": exactly(amount),
                "outstanding": -(amount - amount // 100),
                "interest": amount // 100,
            }
        case _:
            return {"counted": amount}


def plainly_added(moves: Iterable[tuple[int, Move]]) -> Counter[str]:
    """The whole, added up without any ledger: by source and purpose, with what each fund's books began with."""
    whole: Counter[str] = Counter()
    begins: dict[tuple[int, str], tuple[date, bool, int]] = {}
    for club, move in moves:
        if named := move.source or move.purpose:
            whole[named] += abs(move.cash.value)
        whole["interest paid"] += move.interest
        whole["outstanding"] += move.outstanding
        first = (move.day.last, move.counted is not None, move.counted or 0)
        begins[club, move.fund] = min(begins.get((club, move.fund), first), first)
    whole["opening"] = sum(counted for _, is_count, counted in begins.values() if is_count)
    return whole


def as_added(totals: Totals) -> Counter[str]:
    """The totals in the words of `plainly_added`."""
    parts = Counter({name: amount.value for name, amount in totals.received.items()})
    parts.update(totals.spent)
    return parts + Counter({"interest paid": totals.interest})


@pytest.fixture(scope="module")
def million() -> dict[int, list[Move]]:
    """A million random reports by club."""
    by_club = defaultdict(list)
    for club, move in random_moves(seed=2026):
        by_club[club].append(move)
    return by_club


def test_a_million_reports_sum_to_the_same_whole_by_source_club_and_province(million: dict[int, list[Move]]):
    provinces, balances = defaultdict(Totals), Balance()
    for club, moves in million.items():
        found = ledger_of(moves)
        provinces[club % PROVINCES] += found.totals
        balances = balances.plus(found.balance)
    nation = sum(provinces.values(), start=Totals())

    whole = plainly_added((club, move) for club, moves in million.items() for move in moves)
    outstanding = whole.pop("outstanding")
    assert as_added(nation) == +whole
    assert nation.worth == balances.worth
    assert (nation.lent - nation.repaid, balances.outstanding) == (outstanding, outstanding)


def test_of_a_million_reports_any_can_be_withdrawn(million: dict[int, list[Move]]):
    chance = random.Random(1336)
    for club in chance.sample(sorted(million), k=300):
        kept = [move for move in million[club] if chance.random() < 0.9]

        whole = plainly_added((club, move) for move in kept)
        whole.pop("outstanding")
        assert as_added(ledger_of(kept).totals) == +whole


def test_a_million_reports_may_arrive_in_any_order(million: dict[int, list[Move]]):
    chance = random.Random(1648)
    for club in chance.sample(sorted(million), k=300):
        arrivals = chance.sample(range(1, EVENTS), k=len(million[club]))
        anew = [
            move._replace(position=position) for move, position in zip(million[club], arrivals, strict=True)
        ]

        assert at_day_ends(ledger_of(anew)) == at_day_ends(ledger_of(million[club]))
