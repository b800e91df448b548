"""What continuous integration says of the dependencies: a known fault fails, silence is no praise."""

import runpy

judged = runpy.run_path(".ci/audit.py")["judged"]
SOUND = {"name": "redis", "version": "6.0", "vulns": []}
FAULTY = {"name": "jinja2", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1"]}]}
UNKNOWN = {"name": "wrapt", "skip_reason": "Dependency not found on PyPI"}


def test_a_known_fault_is_named_with_its_cure():
    assert judged("a.lock", [SOUND, FAULTY]) == (
        1,
        "a.lock: 2 audited, 1 known faults\n  jinja2 2.0: PYSEC-1, fixed in 3.1",
    )


def test_sound_dependencies_pass():
    assert judged("a.lock", [SOUND]) == (0, "a.lock: 1 audited, 0 known faults")


def test_what_the_advisories_do_not_know_is_not_called_sound():
    assert judged("a.lock", [UNKNOWN]) == (
        0,
        "a.lock: NOT AUDITED: the advisories know none of 1 dependencies from here",
    )
    assert judged("a.lock", [SOUND, UNKNOWN])[1].endswith("1 NOT AUDITED: unknown to the advisories")
