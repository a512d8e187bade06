"""The author's own new words. A lost sentence of a family is far worse than a disclaimer that stays."""

from dataclasses import replace

import pytest

from tests.unit.making import is_own, parsed
from triage.domain.message import Address, Body
from triage.mailbox.parsing import parse
from triage.text.authorship import authorships
from triage.text.bodies import names_its_body
from triage.text.links import plain_links
from triage.text.own_words import own_words
from triage.text.webforms import without_stated

JOAN = Address("joan@family.example", "Joan Whitlow")
WINNIE = Address("w.asante@stokeley-nhs.example", "Winifred Asante")
LETTER = "The taxi did not come on Friday and nobody rang."
QUESTION = "Dear Mrs Whitlow, the taxi will come at eight."


def _text(plain: str | None = None, html: str | None = None, *, sender: Address = JOAN, answers: bool = True) -> str:
    """The words of a mail as they are judged, on one line."""
    message = parsed(Body(plain=plain, html=html), sender=sender, subject="Re: taxi" if answers else "taxi")
    message = replace(message, in_reply_to=("<0@own.example>",) if answers else ())
    return " ".join(authorships(message, is_own)[0].text.split())


QUOTED = {
    "German": f"{LETTER}\n\nVon meinem iPhone gesendet\n\n> Am 03.03.2026 um 10:15 schrieb Transport <t@own.example>:\n>\n> {QUESTION}",
    "Swedish": f"{LETTER}\n\nDen tors 5 mars 2026 kl 10:15 skrev Transport <t@own.example>:\n\n> {QUESTION}",
    "Hungarian": f"{LETTER}\n\nTransport <t@own.example> ezt írta (időpont: 2026. márc. 3., K, 10:15):\n\n> {QUESTION}",
    "Polish": f"{LETTER}\n\nWysłane z iPhone'a\n\nW dniu wt., 3 mar 2026 o 10:15 Transport <t@own.example> napisał(a):\n\n> {QUESTION}",
    "Welsh": f"{LETTER}\n\nAnfonwyd o fy iPhone\n\nAr Maw, 3 Maw 2026 am 10:15 ysgrifennodd Transport <t@own.example>:\n\n> {QUESTION}",
    "Arabic header": f"{LETTER}\n\nمن: Transport <t@own.example>\nتاريخ الإرسال: 3/3/2026 10:15\nإلى: Joan\nالموضوع: taxi\n\n{QUESTION}",
    "Samsung": f"{LETTER}\n\nSent from my Galaxy\n\n-------- Original message --------\nFrom: Transport <t@own.example>\nDate: 03/03/2026 10:15 (GMT+00:00)\nTo: Joan <joan@family.example>\nSubject: taxi\n\n{QUESTION}",
    "Outlook for Android": f"{LETTER}\n\nGet Outlook for Android<https://aka.example/x>\n________________________________\nFrom: Transport <t@own.example>\nSent: Tuesday, March 3, 2026 10:15:00 AM\nTo: Joan <joan@family.example>\nSubject: taxi\n\n{QUESTION}",
    "Yahoo on Android, glued": f"{LETTER}Sent from Yahoo Mail on Android \n \n  On Tue, 3 Mar 2026 at 10:15, Transport<t@own.example> wrote:   {QUESTION}",
    "Notes": f"{LETTER}\n\n\n\nFrom:\tTransport <t@own.example>\nTo:\tJoan Whitlow\nDate:\t03/03/2026 10:15\nSubject:\ttaxi\n\n\n\n{QUESTION}",
    "a whole header on one line": f"{LETTER}\n\nFrom: t@own.example Sent: 03 March 2026 10:15 To: Joan Subject: taxi\n{QUESTION}",
}


@pytest.mark.parametrize("text", QUOTED.values(), ids=QUOTED)
def test_what_is_answered_and_what_the_phone_adds_go(text: str) -> None:
    assert _text(text) == LETTER


