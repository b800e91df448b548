"""A subject arrives as it was written, however long it is."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from hypothesis import example, given
from hypothesis import strategies as st

from services.notifier.folding import MAIL

words = st.lists(st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyạảấầẩẫậ0123:–", min_size=1, max_size=12), min_size=1)


@given(words.map(" ".join))
@example("Tuyên Quang: cả 3 câu lạc bộ chưa báo cáo sinh hoạt")
def test_a_subject_keeps_every_blank(subject: str):
    message = EmailMessage()
    message["Subject"] = subject
    message.set_content("x")

    sent = message.as_bytes(policy=MAIL)

    assert message_from_bytes(sent, policy=default)["subject"] == subject
    assert max(len(line) for line in sent.splitlines()) <= 78
