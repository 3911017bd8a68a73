"""A message before it is sent to Discord: blocks of text in a box."""

from dataclasses import dataclass

from bot.markdown import Markdown, md_later, size_of
from bot.wording import Certainty

MESSAGE_CHARACTERS = 4000
"""How many characters all texts of one message with components may have. Counted here in UTF-16 units, which are never
fewer.
https://discord.com/developers/docs/components/reference#text-display"""

TITLE_CHARACTERS = 150
"""How much of an article's title, and of its byline, a reply repeats."""

QUESTION_CHARACTERS = 300
"""How much of a question its answer repeats."""

BEFORE, AFTER = md_later("-# Before: "), md_later("-# After: ")
"""What the sentences of context next to a quote begin with."""

GREEN, INK, AMBER, GREY = 0x2E7D4F, 0x2B5C8A, 0xB7791F, 0x8A8F98
"""The colours of a message: an answer that is sure; another one, or something done; what needs attention, such as an
answer that is not sure; and that there is nothing."""

COLOURS = {
    Certainty.SURE: GREEN,
    Certainty.FAIRLY_SURE: INK,
    Certainty.NOT_SURE: AMBER,
    Certainty.PERHAPS: AMBER,
    Certainty.DIFFER: AMBER,
    Certainty.CHOSEN: GREEN,
}
"""The colour of an answer, by how sure it is."""


@dataclass(frozen=True, slots=True)
class Block:
    """What belongs together in a message: texts, with a little space between them."""

    texts: tuple[Markdown, ...]

    @property
    def size(self) -> int:
        """How many UTF-16 units of text it holds."""
        return sum(map(size_of, self.texts))


@dataclass(frozen=True, slots=True)
class Reply:
    """A message before it is sent: blocks with a line between them, in a box of that colour."""

    blocks: tuple[Block, ...]
    colour: int = INK

    @property
    def size(self) -> int:
        """How many UTF-16 units of text it holds."""
        return sum(block.size for block in self.blocks)
