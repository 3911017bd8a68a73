"""Which of several processes does what: each looks after its own servers, and one of them after what all share."""

from dataclasses import dataclass

from bot.services.leadership import Leadership
from bot.shards import Shards


@dataclass(frozen=True, slots=True)
class Duties:
    """What this process has to do. A process that is alone has to do everything."""

    shards: Shards
    leadership: Leadership

    @property
    def leads(self) -> bool:
        """Whether it does just now what is done once for all servers."""
        return self.leadership.is_leader

    def has(self, server: int | None) -> bool:
        """Whether it looks after that server, also where the bot has left it; None stands for direct messages."""
        return self.shards.have(server)

    def keeps(self, library: int | None) -> bool:
        """Whether it looks after the library of that server; None stands for the base library, which the leader has."""
        return self.leads if library is None else self.shards.have(library)


EVERYTHING = Duties(Shards(), Leadership())
"""Of a process that is alone."""
