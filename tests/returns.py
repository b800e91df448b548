"""Mail that comes back, as mail servers write it (RFC 3464)."""

from typing import Any

REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mx.test (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.test
Arrival-Date: Tue, 30 Jun 2026 10:00:00 +0700

Final-Recipient: rfc822; ai-do@board.test
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user

--b1
Content-Type: text/rfc822-headers

Subject: =?utf-8?q?C=C3=A2u_l=E1=BA=A1c_b=E1=BB=99?=

--b1--
"""

# What an old mail server writes: no report, words only.
EXIM = """\
Return-Path: <>
X-Failed-Recipients: ai-do@board.test
From: Mail Delivery System <Mailer-Daemon@mx.test>
To: {to}
Subject: Mail delivery failed: returning message to sender

A message that you sent could not be delivered to all of its recipients.

  ai-do@board.test
    SMTP error from remote mail server: 550 {status} no such user
"""

HOLIDAY = """\
From: thu-ky@board.test
To: {to}
Subject: Nghi le
Auto-Submitted: auto-replied

Toi di vang.
"""


def report(to: str, status: str = "5.1.1", action: str = "failed") -> bytes:
    return REPORT.format(to=to, status=status, action=action).encode()


def returned_to(letter: dict[str, Any], bounces: str = "bounces@ishc.test") -> str:
    """The return path of a letter as `GET /v1/letters` lists it."""
    from services.notifier.mail import return_path

    return return_path(letter["id"], letter["message_id"], bounces, "")
