"""What is unusual about a report: recorded all the same, and said. Decision 0014."""

from collections.abc import Iterator

from shared.codes import unknown_codes
from shared.events import Event
from shared.unusual.against_norms import beyond_norms
from shared.unusual.in_print import doubts_in_print
from shared.unusual.warning import Warning

__all__ = ["Warning", "unusual"]


def unusual(event: Event) -> tuple[Warning, ...]:
    """Every warning about an event.

    A function of the event alone: a report sent twice is warned about in the same words, and so is one on trial.
    """
    return (*beyond_norms(event), *_unknown(event), *doubts_in_print(event))


def _unknown(event: Event) -> Iterator[Warning]:
    """Words our lists do not know: codes, communes and districts."""
    for at, kind in unknown_codes(event):
        yield Warning("unknown-code", f"/data{at}", {"list": kind})
    place = event.where()
    for field in place.doubts() if place else ():
        yield Warning("doubtful-place", f"/data/place/{field}")
