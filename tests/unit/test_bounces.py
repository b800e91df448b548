"""What a returned mail says: which letter, and whether the address is at fault."""

from email import message_from_string, policy

import pytest

from services.notifier.bounces import Bounce, bounce_in
from services.notifier.mail import ReturnPath
from tests.returns import EXIM, HOLIDAY, report

PATH = "bounces+7-3f9a0c12@ishc.test"
LETTER = ReturnPath(7, "3f9a0c12")


def read(mail: str) -> Bounce | None:
    return bounce_in(message_from_string(mail, policy=policy.default))


@pytest.mark.parametrize(
    ("status", "hard"),
    [
        ("5.1.1", True),  # No such mailbox.
        ("5.1.10", True),
        ("5.2.1", True),  # Mailbox disabled.
        ("5.4.4", True),  # No such domain.
        ("5.2.2", False),  # Mailbox full.
        ("5.7.1", False),  # This letter was not liked; another may be.
        ("4.4.7", False),  # Tried for days, in vain.
    ],
)
def test_only_the_status_code_says_whether_the_address_is_at_fault(status: str, hard: bool):
    bounce = read(report(PATH, status).decode())

    assert bounce == Bounce(LETTER, status, failed=True)
    assert bounce.hard is hard


def test_a_mail_server_that_still_tries_has_not_failed():
    bounce = read(report(PATH, "4.4.1", "delayed").decode())

    assert bounce == Bounce(LETTER, "4.4.1", failed=False)
    assert not bounce.hard


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_good_news_is_no_bounce(action: str):
    assert read(report(PATH, "2.1.5", action).decode()) is None


def test_one_failure_among_several_recipients_is_a_failure():
    more = (
        "Final-Recipient: rfc822; b@board.test\nAction: failed\nStatus: 5.1.1\n\n--b1\nContent-Type: text/rfc"
    )
    mail = report(PATH, "4.4.1", "delayed").decode().replace("--b1\nContent-Type: text/rfc", more)

    assert read(mail) == Bounce(LETTER, "5.1.1", failed=True)


def test_a_bounce_in_words_is_read_too():
    assert read(EXIM.format(to=PATH, status="5.1.1")) == Bounce(LETTER, "5.1.1", failed=True)
    assert read(EXIM.format(to=PATH, status="")) == Bounce(LETTER, "5.0.0", failed=True)


def test_who_is_on_holiday_has_not_bounced():
    assert read(HOLIDAY.format(to=PATH)) is None


@pytest.mark.parametrize("to", ["bounces@ishc.test", "bounces+7@ishc.test", "ai-do@ishc.test"])
def test_a_bounce_that_names_no_letter_is_none_of_ours(to: str):
    assert read(report(to).decode()) is None


def test_the_address_that_mail_came_back_to_may_stand_in_another_field():
    mail = f"Delivered-To: {PATH}\n" + report("undisclosed@ishc.test").decode()

    assert read(mail) == Bounce(LETTER, "5.1.1", failed=True)
