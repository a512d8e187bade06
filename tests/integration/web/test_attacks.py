"""What somebody who means harm tries, by mail, from another machine on the network, or signed in with less than they want to see."""

import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from typing import cast

import pyotp

from tests.support.arrived import log_mail
from tests.support.casework import case_of
from tests.support.dovecot import free_port
from tests.support.logged import place
from tests.support.mail import mail
from tests.support.web import Web, text
from tests.unit.making import NOON
from triage import accounts, desk, review
from triage.bootstrap import Parts
from triage.domain.labels import Kind, Status
from triage.domain.message import Arrival
from triage.domain.user import UserRole
from triage.mailbox.kinds import PAGE, TEXT, shown_type
from triage.pipeline import Logged, Pipeline
from triage.settings import WebSettings
from triage.store.casestore import Quarantined
from triage.web.opening import Backlog, office_of
from triage.web.serving import served

# Many times what an idle machine needs, and a small part of what these took before.
_SOON = 5.0


def test_a_file_that_begins_with_a_row_of_comments_is_told_at_once():
    began = time.monotonic()
    assert shown_type(b"<!---->" * 600) == TEXT
    assert shown_type(b"<!--" + b"-->"[:2] * 400 + b"<!--" * 400) == TEXT
    assert time.monotonic() - began < 1
    assert shown_type(b" <!-- one --> <!-- two\n -- lines --><!----><html><p>Hello") == PAGE
    assert shown_type(b"<!-- a note on bread --> and nothing else") == TEXT


def with_files(number: int) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "Eve <eve@family.example>", "complaints@ashmere.example", "Papers"
    message["Message-ID"] = "<papers@family.example>"
    message.set_content("I complain about the minibus, and here are my papers.")
    for one in range(number):
        message.add_attachment(b"%%PDF-1.4 sheet %d" % one, maintype="application", subtype="pdf", filename=f"sheet-{one}.pdf")
    message.add_attachment(b"MZ\0\0 a program", maintype="application", subtype="pdf", filename="invoice.pdf")
    return message.as_bytes()


def test_a_mail_with_hundreds_of_attachments_is_shown_as_soon_as_another(quick: Web):
    quick.person("rita")
    [key] = log_mail(quick.store, with_files(400))
    browser = quick.signed_in("rita")
    began = time.monotonic()
    page = text(browser.get(f"/messages/{key}/whole"))
    assert time.monotonic() - began < _SOON
    assert page.count("by its content application/pdf") == 400
    assert "Its name ends in “.pdf”, but its content is a program." in page
    on_its_case = text(browser.get(f"/cases/{case_of(quick.store, key)}"))
    assert "sheet-19.pdf" in on_its_case and "sheet-20.pdf" not in on_its_case and "and 381 more" in on_its_case


def test_a_case_of_many_long_letters_is_a_page_that_a_browser_can_hold(web: Web):
    web.person("rita")
    first = None
    for number in range(8):
        letter = "".join(f"The minibus of line {line} did not come, said letter {number}. " for line in range(7_000))
        first = log_mail(web.store, mail(subject=f"Minibus {number}", body=letter, message_id=f"<{number}@family.example>"), case_of=first)[
            0
        ]
    assert first is not None
    browser = web.signed_in("rita")
    page = browser.get(f"/cases/{case_of(web.store, first)}")
    assert len(page.data) < 300_000
    assert text(page).count("This is its beginning: the whole message goes on.") == 8
    assert "line 6999" in text(browser.get(f"/messages/{first}"))


def test_what_anything_on_the_way_may_keep_for_everybody_carries_nobodys_cookie(quick: Web):
    quick.person("rita")
    browser = quick.signed_in("rita")
    for path in ("/own/queue.js", "/own/icon.svg", "/council.css", "/made/queue.css", "/made/govuk-frontend.min.js"):
        answer = browser.get(path)
        assert "Set-Cookie" not in answer.headers and "Cookie" not in answer.headers.get("Vary", ""), path


@contextmanager
def listening(web: Web) -> Iterator[int]:
    port = free_port()
    with served(web.app, WebSettings(listen=f"127.0.0.1:{port}")):
        yield port


