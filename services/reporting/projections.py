"""From events to read models: each event adds the difference it makes to the picture of its subject."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from services.reporting.bearing import bearing_history
from services.reporting.believed import Believed
from services.reporting.blocks import SIZES, Sizes, sum_blocks
from services.reporting.difference import Difference
from services.reporting.effects import Effect
from services.reporting.picture import Picture, Told, picture
from services.reporting.tables import reading
from shared.events import ClubMerged, ReportCorrected, ReportWithdrawn
from shared.log import Histories
from shared.report import Recorded
from shared.same_club import alias_in, family, root_of


class ReportingFollower:
    """Follows the log into the read models."""

    name = "reporting"
    reading = reading

    def __init__(self, engine: Engine, log: Histories, blocks: Sizes = SIZES) -> None:
        self.engine, self._log, self._blocks = engine, log, blocks
        self._alone, self._believed = False, Believed()

    @contextmanager
    def alone(self, *, empty: bool) -> Iterator[None]:
        """Nobody else writes the read models: what is believed need not be read from them twice, or while they are
        `empty` not at all.
        """
        self._alone, self._believed = True, Believed(whole=empty)
        try:
            yield
        finally:
            self._alone, self._believed = False, Believed()

    def apply(self, transaction: Connection, events: Sequence[Recorded]) -> None:
        believed = self._believed
        self._believed = Believed()  # What a batch that fails made believe is forgotten.
        believed.load(transaction, events)
        self.write(transaction, project(self._log, believed, events))
        if self._alone:
            self._believed = believed

    def write(self, transaction: Connection, difference: Difference) -> None:
        """Write what was projected, and sum the blocks that are full with it."""
        difference.write(transaction)
        sum_blocks(transaction, difference.positions, self._blocks)


def project(log: Histories, believed: Believed, events: Sequence[Recorded]) -> Difference:
    """What the events add to the read models. `believed` is what is believed before them, then what is after."""
    difference = Difference()
    for event in events:
        difference.hear(event)
        if isinstance(event.event, Told):
            difference.tell(event, event.event)
        elif not believed.add(difference, event):
            _redraw(log, difference, believed, event)
    return difference


def _redraw(log: Histories, difference: Difference, believed: Believed, event: Recorded) -> None:
    """The difference between the pictures of the subject before and after the event.

    A club that turns out to be the same as another leaves one picture and enters another.
    """
    name = event.subject
    history = bearing_history(log, event)
    before, after = believed.aliases, believed.aliases
    amends = isinstance(event.event, ReportCorrected | ReportWithdrawn)
    if amends or isinstance(event.event, ClubMerged):
        into = alias_in(history)
        after = {key: value for key, value in before.items() if key != name}
        after |= {name: into} if into is not None else {}
        difference.rename(event, before.get(name), into)
        believed.aliases = after
    effects: Counter[Effect] = Counter()
    for root in sorted({root_of(name, before), root_of(name, after)} | {name}):
        was, now = (
            _picture(log, root, names, event, history, last)
            for names, last in ((before, False), (after, True))
        )
        difference.differ(event, root, was, now)
        effects.update(now.effects)
        effects.subtract(was.effects)
        # Else it still stands as it did, and its row here may be without what does not bear on the event.
        if not amends or (was.club, was.where) != (now.club, now.where):
            believed.see(root, now.club, now.where)
    difference.add(event, effects)


def _picture(
    log: Histories, root: str, names: dict[str, str], event: Recorded, history: list[Recorded], last: bool
) -> Picture:
    """The picture of a subject with the event or, if not `last`, without it; nothing of a mere alias."""
    if root_of(root, names) != root:
        return Picture()
    mine = history if last else history[:-1]
    return picture(
        root,
        [mine if name == event.subject else _until(log, name, event) for name in family(root, names)],
    )


def _until(log: Histories, subject: str, event: Recorded) -> list[Recorded]:
    """The history of another name of the subject, up to the event."""
    return [one for one in log.history(subject) if one.position <= event.position]
