"""Ask the public advisories about every locked dependency: known faults fail, silence of the advisories does not.

python .ci/audit.py requirements.lock requirements-dev.lock
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PATIENCE = 300  # Seconds for one lock file.


def audited(lock: str) -> list[dict[str, Any]]:
    """What the advisories say of each dependency. Raises `OSError` where nobody answers."""
    here = str(Path(sys.executable).with_name("pip-audit"))
    command = [
        here,
        "--require-hashes",
        "--disable-pip",
        "--progress-spinner=off",
        "--format=json",
        "-r",
        lock,
    ]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        return list(json.loads(said.stdout)["dependencies"])
    except (subprocess.TimeoutExpired, ValueError, KeyError) as error:
        raise OSError(f"pip-audit gave no answer: {type(error).__name__}") from error


def judged(lock: str, dependencies: list[dict[str, Any]]) -> tuple[int, str]:
    """How many known faults there are, and what to say of the lock file."""
    known = [one for one in dependencies if "skip_reason" not in one]
    faults = [
        f"  {one['name']} {one['version']}: {fault['id']}, fixed in {', '.join(fault['fix_versions']) or '–'}"
        for one in known
        for fault in one["vulns"]
    ]
    if not known:
        return (
            0,
            f"{lock}: NOT AUDITED: the advisories know none of {len(dependencies)} dependencies from here",
        )
    left = len(dependencies) - len(known)
    unknown = f", {left} NOT AUDITED: unknown to the advisories" if left else ""
    return len(faults), "\n".join(
        [f"{lock}: {len(known)} audited, {len(faults)} known faults{unknown}", *faults]
    )


def main(locks: list[str]) -> int:
    total = 0
    for lock in locks:
        try:
            found, words = judged(lock, audited(lock))
        except OSError as error:
            found, words = 0, f"{lock}: NOT AUDITED: {error}"
        total += found
        print(words)
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
