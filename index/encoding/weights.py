"""Reads files of weights, and compares them with their published SHA-256."""

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError, Remedy
from index.resources import shortage


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal. Raises OSError."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_arrays(file: Path, published: str | None) -> dict[str, NDArray[Any]]:
    """Read the arrays in a numpy .npz file, by name. If `published` is given, the file must have that SHA-256.

    Raises ModelError if the file is missing, damaged or a different one, and OutOfResources.
    """
    try:
        content = file.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if published not in (None, found):
            raise ModelError(
                f"{file} does not hold the published weights (its SHA-256 is {found})", Remedy.REINSTALL_PULLQUOTE
            )
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except FileNotFoundError as error:
        raise ModelError(f"{file} is missing", Remedy.REINSTALL_PULLQUOTE) from error
    except (OSError, MemoryError) as error:
        raise shortage(error) or unreadable(file, error) from error
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"{file} is damaged", Remedy.REINSTALL_PULLQUOTE) from error


def unreadable(file: Path, error: BaseException) -> ModelError:
    """The error for a file of weights that exists but may not be read."""
    cause = getattr(error, "strerror", None) or error
    return ModelError(f"{file} cannot be read ({cause}); let the user that runs Pullquote read it.")
