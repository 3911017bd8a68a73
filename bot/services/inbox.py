"""Where sites say that their pages have changed: its addresses, its secrets, and whether it can be reached."""

from dataclasses import dataclass

from bot.settings import Settings
from bot.storage.inbox import InboxStore, State

HOOK, HUB = "/hook", "/websub"
"""Where messages of sites come in, and what hubs send."""


@dataclass(frozen=True, slots=True)
class Access:
    """What signs for the library of `server`; None for the base library."""

    server: int | None
    secret: str


class Inbox:
    """The webhook as its users see it. `problem` says to the operator why it cannot be served; empty if it is."""

    def __init__(self, settings: Settings, store: InboxStore) -> None:
        self._settings = settings
        self.store = store
        self.problem = ""

    @property
    def is_on(self) -> bool:
        """Whether the operator has switched it on; of several processes, perhaps in another one."""
        return self._settings.webhook_port is not None or (self.is_shared and bool(self.public_address))

    @property
    def is_shared(self) -> bool:
        """Whether there are several processes: what one of them takes in may be for another to read."""
        return not self._settings.shards.are_all

    @property
    def public_address(self) -> str:
        """Where it is reached from outside, without a slash at its end; empty if the operator has not said it."""
        return (self._settings.webhook_url or "").rstrip("/")

    def address(self, name: str = "") -> str:
        """The address that a site posts to: of the webhook of that name, by default the operator's own."""
        base = self.public_address or f"http://{self._settings.webhook_host}:{self._settings.webhook_port}"
        return f"{base}{HOOK}/{name}" if name else f"{base}{HOOK}"

    def access(self, name: str) -> Access | None:
        """What signs for the webhook of that name; None if there is none. Reads files."""
        if name:
            webhook = self.store.webhook(name)
            return Access(webhook.server, webhook.secret) if webhook else None
        secret = self._settings.webhook_secret
        return Access(None, secret.get_secret_value()) if secret else None

    def unserved(self, error: OSError) -> str:
        """What to say to the operator if the webhook cannot be served."""
        return (
            f"The webhook cannot be served at {self._settings.webhook_host}:{self._settings.webhook_port} "
            f"({error.strerror or error}); set WEBHOOK_PORT and WEBHOOK_HOST right, or remove WEBHOOK_PORT."
        )

    def failing_subscriptions(self) -> int:
        """How many feeds' hubs have refused, or cannot be reached. Reads files."""
        return sum(one.state is State.FAILED for one in self.store.subscriptions())
