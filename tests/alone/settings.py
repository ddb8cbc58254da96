"""The product's settings with follow-up as the only application."""

import copy

from pv.config import settings as product

for _name in dir(product):
    if _name.isupper():
        globals()[_name] = getattr(product, _name)
INSTALLED_APPS = [name for name in product.INSTALLED_APPS if not name.startswith("pv")]
ROOT_URLCONF = "tests.alone.urls"
TEMPLATES = copy.deepcopy(product.TEMPLATES)
for _engine in TEMPLATES:
    _options = _engine["OPTIONS"]
    _options["libraries"] = {
        name: module
        for name, module in _options.get("libraries", {}).items()
        if not module.startswith("pv.")
    }
    _options["builtins"] = [
        module for module in _options.get("builtins", []) if not module.startswith("pv.")
    ]