def test_nobody_fills_the_disk_with_a_request_before_they_have_signed_in(quick: Web):
    with listening(quick) as port, socket.create_connection(("127.0.0.1", port), timeout=10) as there:
        there.sendall(b"POST /sign-in HTTP/1.1\r\nHost: a.example\r\nContent-Length: 900000000\r\n\r\n")
        assert there.recv(100).startswith(b"HTTP/1.1 413 ")


def test_whoever_opens_connections_and_says_nothing_keeps_nobody_out(quick: Web):
    with listening(quick) as port:
        silent = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(150)]
        for one in silent:
            one.sendall(b"GET / HTTP/1.1\r\nHo")
        with socket.create_connection(("127.0.0.1", port), timeout=10) as there:
            there.sendall(b"GET /sign-in HTTP/1.0\r\n\r\n")
            assert there.recv(100).startswith(b"HTTP/1.0 200 ")
        for one in silent:
            one.close()


def test_a_case_that_leads_on_to_one_that_was_restricted_later_is_named_nowhere(web: Web):
    web.person("rita")
    web.person("rex")
    keys = [
        log_mail(web.store, mail(subject=f"Minibus {number}", message_id=f"<{number}@family.example>"), status=Status.CONFIRMED)[0]
        for number in range(3)
    ]
    merged, into, beside = (case_of(web.store, key) for key in keys)
    review.link(web.store, "rita", merged, beside, "The same taxi.")
    review.merge(web.store, "rita", merged, into)
    path = f"/cases/{beside}"
    assert merged in text(web.signed_in("rex").get(path))
    desk.restrict(web.store, web.user("rita"), into, [])
    rex = web.signed_in("rex")
    assert rex.get(f"/cases/{merged}").status_code == 404
    assert merged not in text(rex.get(path)) and into not in text(rex.get(path))
    assert merged in text(web.signed_in("rita").get(path))


def test_an_administrator_takes_an_address_away_and_with_it_what_was_seen_by_it(web: Web):
    web.person("ada", UserRole.ADMINISTRATOR)
    web.person("meg", UserRole.MANAGER, address="r.hale@ashmere.example")
    ada = web.signed_in("ada")
    form = {"action": "save", "role": "manager", "full_name": "Meg Shaw"}
    ada.post("/people/meg", form)
    assert web.user("meg").address == "r.hale@ashmere.example"
    ada.post("/people/meg", {**form, "address": ""})
    assert web.user("meg").address is None


def test_a_link_too_long_for_the_cookie_keeps_nobody_from_signing_in(quick: Web):
    rita = quick.person("rita")
    there = quick.signed_in("rita")
    with there.client.session_transaction() as session:
        token = session["sign-in"]
    offered = accounts.begin_code(quick.store, rita, "Triage")
    accounts.confirm_code(quick.store, rita, offered.secret, pyotp.TOTP(offered.secret).at(quick.clock()), token)
    browser = quick.browser()
    answer = browser.sign_in("rita", to="/queue?team=" + secrets.token_hex(3_000))
    assert answer.location == "/sign-in/code"
    assert len(answer.headers["Set-Cookie"]) < 4_000


class ComesToACase(Parts):
    """The program as far as trying a message again takes it: the message comes to a case that a test gives."""

    case = ""

    def retry(self, quarantined: Quarantined) -> Logged:
        return Logged("complaints", Kind.COMPLAINT, 0.9, Status.AUTO, self.case, None, urgent=False, subject=None)


def test_whoever_tries_a_message_again_is_not_told_of_a_restricted_case_that_it_came_to(quick: Web):
    quick.person("rita")
    quick.person("rex")
    [key] = log_mail(quick.store, mail(), status=Status.CONFIRMED)
    parts = ComesToACase(quick.settings, quick.store, cast(Pipeline, None), ())
    parts.case = case_of(quick.store, key)
    raw = mail(message_id="<two@family.example>")
    with quick.store.transaction("triage service") as ledger:
        number = ledger.quarantine(Arrival(place("complaints"), raw, len(raw), NOON), NOON, "it could not be read")
    retry = office_of(parts, Backlog()).retry
    assert parts.case in retry(number, "rex")
    desk.restrict(quick.store, quick.user("rita"), parts.case, [])
    assert retry(number, "rex") == f"Message {number} is logged."
    assert parts.case in retry(number, "rita")
