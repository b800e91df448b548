"""Canonical content, hashes and identity."""

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from shared.report import Identity, canonical, content_of

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
names = st.from_regex(r"[a-z0-9_]{1,10}", fullmatch=True)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=15,
)


@given(values)
def test_our_canonical_json_is_that_of_rfc_8785(value: object):
    assert canonical(value) == rfc8785.dumps(value)


@given(st.dictionaries(names, values, max_size=4), texts)
def test_content_is_one_canonical_object(data: dict, subject: str):
    whole = {"data": data, "subject": subject, "type": "meeting.held", "version": 1}

    assert content_of("meeting.held", subject, 1, canonical(data)) == rfc8785.dumps(whole)


def test_identities_do_not_run_into_each_other():
    assert Identity("/a", "b/c").key != Identity("/a/b", "c").key
    assert Identity("/a ", "b").key != Identity("/a", " b").key
