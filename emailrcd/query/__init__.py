"""Any number of ids in, one answer for each of them out."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submodules=["cluster"])
