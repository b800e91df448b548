"""A receipt is short, is read as people write it, and fits one event of one history."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.receipt import read_receipt, receipt

positions = st.integers(1, 10**15 - 1)
hashes = st.text("0123456789abcdef", min_size=64, max_size=64)


@given(positions, hashes)
def test_what_was_written_is_read(position: int, hash: str):
    assert read_receipt(receipt(position, hash)) == (position, receipt(position, hash))


@given(positions, hashes, st.integers(0, 9), st.sampled_from("0123456789abcdef"))
def test_another_hash_has_another_receipt(position: int, hash: str, at: int, digit: str):
    other = hash[:at] + digit + hash[at + 1 :]

    assert (receipt(position, other) == receipt(position, hash)) == (other == hash)


def test_it_looks_like_this():
    assert receipt(240, "3fe6215008" + "0" * 54) == "240-7ZK2-2M08"


@pytest.mark.parametrize(
    "written", ["240-7zk2-2mo8", " 240-7ZK22MO8 ", "24O-7ZK2 2M08", "240-7ZK2–2M08", "240-7zk2.2m08"]
)
def test_it_is_read_as_people_write(written: str):
    assert read_receipt(written) == (240, "240-7ZK2-2M08")


@pytest.mark.parametrize(
    "written", ["", "240", "7ZK2-2M08", "0-7ZK2-2M08", "240-7ZK2-2M0", "240-7ZK2-2MU8", "-1-7ZK2"]
)
def test_what_cannot_be_one_is_not_one(written: str):
    assert read_receipt(written) is None
