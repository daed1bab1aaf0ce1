"""emailrcd: what became of every mail sent through ITNIO TECH's email API.

The public names stand in ``__init__.pyi``. Each is loaded when it is first used, so that ``import emailrcd`` costs little.
"""

import lazy_loader

__version__ = "1.0.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
