"""What a few invented families write to the council, so plainly that nobody would doubt which matter it is about."""

from datetime import UTC, datetime, timedelta

from tests.support.mail import mail

MOTHER = "Priscilla Amankwah <priscilla.amankwah@family.example>"

TAXI = (
    "I am complaining about the taxi that takes my son Kofi to Larkfield School. On Monday 1 June it left him standing at the kerb outside "
    "our house for an hour and the driver from Bexon Cars would not answer the phone. I want to know why and I want it put right.\n\n"
    "Priscilla Amankwah"
)
STILL_WAITING = (
    "I wrote on 2 June about Kofi being left at the kerb by Bexon Cars and nobody has answered me. When will I hear? The driver is still the "
    "same one.\n\nPriscilla Amankwah"
)
PLAN = (
    "My daughter Ama is at Thornbury Primary and her EHC plan review was due in March. The SEND team has cancelled the meeting three times. I "
    "want to complain about how she is treated.\n\nPriscilla Amankwah"
)
PLAN_AGAIN = (
    "The SEND team has still not given us a date for Ama's EHC plan review at Thornbury Primary. I complained on 12 June. Please answer "
    "me.\n\nPriscilla Amankwah"
)
PLAN_IN_JULY = (
    "It is July and there is still no date for Ama's EHC plan review. The SEND team at least owes me an answer to my complaint.\n\n"
    "Priscilla Amankwah"
)
UNHAPPY = (
    "I have had your answer about Kofi's taxi and I do not accept it. Bexon Cars left him at the kerb for an hour and you say nothing went "
    "wrong. I want to take my complaint to the next stage.\n\nPriscilla Amankwah"
)
RESPITE = (
    "Our short breaks at Fernlea House were stopped last week without a word of warning. Nobody from the disabled children's team has told us "
    "why. I would like to make a complaint about this.\n\nPriscilla Amankwah"
)


def letter(body: str, subject: str, day: int, *, sender: str = MOTHER, name: str = "", **headers: str) -> bytes:
    """One of them, written on that day of June 2026 (the 33rd is 3 July); its Message-ID is made of `name`, or of the day."""
    return mail(sender, subject, body, message_id=f"<{name or day}@family.example>", sent=june(day), **headers)


def june(day: int) -> datetime:
    """Nine o'clock on that day of June 2026, counted on into July and August."""
    return datetime(2026, 6, 1, 9, 0, tzinfo=UTC) + timedelta(days=day - 1)