def test_answers_between_quoted_questions_stay_and_the_questions_go() -> None:
    page = (
        '<div class="gmail_attr">On Tue, 3 Mar 2026 at 10:15, Transport &lt;t@own.example&gt; wrote:<br></div>'
        '<blockquote class="gmail_quote">Which days?</blockquote><div>Monday and Friday.</div>'
        '<blockquote class="gmail_quote">Which school?</blockquote><div>Highfold.</div>'
    )
    assert _text(html=page) == "Monday and Friday. Highfold."


def test_a_letter_answered_point_by_point_in_a_new_mail_is_not_the_authors() -> None:
    assert (
        _text("My answers:\n\n> You were telephoned.\n\nI was not.\n\n> It took five days.\n\nIt took 74.", answers=False)
        == "My answers: I was not. It took 74."
    )


def test_a_list_with_such_signs_is_the_authors() -> None:
    text = _text("These went wrong:\n> no taxi on Monday\n> no escort on Tuesday\n\nJoan", answers=False)
    assert "no taxi on Monday" in text
    assert "no escort on Tuesday" in text


def test_answers_inside_the_quoted_text_are_not_lost_where_the_author_says_so() -> None:
    text = _text(
        "Hi, my answers are in red below.\n\nJoan\n\nFrom: T <t@own.example>\nSent: 03 March 2026 10:15\nTo: Joan\nSubject: taxi\n\nWhich days?\nMonday and Friday."
    )
    assert "Monday and Friday." in text


def test_a_letter_that_says_on_which_day_somebody_wrote_is_kept_to_its_end() -> None:
    text = f"I want to set it out.\n\nOn 14 April 2026 at 9:15, Mr Stott wrote:\nDanny will benefit.\n{LETTER}\n\nJoan Whitlow"
    for answers in (True, False):
        assert LETTER in _text(text, answers=answers)


def test_a_header_that_a_person_types_over_their_own_letter_hides_nothing() -> None:
    assert LETTER in _text(
        f"Please see below.\n\nFrom: Joan Whitlow\nTo: The SEN team\nDate: 3 March 2026\nSubject: Complaint\n\n{LETTER}\n\nJoan",
        answers=False,
    )


BANNERS = [
    "CAUTION: This email originated from outside of the organisation. Do not click links or open attachments unless you recognise the sender and know the content is safe.",
    "[EXTERNAL] This message was sent from outside Brackenshire. Think before you click.",
    "You don't often get email from joan@family.example. Learn why this is important",
    "CAUTION: External sender. The ICT team will never ask for your password.",
    "This message has been decrypted by Egress Protect for ann@own.example.",
    "OFFICIAL-SENSITIVE",
    "View this email in your browser",
    "You have received a secure message from Turning Tide Recovery. It was sent with SealedPost and can be read until 26 September 2026.",
]


@pytest.mark.parametrize("banner", BANNERS)
def test_what_a_mail_system_writes_above_a_message_goes(banner: str) -> None:
    assert own_words(f"{banner}\n\nDear Ann,\n\n{LETTER}\n\nJoan", JOAN, organisation=False) == f"Dear Ann,\n\n{LETTER}\n\nJoan"


NOTICES = [
    "This email and any attachments are confidential and intended solely for the addressee.",
    "If you are not the intended recipient you must not copy, disclose or rely on its contents; please notify the sender and delete it.",
    "Please consider the environment before printing this email.",
    "This email has been scanned for viruses and malware by Mimecast Ltd.",
    "Views expressed are not necessarily those of the Council.",
    "Registered charity no. 0000000",
    "Farrow Pike LLP is authorised and regulated by the Solicitors Regulation Authority.",
    "You are receiving this email because you signed up. Unsubscribe here.",
    "Diese E-Mail enthält vertrauliche Informationen.\nCe message est confidentiel.\nWiadomość jest poufna.",
    "Croesawn ohebiaeth yn Gymraeg neu'n Saesneg.\nWe welcome correspondence in Welsh or English.",
    "*" * 60
    + "\nThis email and any files are intended solely for the\nuse of the individual to whom they are addressed.\nOur mail is accredited.\n"
    + "*" * 60,
    "This message was sent securely. To reply in confidence, open the portal. Replies by ordinary e-mail are not protected.",
    "Sent from my iPhone",
    "Please excuse my typos",
]


