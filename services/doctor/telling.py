"""The doctor's words: for people in two languages, for scripts as JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence

from shared.matters import Matter
from shared.texts import LANGUAGES, say


def lines_of(versions: Mapping[str, str], matters: Sequence[Matter]) -> Iterator[str]:
    """What is here, what is wrong, what is worth a look, and what to do."""
    yield " · ".join(f"{name}: {told}" for name, told in versions.items())
    for matter in matters:
        yield f"\n{'✗' if matter.wrong else '!'} {matter.code}{f' ({matter.about})' if matter.about else ''}"
        for language in LANGUAGES:
            yield f"  {matter.said(language)}\n    → {matter.to_do(language)}"
    wrong = sum(matter.wrong for matter in matters)
    worth = len(matters) - wrong
    yield "\n" + " / ".join(say(language, "doctor.sum", wrong=wrong, look=worth) for language in LANGUAGES)


def as_json(versions: Mapping[str, str], matters: Sequence[Matter]) -> str:
    """One object; `ok` is false if something is wrong."""
    told = [
        {
            "code": matter.code,
            "about": matter.about,
            "wrong": matter.wrong,
            "facts": dict(matter.facts),
            **{f"said_{language}": matter.said(language) for language in LANGUAGES},
            **{f"do_{language}": matter.to_do(language) for language in LANGUAGES},
        }
        for matter in matters
    ]
    ok = not any(matter.wrong for matter in matters)
    return json.dumps({"ok": ok, "versions": dict(versions), "matters": told}, ensure_ascii=False, indent=2)
