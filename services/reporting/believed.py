"""What is believed of clubs while events are projected, so that the read models need not be asked again."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from sqlalchemy import Connection, select

from services.reporting.difference import Difference
from services.reporting.effects import Row, of_itself
from services.reporting.newest import renewed
from services.reporting.picture import Picture
from services.reporting.sites import Site, Sites
from services.reporting.tables import aliases, clubs
from shared.report import Recorded
from shared.same_club import root_of

MOST_CLUBS: Final = 25_000  # Remembered from batch to batch, some 3 KB each: as many as there may be by 2035.
_SITE = ("list", "province", "district", "commune", "province_now", "commune_now", "province_63", "how")


class Believed:
    """What was believed before each event of a batch: the names of clubs, their rows, and where they sat since when.

    Of a club that moved only the newest place is in its row: its first report of the batch looks back. `whole`: it is
    known from the first event on, so what it never met is new.
    """

    def __init__(self, whole: bool = False) -> None:
        self.aliases: dict[str, str] = {}
        self._asked = self._whole = whole
        self._clubs: dict[str, tuple[Row, Sites] | None] = {}  # None: every report of it looks back.
        self._let_go: set[str] = set()

    def knows_all(self, events: Iterable[Recorded]) -> bool:
        """Whether the read models need not be asked about the subjects of the events."""
        met = self._meet(events)
        return self._whole and self._let_go.isdisjoint(met)

    def load(self, transaction: Connection, events: Iterable[Recorded]) -> None:
        """Read what is believed about the subjects of the events, as far as it is not known already, nor new."""
        if not self._asked:
            self._asked = True
            current = select(aliases.c.subject, aliases.c.into).where(aliases.c.known_until.is_(None))
            self.aliases = {row.subject: row.into for row in transaction.execute(current)}
        met = self._meet(events)
        roots = sorted(self._let_go & self._clubs.keys() if self._whole else met)
        self._let_go.difference_update(roots)
        columns = [column for column in clubs.c if not column.name.startswith("known_")]
        for start in range(0, len(roots), 500):
            some = clubs.c.subject.in_(roots[start : start + 500])
            for row in transaction.execute(select(*columns).where(some, clubs.c.known_until.is_(None))):
                club = dict(row._mapping)
                here = Site(**{name: club[name] for name in _SITE}, candidates=())
                self.see(club.pop("subject"), club, () if club["moved"] else [(date.min, here)])

    def _meet(self, events: Iterable[Recorded]) -> set[str]:
        """The subjects of the events that are not known; of too many, those met longest ago are let go."""
        for root in list(self._clubs)[:-MOST_CLUBS]:
            del self._clubs[root]
            self._let_go.add(root)
        roots = {root_of(event.subject, self.aliases) for event in events} - self._clubs.keys()
        self._clubs |= dict.fromkeys(roots)
        return roots

    def see(self, root: str, club: Row | None, where: Sites) -> None:
        """Note a founded club as it stands from now on, and where it sat."""
        founded = club is not None and club["state"] != "proposed"
        self._clubs[root] = (club, where) if club is not None and founded and where else None

    def add(self, difference: Difference, event: Recorded) -> bool:
        """Add what the event changes without looking back; False if the whole picture must be seen."""
        root = root_of(event.subject, self.aliases)
        if (known := self._clubs.get(root)) is None:
            return False
        club, where = known
        if (effects := of_itself(root, event.event, where, event.position)) is not None:
            difference.enter(event, effects)
            return True
        if (told := renewed(root, club, where, event.event)) is not None:
            after, moved = told
            difference.differ(event, root, Picture(club), Picture(after))
            difference.add(event, moved)
            self.see(root, after, where)
            return True
        return False