@pytest.mark.parametrize("notice", NOTICES)
def test_notices_below_the_authors_name_go(notice: str) -> None:
    for writer, organisation in ((JOAN, False), (WINNIE, True)):
        assert own_words(f"{LETTER}\n\n{writer.name}\n\n{notice}", writer, organisation) == f"{LETTER}\n\n{writer.name}"


FAMILY_SENTENCES = [
    "The council accepts no responsibility for what happened.",
    "Please do not reply to this email, he reads it.",
    "Her boyfriend is a registered sex offender.",
    "The taxi company no longer comes to our street.",
    "The carer monitors all his calls.",
    "There was unauthorised access to her file.",
    "This is a breach of the Data Protection Act.",
    "Unauthorised disclosure of personal data is unlawful.",
    "Please consider the environment he lives in.",
    "We moved here from outside the borough in March.",
    "Please don't open the attachment at work, it has photos of the bruises.",
    "Be careful with the attachments, they are upsetting.",
    "The form was submitted online on 3 March and nobody has replied.",
    "The money is intended for the use of the children.",
    "She is a member of the family.",
    "The privacy notice on your website is wrong.",
    "This email is confidential, please do not tell his dad.",
    "Urgent - he is at risk tonight.",
    "Call 07700 900123 after 4, not before.",
    "07700 900571, any time, day or night",
    "DOB 3/5/2014",
    "Case ref: CSC/1234",
    "Sent from hospital, phone is dying.",
    "Freedom of information request: all emails about Ben.",
    "Please unsubscribe this address from the bump newsletter.",
    "The opinions in the report are those of one person.",
    "CAUTION: the third stair is loose.",
    "Official complaint.",
    "PS the head teacher is Mr Stott, Highfold School, 01234 567890",
    "He needs a nurse, a teacher and a social worker.",
    "Manager refused to come to the phone.",
    'On Monday the driver wrote: "not my problem".',
    "School: Highfold. Teacher: Mrs Clay.",
    "Highfold School, Year 4, Mrs Clay's class",
    "I work Monday to Friday so please ring after five.",
    "Emergency: he has no insulin.",
    "He calls the office every day and they say the inbox is not monitored.",
]
PLACES = {
    "first": f"{{}}\n\n{LETTER}\n\nJoan",
    "last": f"{LETTER}\n\n{{}}",
    "below the name": f"{LETTER}\n\nJoan Whitlow\n\n{{}}",
    "right below the name": f"{LETTER}\n\nRegards\nJoan\n{{}}",
    "alone": "{}",
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("sentence", FAMILY_SENTENCES)
def test_what_a_family_may_write_is_kept_wherever_it_stands(sentence: str, place: str) -> None:
    for address in ("joan@family.example", "joan@highfold-school.example"):
        assert sentence in _text(place.format(sentence), sender=Address(address, "Joan Whitlow"), answers=False)


def test_an_organisations_signature_goes_and_the_typed_name_stays() -> None:
    signature = "Winifred Asante RGN\nSpecialist Nurse\nStokeley NHS Trust, Riverside Clinic\nTel: 07700 900655\nMy working days are Mon, Tue and Thu."
    assert own_words(f"{LETTER}\n\nMany thanks\n\nWinnie\n\n{signature}", WINNIE) == f"{LETTER}\n\nMany thanks\n\nWinnie"


def test_the_only_name_stays_though_a_title_follows_it() -> None:
    gledhill = Address("no-reply@schoolpost.example", "Mr P Gledhill (Westcliff High)")
    assert "Phil Gledhill" in own_words(f"{LETTER}\n\nPhil Gledhill, Head of Year", gledhill)
    assert own_words(f"{LETTER}\n\nRegards\nM. Akhtar | Listing Section | Family Court", WINNIE).endswith("M. Akhtar")
    assert own_words(f"{LETTER}\n\nYours faithfully\nPell & Harte Solicitors LLP", WINNIE).endswith("Pell & Harte Solicitors LLP")


def test_what_is_typed_below_a_signature_stays() -> None:
    text = own_words(
        f"{LETTER}\n\nBest wishes\nWinnie\nDeputy Head, Fernleigh School\n07700 900346\n\nPS Could you lend us the hoist?", WINNIE
    )
    assert text == f"{LETTER}\n\nBest wishes\nWinnie\n\nPS Could you lend us the hoist?"


def test_a_familys_address_and_telephone_under_their_name_stay() -> None:
    text = f"{LETTER}\n\nJoan Whitlow\nMum to Ben Whitlow, Year 4, Oakfield School\n14 Mill Lane\nNorthmoor NM1 4AB\n07700 900123"
    assert own_words(text, JOAN, organisation=False) == text


def test_a_signature_behind_its_sign_goes_and_what_follows_it_stays() -> None:
    text = own_words(
        f"{LETTER}\n\nPetra\n\n-- \nLovell School of Dance\nPrincipal: Petra Lovell\n\nI forgot to say: she is eight.",
        JOAN,
        organisation=False,
    )
    assert text == f"{LETTER}\n\nPetra\n\nI forgot to say: she is eight."


@pytest.mark.parametrize(
    "text",
    [
        "for Janice\n--\nJanice\nyou said I'd be good with my hands.\n--\nthat's the message. my email is callum@family.example\ncheers\nCallum",
        "My file is four inches thick\n--\nit knows my shoe size\n--\nRegards,\nthe girl on page one",
    ],
)
def test_lines_that_people_draw_with_two_dashes_are_no_signature(text: str) -> None:
    assert own_words(text, JOAN, organisation=False) == text


def test_own_words_inside_a_marked_signature_stay() -> None:
    page = '<div>Hello</div><div class="gmail_signature">My son has been out of school since March.<br>Can you ring me?</div>'
    assert _text(html=page, answers=False).endswith("My son has been out of school since March. Can you ring me?")


def test_a_footer_between_the_authors_words_goes_and_one_that_they_quote_stays() -> None:
    assert (
        own_words("Yes 10 is fine.\n\nSent from my iPhone\n\nSorry, pressed send too soon.", JOAN, organisation=False)
        == "Yes 10 is fine.\n\nSorry, pressed send too soon."
    )
    complaint = 'The whole answer was:\n\n"Noted."\n\nand then\n\nSent from my iPhone\n\nI would have preferred nothing.'
    assert own_words(complaint, JOAN, organisation=False) == complaint


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://eur02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fx.example%2Fa&data=05", "see https://x.example/a"),
        ("see https://urldefense.com/v3/__https://x.example/a__;!!abc", "see https://x.example/a"),
        ("see https://urldefense.proofpoint.com/v2/url?u=https-3A__x.example_a&d=Dw", "see https://x.example/a"),
        ("our form<https://x.example/form?id=1> is", "our form is"),
        ("joan@family.example<mailto:joan@family.example>", "joan@family.example"),
        ("[cid:image001.png@01DCDD2F]Dear Ann", "Dear Ann"),
        ("[Facebook icon] [logo]", " "),
        ("see https://x.example/a?b=1", "see https://x.example/a?b=1"),
        ("a <b and c> d [e]", "a <b and c> d [e]"),
    ],
)
def test_links_read_as_a_person_sees_them(text: str, shown: str) -> None:
    assert plain_links(text) == shown


