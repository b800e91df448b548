"""Which trace something belongs to, and how a line of a log says so."""

import json
import logging
import sys
from io import StringIO

import pytest

from shared import tracing
from shared.logs import JsonLines, TextLines, told
from shared.report import Identity
from shared.tracing import Trace, of_report, read, span

T, S = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("traceparent", "trace"),
    [
        (f"00-{T}-{S}-01", Trace(T, S)),
        (f"cc-{T}-{S}-00-what-comes-later", Trace(T, S)),
        (None, None),
        ("", None),
        ("nonsense", None),
        (f"00-{T.upper()}-{S}-01", None),
        (f"00-{'0' * 32}-{S}-01", None),
        (f"00-{T}-{'0' * 16}-01", None),
        (f"00-{T}-{S}", None),
    ],
)
def test_a_traceparent_is_read_as_w3c_says(traceparent: str | None, trace: Trace | None):
    assert read(traceparent) == trace


def test_a_report_without_a_trace_is_its_own_and_always_the_same():
    phone = Identity("/devices/phone", "report-1")

    assert of_report(phone, f"00-{T}-{S}-01") == Trace(T, S)
    assert of_report(phone, None) == of_report(phone, "nonsense") == of_report(Identity(*phone), None)
    assert of_report(phone, None) != of_report(Identity("/devices/phone", "report-2"), None)
    own = of_report(phone, None)
    assert read(f"00-{own.id}-{own.span}-01") == own
    assert len({tracing.new() for _ in range(100)}) == 100


def logged(formatter: logging.Formatter, write) -> str:
    stream = StringIO()
    handler, logger = logging.StreamHandler(stream), logging.getLogger("ishc.test")
    handler.setFormatter(formatter)
    logger.addHandler(handler)
    logger.setLevel("INFO")  # Whatever other tests in this process made of the root's.
    try:
        write(logger)
    finally:
        logger.removeHandler(handler)
    return stream.getvalue()


def test_a_line_for_machines_is_one_object_whatever_happened():
    def fail(logger: logging.Logger) -> None:
        try:
            raise ValueError("two\nlines")
        except ValueError:
            with span("test", [Trace(T, S), Trace("b" * 32, S)]):
                logger.error("câu %d\nhai dòng", 7, exc_info=sys.exc_info(), extra=told(position=7))

    line = logged(JsonLines("registry"), fail)

    assert line.count("\n") == 1
    read_back = json.loads(line)
    assert read_back["time"].endswith("+00:00")
    assert "ValueError: two\nlines" in read_back.pop("exception")
    read_back.pop("time")
    assert read_back == {
        "level": "ERROR",
        "process": "registry",
        "logger": "ishc.test",
        "message": "câu 7\nhai dòng",
        "position": 7,
        "trace": T,
        "traces": [T, "b" * 32],
    }


def test_a_line_for_people_ends_with_the_trace():
    def write(logger: logging.Logger) -> None:
        logger.warning("outside")
        with span("test", [Trace(T, S)]):
            logger.warning("inside", extra=told(position=7))

    assert logged(TextLines("%(levelname)s %(message)s"), write) == f"WARNING outside\nWARNING inside [{T}]\n"
