"""What organisations print above and below a message: each family of lines goes, and what resembles it in a letter stays."""

import pytest

from triage.domain.message import Address
from triage.text.banners import is_banner, is_form_heading
from triage.text.bodies import names_its_body
from triage.text.disclaimers import Weight, weight_of
from triage.text.footers import is_footer
from triage.text.imprint import is_appeal, is_awards, without_following
from triage.text.own_words import own_words
from triage.text.webforms import without_stated

LETTER = "The minibus left without her on Monday and nobody rang us."
TESSA = Address("t.lorne@millbrook-nursery.example", "Tessa Lorne")
JOAN = Address("joan@family.example", "Joan Whitlow")


@pytest.mark.parametrize(
    "line",
    [
        "Ofsted registered. Investors in People Gold.",
        "Rated Outstanding by Ofsted 2025 | Artsmark Silver Award",
        "Proud to be a Disability Confident employer",
        "Cyber Essentials Plus certified • ISO 9001:2015",
        "Finalist, Community Care Awards 2026",
        "Accredited Living Wage employer, Armed Forces Covenant Gold Award",
        "Good in all areas - Ofsted 2024",
        "CQC registered",
    ],
)
def test_a_line_of_nothing_but_awards_is_one(line: str) -> None:
    assert is_awards(line)
    assert own_words(f"{LETTER}\n\nTessa\n\nTessa Lorne\nMillbrook Nursery\n{line}", TESSA) == f"{LETTER}\n\nTessa"


@pytest.mark.parametrize(
    "line",
    [
        "Ofsted came on Monday.",
        "The home is Ofsted registered but nobody is there.",
        "Ofsted registered. He ran away twice.",
        "Your award is wrong.",
        "She won a silver award at school",
        "Please send the Ofsted report",
        "Chas",
        "Basic skills",
    ],
)
def test_what_is_said_of_an_inspector_or_an_award_is_no_line_of_awards(line: str) -> None:
    assert not is_awards(line)
    assert line in own_words(f"{LETTER}\n\nJoan\n\n{line}", JOAN, organisation=False)


APPEALS = [
    "Help us be there for more families: donate today",
    "Could you foster? Ring 07700 900321",
    "Become a volunteer at www.lantern.example",
    "Subscribe to our monthly newsletter",
    "Sign up to my monthly e-bulletin at www.annorr.example/news",
    "Read our latest blog",
    "Play our lottery and support local children",
    "Text LANTERN 5 to 70000 to give £5",
    "Find us on Facebook, Instagram and X",
    "How did we do? Complete our survey here",
    "We're recruiting! See our vacancies",
]


@pytest.mark.parametrize("line", APPEALS)
def test_an_appeal_in_a_signature_goes(line: str) -> None:
    assert own_words(f"{LETTER}\n\nTessa\n\nTessa Lorne\nMillbrook Nursery\n{line}", TESSA) == f"{LETTER}\n\nTessa"


@pytest.mark.parametrize(
    "line",
    [
        "Help us keep him safe today",
        "Please help us.",
        "Could you adopt the changes in section 4",
        "Join us on Teams at two",
        "I signed up to the newsletter and heard nothing.",
        "She follows them on Instagram",
        "Support her.",
        "Give me an answer today",
        "Read the updates in the plan",
        "Let us know the date of the review",
        "Have your say on the plan here",
        "We are recruiting a new key worker!",
        "Can you volunteer an answer by Friday?",
    ],
)
def test_what_a_person_asks_for_is_no_appeal(line: str) -> None:
    assert not is_appeal(line)


def test_where_to_follow_a_firm_makes_no_sentence_of_its_address() -> None:
    assert without_following("www.lorne.example | follow us on LinkedIn").strip(" |") == "www.lorne.example"
    text = f"{LETTER}\n\nTessa\n\n--\nTessa Lorne\nLorne Joinery Ltd\nUnit 9, The Old Mill, Weir Lane AB1 2CD\nwww.lorne.example | follow us on LinkedIn"
    assert own_words(text, Address("tessa@lorne.example", "Tessa Lorne")).endswith("Tessa")


@pytest.mark.parametrize(
    "marking",
    [
        "Classification: CONFIDENTIAL",
        "Sensitivity: Internal use only",
        "Data classification - Public",
        "Protective marking: OFFICIAL-SENSITIVE",
        "TLP:AMBER",
        "This email has been classified as OFFICIAL",
    ],
)
def test_a_marking_behind_its_label_goes_above_and_below(marking: str) -> None:
    assert is_banner(marking)
    assert own_words(f"{marking}\n\n{LETTER}\n\nTessa\n\n{marking}", TESSA) == f"{LETTER}\n\nTessa"


@pytest.mark.parametrize(
    "line",
    [
        "Confidential",
        "Private",
        "Classification: she is a child in need",
        "This is confidential",
        "Marking: none",
        "Sensitivity: noise and bright lights",
    ],
)
def test_a_plain_word_or_what_is_told_of_a_child_is_no_marking(line: str) -> None:
    assert not is_banner(line)


