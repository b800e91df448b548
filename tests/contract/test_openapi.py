"""Whatever is asked, within the description of a service or beside it: no fault of ours, no answer it does not name.

ISHC_EXAMPLES asks each operation more often (5 without it).
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from services.notifier.api import create_app as notifier_app
from services.registry.api import create_app as registry_app
from services.reporting.api import create_app as reporting_app
from shared.settings import Local
from tests.boards import boards, two_silent_clubs
from tests.builders import meeting_held
from tests.servers import Valkey
from tests.station import Mailbox, Station

EXAMPLES = int(os.environ.get("ISHC_EXAMPLES", "5"))
APPS = {"registry": registry_app, "reporting": reporting_app, "notifier": notifier_app}
ENDLESS = {"/live"}  # A stream of server-sent events.
FAULTS = {500, 502, 503, 504}  # 501 says that OData has more than we offer.


@cache
def description(service: str) -> Any:
    app: Any = APPS[service](Local())
    return schemathesis.openapi.from_dict(getattr(app, "app", app).openapi())


def operations() -> Iterator[Any]:
    for service in APPS:
        for found in description(service).get_all_operations():
            operation = found.ok()
            if operation.path not in ENDLESS:
                yield pytest.param(service, operation, id=f"{service} {operation.label}")


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory, valkey: Valkey) -> Iterator[Station]:
    mailbox = Mailbox()
    made = Station(tmp_path_factory.mktemp("openapi"), valkey.url, "openapi", smtp_port=mailbox.port)
    boards(made)
    two_silent_clubs(made)
    made.post([meeting_held("nobody"), meeting_held(on="2099-01-01")])
    yield made
    made.stop()
    mailbox.stop()


@pytest.mark.parametrize(("service", "operation"), operations())
@pytest.mark.parametrize("mode", GenerationMode, ids=str)
def test_every_answer_is_one_that_the_description_names(
    station: Station, service: str, operation: Any, mode: GenerationMode
):
    named = {int(status) for status in operation.definition.raw["responses"]}
    base, bearer = getattr(station, service), {"Authorization": f"Bearer {station.operator}"}

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        answer = case.call(base_url=base, headers=bearer, timeout=30)
        assert answer.status_code not in FAULTS, (case.as_curl_command(), answer.text)
        assert answer.status_code in named, (case.as_curl_command(), answer.text)

    with suppress(Unsatisfiable):  # Nothing can be asked wrongly where nothing is asked.
        ask()
