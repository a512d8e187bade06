"""What can be said of a message without the store: whose words, what it is, in which language, of which team, whom it names."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from imapclient.fixed_offset import FixedOffset

from tests.support.mail import forward_of, mail
from tests.unit.making import NOON, classified, is_own, parsed, words
from triage.casefinder import CaseFinder
from triage.classify.model import Model
from triage.domain.entities import Entities
from triage.domain.labels import Kind, Role, Service
from triage.domain.message import Address, Arrival, MailboxKind, Place
from triage.domain.team import Team
from triage.judge import Failed, Judge, Opened, Understood, described, sample_of
from triage.mailbox.parsing import ParseLimits
from triage.matching.particulars import Particulars
from triage.text.entities import EntityFinder

TEAMS = (Team("Contact Centre", frozenset(Service), ("contact centre",)),)
POLISH = (
    "Dzień dobry, chciałabym złożyć skargę na pracownika socjalnego. Od trzech miesięcy nikt do mnie nie dzwoni i nie odpowiada na moje listy, "
    "a moja córka czeka na decyzję w sprawie szkoły."
)
COMPLAINT = "I want to make a formal complaint. Mrs Whitlock of the Contact Centre has never rung me back, and nobody will tell me why."


@pytest.fixture
def judge(small_model: Model, finder: EntityFinder, case_finder: CaseFinder) -> Judge:
    return Judge(small_model, is_own, lambda: NOON, ParseLimits(), finder, case_finder.scorer.rarity, TEAMS)


def _arrival(raw: bytes | None, *, shared: bool = True) -> Arrival:
    kind = MailboxKind.SHARED if shared else MailboxKind.OFFICER
    return Arrival(Place("complaints", kind, "INBOX", 1, 1), raw, len(raw or b""), NOON)


def _understood(judge: Judge, raw: bytes) -> Understood:
    [item] = judge.classify([judge.read(_arrival(raw))])
    assert isinstance(item, Opened)
    [part] = item.parts
    return part


def two_in_one() -> bytes:
    """A colleague's forward of two families' mails, attached."""
    praise = "Thank you so much to Jill, she was wonderful with the boys all year."
    return forward_of(
        mail("Ann <ann@family.example>", body=COMPLAINT), mail("Bob <bob@family.example>", body=praise, message_id="<b@x.example>")
    )


def test_a_message_in_another_language_goes_to_a_person_and_says_which_language_it_is(judge: Judge) -> None:
    found = _understood(judge, mail(body=POLISH, subject="Skarga"))
    assert found.classification.labels.language == "pl"
    assert not found.sure
    assert "It is written in Polish, so a person should read it." in found.reasons


def test_a_message_in_english_says_so(judge: Judge) -> None:
    found = _understood(judge, mail(body=COMPLAINT))
    assert found.classification.labels.language == "en"
    assert not any("written in" in reason for reason in found.reasons)


def test_an_automatic_reply_in_another_language_needs_no_person(judge: Judge) -> None:
    assert _understood(judge, mail(body=POLISH, Auto_Submitted="auto-replied")).sure


def test_a_message_says_its_team_and_whom_it_names(judge: Judge) -> None:
    found = _understood(judge, mail("Dawn Pickering <dawn@family.example>", body=COMPLAINT))
    assert found.team == "Contact Centre"
    assert found.entities.people[:2] == ("Dawn Pickering", "Whitlock")


def test_of_what_is_nothing_for_the_case_store_nobody_is_named(judge: Judge) -> None:
    found = _understood(judge, mail(body=COMPLAINT, Auto_Submitted="auto-replied"))
    assert (found.entities, found.team) == (Entities(), None)


def test_a_forward_of_two_messages_is_two_parts_each_judged_by_its_own_words(judge: Judge) -> None:
    [item] = judge.classify([judge.read(_arrival(two_in_one()))])
    assert isinstance(item, Opened)
    assert [(part.number, part.authorship.author.address) for part in item.parts] == [(0, "ann@family.example"), (1, "bob@family.example")]
    assert [part.classification.labels.kind for part in item.parts] == [Kind.COMPLAINT, Kind.COMPLIMENT]
    assert len({part.clues.fingerprint for part in item.parts}) == 2


def test_answers_stand_in_the_order_of_the_mail_with_what_failed_in_its_place(judge: Judge) -> None:
    items = [judge.read(_arrival(raw)) for raw in (mail(body=COMPLAINT), None, two_in_one(), b"", mail(body=POLISH))]
    found = judge.classify(items)
    assert [isinstance(item, Failed) for item in found] == [isinstance(item, Failed) for item in items]
    assert [item.arrival for item in found] == [item.arrival for item in items]
    assert isinstance(found[1], Failed) and found[1].error == "its bytes could not be fetched"
    assert isinstance(found[2], Opened) and len(found[2].parts) == 2


def test_nothing_to_judge_is_judged(judge: Judge) -> None:
    assert judge.classify([]) == []


def test_no_message_is_from_the_future(judge: Judge) -> None:
    item = judge.read(replace(_arrival(mail()), received_at=NOON + timedelta(days=400)))
    assert isinstance(item, Opened)
    assert item.parts[0].received_at == NOON + timedelta(days=1)


def _part(kind: Kind, *, urgent: bool = False, shared: bool = True, doubt: str = "", cut: bool = False) -> Understood:
    message = replace(parsed(), cut=cut, notes=("the bound on parts",))
    return Understood(_arrival(b"", shared=shared), NOON, message, replace(words("x"), doubt=doubt), classified(kind, urgent=urgent))


def test_what_the_classifier_is_sure_of_needs_no_person() -> None:
    assert all(_part(kind).sure for kind in Kind)


def test_a_teams_message_is_not_put_aside_where_someone_may_be_at_risk() -> None:
    assert not _part(Kind.NONE, urgent=True).sure
    assert "Someone may be at risk, so a person should look at it." in _part(Kind.NONE, urgent=True).reasons
    assert _part(Kind.COMPLAINT, urgent=True).sure, "it has a case"


def test_an_officers_own_mailbox_has_its_reader() -> None:
    assert _part(Kind.NONE, urgent=True, shared=False).sure


def test_where_it_is_in_doubt_whose_words_they_are_a_person_confirms_it() -> None:
    found = _part(Kind.COMPLAINT, doubt="The forwarded message does not say who wrote it.")
    assert not found.sure
    assert found.reasons[-1] == "The forwarded message does not say who wrote it. A person should confirm whose words it holds."


def test_what_was_not_read_to_its_end_goes_to_a_person() -> None:
    found = _part(Kind.COMPLAINT, cut=True)
    assert not found.sure
    assert found.reasons[-1] == "It was not read to its end: the bound on parts."


def test_what_a_colleague_relays_is_seen_as_the_colleagues_mail_and_marked_so() -> None:
    colleague = Address("r.hale@ashmere.example", "Ruth Hale")
    relays = replace(words("A mum rang: the taxi is late.", author=Address("", "Joan Whitlow")), forwarder=colleague.address)
    found = sample_of(parsed(sender=colleague), relays, is_own)
    assert (found.internal, found.relayed, found.sender) == (True, True, "Joan Whitlow r hale ashmere")


def test_a_forward_whose_author_has_no_address_is_no_colleagues_mail() -> None:
    colleague = Address("r.hale@ashmere.example", "Ruth Hale")
    forward = replace(words("The taxi is late.", author=Address("", "Joan Whitlow")), forwarded=True)
    found = sample_of(parsed(sender=colleague), forward, is_own)
    assert (found.internal, found.relayed, found.sender) == (False, False, "Joan Whitlow")


def test_a_description_holds_what_the_export_holds_and_why(judge: Judge) -> None:
    found = described(_understood(judge, mail("Dawn Pickering <dawn@family.example>", body=COMPLAINT)))
    assert (found["kind"], found["original_from_address"], found["part"], found["team"]) == (
        "complaint",
        "dawn@family.example",
        0,
        "Contact Centre",
    )
    assert found["text"] == COMPLAINT
    assert found["reasons"] and "people" in found["entities"]


# What is compared with other messages


def test_what_is_compared_can_be_kept_whatever_clock_the_server_has(judge: Judge) -> None:
    """The IMAP library's own class of offsets cannot be copied."""
    received = NOON.astimezone(FixedOffset(60))
    [item] = judge.classify([judge.read(replace(_arrival(mail(body=COMPLAINT)), received_at=received))])
    assert isinstance(item, Opened)
    found = item.parts[0].particulars
    assert found is not None
    assert item.parts[0].received_at == found.received_at == received
    assert Particulars.restored(json.loads(json.dumps(found.stored()))) == found