HARBOUR = Address("lena@harbourproject.example", "Lena Voss")
ROOFER = Address("sid@paintright.example", "Sid Okell")


@pytest.mark.parametrize(
    ("writer", "signature"),
    [
        (ROOFER, "Sid Okell\nDirector | Paintright\nNo wall too high, no job too dull\nM: 07700 900111 | paintright.example"),
        (ROOFER, "--\nVice Chair of Governors, Hill View Primary\nOpinions my own"),
        (HARBOUR, "The Harbour Project · registered charity 0000000 · harbourproject.example"),
        (HARBOUR, "Lena Voss\nManager\nHarbour Service: helping it go right"),
        (WINNIE, "Winifred Asante\nNurse, Stokeley Trust\nRated Good at our last inspection | Apply now for training"),
    ],
)
def test_mottos_and_opinions_in_a_signature_go_with_it(writer: Address, signature: str) -> None:
    organisation = writer is not ROOFER
    name = writer.name.split()[0]
    assert own_words(f"{LETTER}\n\n{name}\n\n{signature}", writer, organisation) == f"{LETTER}\n\n{name}"


def test_an_office_under_the_writers_full_name_goes_and_what_a_family_says_of_itself_stays() -> None:
    assert own_words(f"{LETTER}\n\nJoan Whitlow\nSecretary, Hill Playgroup", JOAN, organisation=False) == f"{LETTER}\n\nJoan Whitlow"
    for line in ("Chair, Mum of Ben", "Chair of the meeting that you cancelled", "Secretary, Dad and I are both ill", "Clerk, why?"):
        text = f"{LETTER}\n\nJoan Whitlow\n{line}"
        assert own_words(text, JOAN, organisation=False) == text


