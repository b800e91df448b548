"""The operator hears of a full disk once, however often the workers are killed meanwhile."""

from pathlib import Path

from tests.builders import club_founded
from tests.system import System


def test_a_matter_is_mailed_once_whatever_dies(tmp_path: Path):
    settings = {"ISHC_OPERATOR_ADDRESS": "ops@ishc.test", "ISHC_DISK_FREE_MB": "1000000000"}
    with System(tmp_path, **settings) as system:
        system.post(club_founded())
        for _ in range(3):
            system.kill("notifier-worker")
            system.kill("letters-worker")

        system.wait_until(lambda: system.letters_at("ops"), 60)
        system.kill("notifier-worker")
        system.wait_until(lambda: states(system) == ["sent"], 60)

        [letter] = system.letters_at("ops")
        assert letter["subject"].startswith("Hệ thống ISHC: Đĩa dữ liệu chỉ còn")
        [alert] = system.get("notifier", "/v1/alerts?rule=needs_operator")["items"]
        assert alert["state"] == "firing"


def states(system: System) -> list[str]:
    return [one["state"] for one in system.get("notifier", "/v1/letters?office=operator")["items"]]
