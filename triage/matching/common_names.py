"""Names that many people in the United Kingdom bear, among grown-ups and among children.

What was learnt from is invented, and invented people are seldom called Smith: counted there, the commonest names would look rare, and a
rare name shown by two messages tells of one household. (After the Office for National Statistics' lists of first names and the lists
of the commonest surnames that are drawn from the electoral register.)
"""

_SURNAMES = """
smith jones williams taylor brown davies evans wilson thomas johnson roberts robinson thompson wright walker white edwards hughes green
hall lewis harris clarke patel jackson wood turner martin cooper hill ward morris moore clark lee king baker harrison morgan allen james
scott phillips watson davis parker price bennett young griffiths mitchell kelly cook carter richardson bailey collins bell shaw murphy
miller cox richards khan marshall anderson simpson ellis adams singh begum wilkinson foster chapman powell webb rogers gray mason ali
hunt hussain campbell matthews owen palmer holmes mills barnes knight lloyd butler russell barker fisher stevens jenkins murray dixon
harvey ahmed akhtar bibi kaur miah uddin chowdhury mohammed islam rahman iqbal sharma shah malik mahmood hassan hossain stewart graham
reid fletcher andrews elliott howard walsh brooks atkinson dawson saunders payne pearce hart spencer fox newman grant ford lawrence
"""
_FORENAMES = """
sarah claire emma laura lisa michelle kelly nicola rebecca rachel hannah karen susan julie tracy joanne jane louise amy gemma samantha
victoria charlotte katie stacey natalie david john paul james michael andrew mark richard robert peter stephen steven christopher daniel
thomas matthew joshua samuel joseph william adam ryan lee craig jack oliver harry george noah muhammad mohammed mohammad charlie alfie
archie leo freddie theo arthur oscar henry jacob ethan max logan lucas mason dylan olivia amelia isla ava emily sophie chloe jessica
grace lily ella mia evie poppy freya ruby daisy lucy molly ellie sophia isabella millie holly fatima aisha maryam
"""
COMMON_NAMES = frozenset((_SURNAMES + _FORENAMES).split())
