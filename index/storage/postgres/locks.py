"""Numbers for PostgreSQL's advisory locks.

Such a lock belongs to a session or a transaction, and ends with it, also if the process is killed. All processes that
use one database must make the same number of the same name, so all of them make it here.
"""

import hashlib


def lock_number(*parts: str) -> int:
    """The number of the lock with a name of these parts, such as a schema, what is locked, and which one of these.

    It is a signed 64-bit integer, the same in every process and version.
    """
    digest = hashlib.sha256("/".join(parts).encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