@pytest.mark.parametrize(
    "notice",
    [
        "This message carries a legal notice, which can be found at www.westdale.example/notice",
        "This email carries a disclaimer.\nWestdale Fire and Rescue routinely records electronic communications.",
        "All incoming and outgoing emails are automatically scanned and may be logged.",
        "Click here for our full disclaimer",
        "Please use this email address for all replies to this request:\nrequest-1-ab@asked.example",
        "Disclaimer: This message and any reply that you make will be published.\nOur privacy and copyright policies:\nhttps://asked.example/help",
        "Please note that in some cases publication of requests and responses will be delayed.",
    ],
)
def test_monitoring_notices_and_the_footers_of_request_sites_go(notice: str) -> None:
    for writer, organisation in ((JOAN, False), (TESSA, True)):
        rule = "-" * 60
        assert own_words(f"{LETTER}\n\n{writer.name}\n\n{rule}\n\n{notice}\n\n{rule}", writer, organisation) == f"{LETTER}\n\n{writer.name}"


@pytest.mark.parametrize(
    "sentence",
    [
        "The school records all his messages.",
        "Is this the wrong address for complaints?",
        "Your reply was published in the paper, which I never agreed to.",
        "Please use my work address for all replies.",
        "Use this email address for all replies.",
        "Any reply you give may be published.",
        "All incoming emails will be logged by the school from now on.",
        "The council routinely records messages and loses them.",
        "The email policy is available on request.",
        "The policy on your site is a copy of another.",
    ],
)
def test_what_a_family_says_of_monitoring_and_replies_is_no_notice(sentence: str) -> None:
    assert weight_of(sentence) is not Weight.SURE
    assert sentence in own_words(f"{LETTER}\n\nJoan\n\n{sentence}", JOAN, organisation=False)


@pytest.mark.parametrize(
    "line",
    [
        "New feedback from the website",
        'A new submission has been received from the form "Tell us".',
        "You have received a new message from your website",
        "New enquiry received",
        "The following details were submitted through the online form:",
        "A customer has filled in a form on the website.",
    ],
)
def test_the_heading_of_a_form_goes(line: str) -> None:
    assert is_form_heading(line)
    assert own_words(f"{line}\n\nMessage: {LETTER}", JOAN) == f"Message: {LETTER}"


@pytest.mark.parametrize(
    "line",
    [
        "A new complaint was sent through the website and nobody answered.",
        "A new referral was made last week.",
        "New social worker, new school.",
        "I have received a new message from the school.",
        "A complaint was made in March.",
        "New social worker from the website?",
        "The information was submitted on the form but it is wrong.",
    ],
)
def test_what_is_told_of_a_form_is_no_heading(line: str) -> None:
    assert not is_form_heading(line)
    assert line in own_words(f"{line}\n\n{LETTER}", JOAN, organisation=False)


@pytest.mark.parametrize("line", ["New complaint from the website", "A new referral has been received", "New report received from school"])
def test_a_heading_that_no_field_follows_is_the_authors(line: str) -> None:
    for text in (f"{line}\n\n{LETTER}\n\nJoan", f"{LETTER}\n\nJoan\n\n{line}"):
        assert own_words(text, JOAN, organisation=False) == text


def test_what_a_form_had_ticked_and_its_numbers_go_and_answers_stay() -> None:
    text = "Reference        FB-1\nTicket ID: 12\nSchool: Hill\nMessage:\nIt is shut.\n\nI agree to the privacy notice: Yes\nNewsletter: no"
    assert without_stated(text) == "School: Hill\nMessage:\nIt is shut."
    told = "Message:\nIt is shut.\n\nI agree to the plan: not at all, it is unsafe"
    assert without_stated(told) == told


def test_an_apps_footer_with_a_link_in_it_goes() -> None:
    for footer in ("Sent with [Proton Mail](https://proton.me/mail) secure email.", "Delivered via Seal Post encrypted messaging service"):
        assert is_footer(footer)
        assert own_words(f"{LETTER}\n\nJoan\n\n{footer}", JOAN, organisation=False) == f"{LETTER}\n\nJoan"
    assert not is_footer("Sent with [the photos](https://photos.example/1) of the bruises")


def test_an_office_of_a_member_of_parliament_below_their_name_goes() -> None:
    member = Address("ann.orr.mp@commons.example", "ORR, Ann")
    letter = f"{LETTER}\n\nYours sincerely,\n\nAnn Orr MP\n\nCase Ref: AO1 (please quote)"
    text = f"{letter}\n\nOffice of Ann Orr MP\nMember of Parliament for Weir Dale\nHouse of Commons, London\nSign up to my newsletter at www.annorr.example"
    assert names_its_body(text, member)
    assert own_words(text, member) == letter
    signed = f"{LETTER}\n\nKind regards\n\nOffice of Ann Orr MP"
    assert own_words(signed, member) == signed
    assert not names_its_body(f"{LETTER}\n\nCopied to Ann Orr MP", JOAN)


def test_a_firms_name_between_the_closing_words_and_the_signature_is_what_it_signs_with() -> None:
    firm = Address("d.vane@vanemoor.example", "Dora Vane")
    signed = f"{LETTER}\n\nYours faithfully\n\nVANE MOOR LLP\n\nDora Vane"
    assert own_words(f"{signed} | Partner\nVane Moor LLP, 2 Quay Road\nDD: 07700 900222", firm) == signed


def test_the_name_once_more_with_title_and_body_is_a_signature_wherever_it_was_sent_from() -> None:
    signed = f"{LETTER}\n\nJoan Whitlow"
    assert own_words(f"{signed}\n\nJoan Whitlow | Court Adviser | Hill Reporting Service", JOAN, organisation=False) == signed
    family = f"{signed}\n\nJoan Whitlow | mother of Ben | Hill School"
    assert own_words(family, JOAN, organisation=False) == family