@pytest.mark.parametrize(
    "lines",
    [
        "Director of Nothing\nno escort, no seat belt, no sorry\nring me on 07700 900123",
        "Mum to Ben\nno taxi, no answer\n07700 900123",
        "PS 4471 buses went by",
        "PS He is still waiting",
    ],
)
def test_short_lines_of_a_family_under_their_name_stay(lines: str) -> None:
    text = f"{LETTER}\n\nJoan\n\n{lines}"
    assert own_words(text, JOAN, organisation=False) == text


def test_a_sergeants_number_is_no_postscript() -> None:
    sergeant = Address("amy.cole@stokeleypolice.example", "COLE, Amy")
    text = f"GSC: OFFICIAL\n\n{LETTER}\n\nAmy\n\nPS 3312 Amy Cole\nResponse Team, Stokeley Police\nTel. 101"
    assert own_words(text, sergeant) == f"{LETTER}\n\nAmy"


def test_a_firm_that_signs_with_its_name_keeps_it_and_loses_the_rest() -> None:
    firm = Address("d.vane@vanemoor.example", "Dora Vane")
    text = f"{LETTER}\n\nYours faithfully\nVane Moor LLP\n\nDora Vane\nPartner, Education\nDD: 07700 900222"
    assert own_words(text, firm) == f"{LETTER}\n\nYours faithfully\nVane Moor LLP\n\nDora Vane"


@pytest.mark.parametrize(
    "footer",
    [
        "--\nThis message was sent from a contact form on Hill Allotments (https://hill.example)",
        "Ashmere Trust routinely monitors the content of its messages. This message is not intended to form a binding contract.",
        "-----------------------\nClick here to reply securely. You may need a password, which is free.\nDo not reply from an ordinary mailbox.",
        "Virus-free.www.scanner.example\n<#AB12CD34-0000-1111-2222-333344445555>",
    ],
)
def test_footers_of_forms_and_secure_mail_go(footer: str) -> None:
    assert own_words(f"{LETTER}\n\nJoan\n\n{footer}", JOAN, organisation=False) == f"{LETTER}\n\nJoan"


