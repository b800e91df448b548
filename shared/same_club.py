"""Clubs registered twice: which names mean one club. Pure.

`aliases` says of a club that it is the same as another (`club.merged`, kind `same_club`); the history follows.
"""

from collections.abc import Iterable, Mapping, Sequence

from shared.effective import Effective, effective, founding_of, life_of
from shared.events import ClubMerged, ReportCorrected
from shared.report import Recorded


def root_of(name: str, aliases: Mapping[str, str]) -> str:
    """The name under which the club is counted. Names in a circle, which two registries could make, are one club."""
    passed = [name]
    while (into := aliases.get(passed[-1])) is not None:
        if into in passed:
            return min(passed[passed.index(into) :])
        passed.append(into)
    return passed[-1]


def family(root: str, aliases: Mapping[str, str]) -> list[str]:
    """All names of the club counted under `root`, the root first."""
    return [root, *sorted(name for name in aliases if name != root and root_of(name, aliases) == root)]


def alias_in(history: Sequence[Recorded]) -> str | None:
    """The club this one is the same as, by the end of its history."""
    same_as = life_of(effective(history)).same_as
    return same_as.into if same_as is not None else None


def families(reports: Iterable[Recorded]) -> dict[str, str]:
    """Of clubs that were ever said to be merged, or by a correction, one name for all that are connected so."""
    first: dict[str, str] = {}
    for report in reports:
        match report.event:
            case ClubMerged(into=into) | ReportCorrected(data={"into": str(into)}):
                one, other = root_of(report.subject, first), root_of(into, first)
                if one != other:
                    first[one] = other
    return {name: root_of(name, first) for name in first}


def reports_of(histories: Sequence[Sequence[Recorded]]) -> list[Effective]:
    """What counts in the histories of one club, by position; of its foundings that of the first name that has one."""
    standing = [[report for report in effective(history) if report.counts] for history in histories]
    founding = next((found for reports in standing if (found := founding_of(reports)) is not None), None)
    told = [
        report
        for number, reports in enumerate(standing)
        for report in reports
        if report.event is founding or _of_the_club(report, root=number == 0)
    ]
    return sorted(told, key=lambda report: report.original.position)


def _of_the_club(report: Effective, root: bool) -> bool:
    """A second registration adds what the club did, not another beginning, end or seat."""
    return root or report.event.type not in OF_THE_REGISTRATION


# What is written down about a club, rather than what it does: its beginning, names, seats and end.
OF_THE_REGISTRATION = frozenset(
    ("club.proposed", "club.founded", "club.dissolved", "club.merged", "club.moved", "club.renamed")
)
