"""A message before it is sent to Discord: blocks of text in a box."""

from dataclasses import dataclass

from bot.markdown import Markdown, md, size_of

MESSAGE_CHARACTERS = 4000
"""How many characters all texts of one message with components may have. Counted here in UTF-16 units, which are never
fewer.
https://discord.com/developers/docs/components/reference#text-display"""

TITLE_CHARACTERS = 150
"""How much of an article's title, and of its byline, a reply repeats."""

QUESTION_CHARACTERS = 300
"""How much of a question its answer repeats."""

READ, READ_SAME = md("Read it in the article"), md("Read it in the same article")
"""The words of the links below a quote."""

INK, GREY = 0x2B5C8A, 0x8A8F98
"""The colours of an answer, and of a message that has none."""

AMBER = 0xB7791F
"""The colour of a message that needs attention, such as one with a sentence that may not be the answer."""


@dataclass(frozen=True, slots=True)
class Block:
    """What belongs together in a message: texts, each on lines of its own."""

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