@pytest.mark.parametrize(
    "words",
    [
        "My complaint was sent from a form on your website and nobody answered.",
        "I could not click here to reply securely, it asked for a password.",
        "Your contract with us was never binding.",
    ],
)
def test_what_a_family_says_of_forms_and_secure_mail_stays(words: str) -> None:
    text = f"{LETTER}\n\nJoan\n\n{words}"
    assert own_words(text, JOAN, organisation=False) == text


def test_a_newsletters_footer_goes() -> None:
    alliance = Address("news@kinalliance.example", "Kin Alliance")
    footer = (
        "--\nForward to a friend | View in your browser\nYou are receiving this because you came to our open day. "
        "Unsubscribe here.\nKin Alliance, 3 Example Row, Leeds"
    )
    assert own_words(f"{LETTER}\n\n{footer}", alliance) == LETTER


def test_a_quote_that_dashes_introduce_goes() -> None:
    quoted = f"---- On Tue, 03 Mar 2026 10:15:00 +0000 Transport <t@own.example> wrote ----\n\n{QUESTION}"
    assert _text(f"{LETTER}\n\n{quoted}") == LETTER


def test_answers_in_the_text_do_not_bring_the_first_question_back() -> None:
    head = "Hello, my answers are in the text\n\nOn Tue, 3 Mar 2026 at 10:15, Transport <t@own.example> wrote:\n\n"
    assert (
        _text(f"{head}> Which days?\n\nMonday.\n\n> Which school?\n\nHighfold.\n\n> Which door?\n\nThe blue one.")
        == "Hello, my answers are in the text Monday. Highfold. The blue one."
    )


def _flowed(text: str) -> str:
    raw = f"From: Joan <joan@family.example>\nSubject: taxi\nContent-Type: text/plain; format=flowed\n\n{text}"
    return " ".join(authorships(parse(raw.replace("\n", "\r\n").encode()), is_own)[0].text.split())


def test_a_sign_that_the_author_typed_in_flowed_text_quotes_nothing() -> None:
    text = _flowed("These failed:\n\n > the taxi\n > the escort\n\nand here\n\n > the bus\n\nJoan")
    assert "the taxi" in text
    assert "the bus" in text
    assert "the bus" not in _flowed("Mine:\n\n> the taxi\n\nNo.\n\n> the bus\n\nNo again.")


def test_answers_in_a_colour_stay_and_the_questions_go() -> None:
    page = (
        "<p>Hello, {}.</p><p>From: T &lt;t@own.example&gt;<br>Sent: 03 March 2026 10:15<br>To: Joan<br>Subject: taxi</p>"
        '<p>Which days?</p><p><span style="color:#c00000">Monday and Friday.</span></p>'
        '<p>Which school?</p><p><font color="red">Highfold.</font></p><p>T</p>'
    )
    assert _text(html=page.format("my answers are in red below")) == "Hello, my answers are in red below. Monday and Friday. Highfold."
    assert "Which school?" in _text(html=page.format("my answers are in blue below"))


@pytest.mark.parametrize(
    "notice",
    [
        "You are receiving this email because you follow us.\nUnsubscribe | Update your preferences\nThe Mill, 4 Weir Lane AB1 2CD\nPowered by PostCart",
        "SafePost is used by the school to send sensitive information. This secure message expires in 14 days.",
        "Service by email is not accepted.",
        "*" * 40
        + "\nThis email may contain information which is privileged. All communications may be subject to recording and/or monitoring.\n"
        + "*" * 40,
    ],
)
def test_more_notices_below_the_authors_name_go(notice: str) -> None:
    assert own_words(f"{LETTER}\n\nWinifred Asante\n\n{notice}", WINNIE) == f"{LETTER}\n\nWinifred Asante"


