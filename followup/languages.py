"""Which language a code means. The product speaks Chinese and English."""


def is_chinese(code: str | None) -> bool:
    """Whether a language code (`zh`, `zh-hans`, `zh_CN`) is Chinese; None and empty are not."""
    return (code or "").startswith("zh")
