"""What waits in the registry: reports held too long, or refused and not sent anew. Pure."""

from typing import Literal, NamedTuple

Kind = Literal["held", "refused"]


class Waiting(NamedTuple):
    """So many reports of one kind about a province ("" where its device tells of none, or several), since a day."""

    kind: Kind
    province: str
    reports: int
    since: str