@pytest.mark.parametrize(
    "banner",
    [
        "RHYBUDD: Daeth yr e-bost hwn o'r tu allan i Gyngor Abergwen. Peidiwch â chlicio ar ddolenni.",
        "OFFICIAL - POLICE",
        "To reply securely, log in at https://post.example/read",
    ],
)
def test_more_notes_above_the_authors_words_go(banner: str) -> None:
    assert own_words(f"{banner}\n\n{LETTER}", JOAN, organisation=False) == LETTER


def test_a_signature_of_a_body_that_the_domain_spells_goes_and_a_familys_lines_stay() -> None:
    signature = "Ann Orr\nHousing Lead\nBrook Homes\nWant to report a fault? Use the MyBrook app!"
    assert "app" not in _text(f"{LETTER}\n\nAnn\n\n{signature}", sender=Address("a.orr@brookhomes.example", "Ann Orr"))
    assert "Brook Homes" in _text(f"{LETTER}\n\nAnn\n\nBrook Homes never came.", sender=Address("a.orr@brookhomes.example", "Ann Orr"))


@pytest.mark.parametrize(
    ("domain", "name", "line", "is_one"),
    [
        ("brookhomes.example", "Ann Orr", "Brook Homes | brookhomes.example", True),
        ("st-ediths.example", "Ann Orr", "St Edith's C of E", True),
        ("annwhitlow.example", "Ann Whitlow", "Ann Whitlow", False),
        ("whitlowfamily.example", "Ann Whitlow", "The Whitlow Family", False),
        ("brook.example", "Ann Orr", "Brook", False),
    ],
)
def test_a_body_is_known_where_a_line_spells_its_domain(domain: str, name: str, line: str, *, is_one: bool) -> None:
    assert names_its_body(f"{LETTER}\n\n{line}", Address(f"a@{domain}", name)) is is_one


def test_a_name_typed_right_under_the_thanks_is_kept() -> None:
    signed = f"{LETTER}\n\nThanks lovely\nWin"
    assert own_words(f"{signed}\n\nWinifred Asante\nHealth Visitor\nTel 01632 960001", WINNIE).startswith(signed)


def test_a_schools_motto_and_awards_go_and_a_familys_names_stay() -> None:
    text = f"{LETTER}\n\nWinifred\n\nWinifred Asante\nHead Teacher\nHill School\nLearn, Play, Grow"
    assert "Grow" not in own_words(text, WINNIE)
    family = f"{LETTER}\n\nLove, Sarah, Tom"
    assert own_words(family, JOAN, organisation=False) == family


def test_a_footer_under_words_without_a_full_stop_goes() -> None:
    text = "Thursday is fine with us\n\nSent from my iPhone\n\nand he eats no eggs"
    assert own_words(text, JOAN, organisation=False) == "Thursday is fine with us\n\nand he eats no eggs"
    quoted = "The whole answer I got was\n\nSent from my iPhone\n\nand no more"
    assert own_words(quoted, JOAN, organisation=False) == quoted


def test_what_a_form_states_goes_and_what_may_be_the_authors_stays() -> None:
    text = "Form: Contact us\nReference: W-12\nWhat went wrong: no taxi\nYour message:\nIt did not come.\n\nConsent to be contacted: Yes\nSubmitted: 3/3/2026"
    assert without_stated(text) == "What went wrong: no taxi\nYour message:\nIt did not come."


def test_a_letter_pasted_under_a_typed_header_goes_unless_the_author_writes_on_below() -> None:
    header = "From: Hill Council, School Transport\nDate: 2 February 2026\nTo: Parent of Leo\nSubject: Outcome\n\nThe panel has met."
    assert _text(f"{LETTER}\n\nJoan Whitlow\n\n{header}", answers=False, sender=Address(JOAN.address, "Joan Whitlow")).endswith(
        "Joan Whitlow"
    )
    below = _text(f"{LETTER}\n\n{header}\n\nThat is untrue.\nJoan Whitlow", answers=False, sender=Address(JOAN.address, "Joan Whitlow"))
    assert "That is untrue." in below
