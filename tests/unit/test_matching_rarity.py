"""How much a word tells."""

import pytest

from triage.matching.common_names import COMMON_NAMES
from triage.matching.rarity import Rarity


def test_a_common_name_tells_little_even_where_nothing_learnt_from_has_it() -> None:
    rarity = Rarity(3000, {"taxi": 900})
    assert rarity.weight("smith") == rarity.weight("patel") < 6 < rarity.weight("thirlby")
    assert rarity.weight("taxi") < rarity.weight("smith")


@pytest.mark.parametrize("name", ["smith", "khan", "begum", "muhammad", "olivia"])
def test_the_commonest_names_are_known_as_such(name: str) -> None:
    assert name in COMMON_NAMES
