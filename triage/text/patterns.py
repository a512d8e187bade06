"""Regular expressions put together from lists, so that each rule stands on a line of its own."""

import re


def one_of(*alternatives: str) -> str:
    """A group that matches any of `alternatives`, for use inside a larger expression."""
    return f"(?:{'|'.join(alternatives)})"


def matching(*alternatives: str) -> re.Pattern[str]:
    """An expression that finds any of `alternatives`, in capitals or not."""
    return re.compile("|".join(alternatives), re.IGNORECASE)


def listed(text: str) -> tuple[str, ...]:
    """The words of a list with spaces between them."""
    return tuple(text.split())


def words(text: str) -> str:
    """A group that matches any whole word of a list with commas between them."""
    return rf"\b{one_of(*(word.strip() for word in text.split(',')))}\b"
