"""Whose words a colleague passes on in a note of their own. A wrong name is worse than none."""

import pytest

from triage.domain.message import Address
from triage.text.relayed import person_quoted

ANN = Address("ann.body@own.example", "Ann Body")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Just had Mr Devinder Gahunia on for forty minutes. He says the letter went to the old address.", "Devinder Gahunia"),
        ("Hi Mandy,\n\nMrs Quill rang about route 7. She was delighted.", "Mrs Quill"),
        ("Took a call this morning from Mr Osei of Tannery Street. He wants it known that Rosie was kind.", "Mr Osei"),
        ("Dawn Wilmslow rang me at 3.30 and asked me to write it down.", "Dawn Wilmslow"),
        ("Karim,\n\nMrs Boyle (gran) rang. She wants that put on record.", "Mrs Boyle"),
        ("Caller: Joan Fairbrass, 07700 900218\nCaller is nan to three boys.", "Joan Fairbrass"),
        ("Customer name: Mrs Adaeze Nwosu\nNotes: cust called to say the plan is wrong.", "Adaeze Nwosu"),
        ("Leo (11) told me in the car that Festus is the best one he has had.", "Leo"),
        ("Ms Ida Lomax e-mailed my old address and I can't forward it.", "Ida Lomax"),
        (
            "Can this go on the compliments log please?\n\nI was with Keiran Dacre on Thursday. He said that Sal had turned up.",
            "Keiran Dacre",
        ),
        ("I had an Edwin Marlow on the phone, he says that the ramp is too steep.", "Edwin Marlow"),
        ("Spoke with grandmother Ellen Foss, who was very upset about contact.", "Ellen Foss"),
    ],
)
def test_the_person_who_spoke_is_named(text: str, name: str) -> None:
    assert person_quoted(text, "Call", ANN) == name


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("Mrs Yasmin Okell", "Yasmin Okell"),
        ("Mx. Robin Teal", "Robin Teal"),
        ("Mr Petrosyan", "Mr Petrosyan"),
        ("Mr Van Dijk", "Mr Van Dijk"),
        ("Mrs St John", "Mrs St John"),
        ("Dr Ellen Foss", "Dr Ellen Foss"),
    ],
)
def test_a_title_stays_only_where_nothing_but_a_surname_is_known(called: str, name: str) -> None:
    assert person_quoted(f"{called} rang this morning. The taxi had not come.", "Call", ANN) == name


@pytest.mark.parametrize(
    "text",
    [
        "Draft response is on the shared drive. In her second e-mail Mrs Ferreira says she never received it.",
        "Plan says fifteen hours. School says that it is paid for two.",
        "Nobody told us anything. Everybody asked.",
        "Operator has told us that route 22 will be late.",
        "Ambulance rang at 21:30.",
        "You said: phone calls weren't returned. We did: a duty line.",
        "The caretaker at Prospect House stopped me on my way to the train.",
        "Jade's mum rang. Weds at 4 suits her better.",
        "A mum rang me today, she was delighted with the holiday club.",
        "Ann Body rang them back.",
        "We had a Family Day on the phone list, and nobody complained.",
        "Joel, as per supervision: medical says accidental.",
        "The review is on Tuesday. Please bring your reports.",
        "",
    ],
)
def test_where_nobody_is_named_no_name_is_made_up(text: str) -> None:
    assert person_quoted(text, "For information", ANN) is None


def test_a_councillor_speaks_for_residents_and_is_the_author() -> None:
    text = "Mrs Shaheen Mirza stopped me outside the Co-op. No interpreter had been booked."
    assert person_quoted(text, "Casework", Address("cllr.obi@own.example", "Cllr Adaeze Obi")) is None
    assert person_quoted(text, "Casework", ANN) == "Shaheen Mirza"
