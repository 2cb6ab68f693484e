"""Fits, kept on disk under a hash of what they were made of: a second language, or a second look, costs nothing."""

import shutil
from collections.abc import Callable
from typing import Any

from joblib import Memory

from shopkeeper.brand import Brand
from shopkeeper.fingerprints import of_code, of_text

_KEPT = 50  # fits of a brand, the latest used ones


def kept[Fitted](brand: Brand, fit: Callable[..., Fitted], *inputs: Any) -> Fitted:
    """What fit makes of these inputs, or made of them before: data/<brand>/fits/ keeps it until the library changes.

    fit: a function of a module, whose result depends on nothing but its inputs: tables, texts and numbers. Since its result
    outlives the person who asks to be forgotten, it must not tell one customer from another.
    """
    code = of_code()
    folder = brand.folder / "fits" / of_text(code["library"] + code["lock"])[:16]
    for older in set(folder.parent.glob("*")) - {folder}:
        shutil.rmtree(older, ignore_errors=True)
    memory = Memory(folder, verbose=0)
    found: Fitted = memory.cache(fit)(*inputs)
    memory.reduce_size(items_limit=_KEPT)
    return found