def test_what_one_family_wrote_is_not_taken_for_what_the_other_in_the_same_mail_quotes(judge: Judge) -> None:
    [item] = judge.classify([judge.read(_arrival(two_in_one()))])
    assert isinstance(item, Opened)
    for part in item.parts:
        assert part.particulars is not None
        assert (part.particulars.quotes, part.particulars.quoted_addresses, part.particulars.thread) == (frozenset(),) * 3


def test_of_a_mail_with_one_author_what_is_quoted_is_compared_too(judge: Judge) -> None:
    quoted = "\n\nOn 1 March 2026, Rita Moss <rita.moss@ashmere.example> wrote:\n> The taxi for Monday has been cancelled by the firm."
    found = _understood(judge, mail(body=COMPLAINT + quoted)).particulars
    assert found is not None
    assert "rita.moss@ashmere.example" in found.quoted_addresses and found.quotes


def test_what_was_decided_before_counts_and_not_what_the_model_says_today(judge: Judge) -> None:
    found = _understood(judge, mail(body=COMPLAINT))
    assert judge.as_decided(found, found.classification.labels) is found
    put_aside = _understood(judge, mail(body=COMPLAINT, Auto_Submitted="auto-replied"))
    assert put_aside.particulars is None
    decided = judge.as_decided(put_aside, replace(found.classification.labels, kind=Kind.ENQUIRY, process=None, role=Role.MP)).particulars
    assert decided is not None
    assert (decided.kind, decided.role, decided.process, decided.go_between) == (Kind.ENQUIRY, Role.MP, "", True)


def test_of_very_many_references_the_first_are_looked_up(judge: Judge) -> None:
    many = " ".join(f"CC-2026-{number:06d}" for number in range(1, 500))
    found = _understood(judge, mail(body=f"{COMPLAINT} {many}"))
    assert found.particulars is not None and len(found.particulars.references) > 100
    assert len(found.clues.references) == 30
