"""What the registry knows about devices now: `GET /v1/intake`, asked with the asker's own token."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import httpx2

from shared.clock import from_utc_text

SECONDS: Final = 3  # Nobody waits longer for what an answer can do without.

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Intake:
    """When each device was last heard from, and how many of their reports wait now: held, or in quarantine."""

    last_heard: Mapping[str, datetime]
    held: int
    quarantined: int


def intake(url: str, authorization: str, province: str, today: date) -> Intake | None:
    """What the registry knows of the devices that reported about a province; None if it does not answer.

    Unlike the log this counts what was refused, held or sent again: the device lives. `today` keeps the answer
    short: what was sent before is not listed, silent devices are.
    """
    asking = {"province": province, "since": today.isoformat()}
    found: dict[str, datetime] = {}
    try:
        with httpx2.Client(
            base_url=url, headers={"Authorization": authorization}, timeout=SECONDS
        ) as registry:
            while True:
                answer = registry.get("/v1/intake", params=asking).raise_for_status().json()
                for device in answer["devices"]:
                    found[device["source"]] = from_utc_text(device["last_heard"])
                if answer["next"] is None:
                    waiting = answer["waiting"]
                    return Intake(found, int(waiting["held"]), int(waiting["quarantined"]))
                asking["after"] = answer["next"]
    except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:  # Something else may answer there.
        logger.warning("the registry does not say which devices it heard from: %s", type(error).__name__)
        return None
