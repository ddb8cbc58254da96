"""Which language a code means, or a text is in. The product speaks Chinese and English."""

import re

_CHINESE = re.compile(r"[\u3400-\u9fff]")


def is_chinese(code: str | None) -> bool:
    """Whether a language code (`zh`, `zh-hans`, `zh_CN`) is Chinese; None and empty are not."""
    return (code or "").startswith("zh")


def has_chinese(text: str | None) -> bool:
    """Whether a text has a Chinese character; None and empty have none."""
    return bool(_CHINESE.search(text or ""))
