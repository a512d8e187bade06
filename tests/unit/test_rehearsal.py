"""Evaluation goes the way of mail: rules, language and doubt decide as they do in service."""

from triage.classify.corpus import Row
from triage.classify.decision import Judgement
from triage.domain.labels import Kind, Labels, Process, Role, Service
from triage.domain.message import MailboxKind, Structure
from triage.mailbox.parsing import parse
from triage.rehearsal import as_mail, as_sample, as_served

_BODY = "The taxi did not come again on Friday and nobody rang us, so he missed the whole morning."


def _row(body: str = _BODY, **changes: object) -> Row:
    whole = {
        "id": "r-1",
        "sender": "Siân Whitlow <sian@family.example>",
        "recipient": "complaints@ashmere.example",
        "subject": "Taxi – again",
    }
    return Row(**{**whole, "body": body, **changes})  # type: ignore[arg-type]


def _said(kind: Kind = Kind.COMPLAINT, *, sure: bool = True, urgent: bool = False) -> Judgement:
    process = Process.CORPORATE if kind is Kind.COMPLAINT else None
    labels = Labels(kind, process, Role.PARENT_CARER, urgent, False, Service.TRANSPORT, ())
    return Judgement(labels, 0.97, sure, Process.CORPORATE)


def test_a_row_is_the_same_mail_when_it_is_read_again() -> None:
    parsed = parse(as_mail(_row()))
    assert (parsed.sender.address, parsed.sender.name) == ("sian@family.example", "Siân Whitlow")
    assert (parsed.subject, parsed.recipients[0].address) == ("Taxi – again", "complaints@ashmere.example")
    assert parsed.bodies[0].plain is not None
    assert parsed.bodies[0].plain.strip() == _BODY


def test_a_subject_cannot_end_the_header() -> None:
    parsed = parse(as_mail(_row(subject="Taxi\nBcc: all@ashmere.example\n\nNot the body")))
    assert parsed.subject == "Taxi Bcc: all@ashmere.example Not the body"
    assert as_sample(_row(subject="Taxi\n\nNot the body")).text == _BODY


def test_a_report_from_a_mail_server_is_one_in_rehearsal_too() -> None:
    headers = (("Content-Type", "multipart/report; report-type=delivery-status"),)
    parsed = parse(as_mail(_row("Your message could not be delivered.", headers=headers)))
    assert parsed.structure is Structure.BOUNCE
    assert as_sample(_row("Your message could not be delivered.", headers=headers)).text == "Your message could not be delivered."


def test_what_the_model_is_sure_of_is_decided() -> None:
    served = as_served(_row(), _said())
    assert (served.labels.kind, served.sure, served.confidence, served.process) == (Kind.COMPLAINT, True, 0.97, Process.CORPORATE)


def test_an_automatic_reply_is_decided_by_rule_whatever_the_model_says() -> None:
    served = as_served(_row(headers=(("Auto-Submitted", "auto-replied"),)), _said(sure=False))
    assert (served.labels.kind, served.labels.process, served.sure) == (Kind.NONE, None, True)


def test_another_language_goes_to_a_person() -> None:
    polish = "Dzień dobry, taksówka znowu nie przyjechała w piątek i nikt do nas nie zadzwonił, syn stracił cały poranek w szkole."
    served = as_served(_row(polish, subject="Taksówka"), _said())
    assert (served.labels.language, served.sure) == ("pl", False)


def test_a_risk_that_would_be_put_aside_goes_to_a_person_in_a_shared_mailbox_only() -> None:
    assert not as_served(_row(), _said(Kind.NONE, urgent=True)).sure
    assert as_served(_row(mailbox=MailboxKind.OFFICER), _said(Kind.NONE, urgent=True)).sure
