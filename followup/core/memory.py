"""Memory of a process that stays: what it began with is not looked through again and again."""

import gc


def freeze() -> None:
    """Leave what there is out of collections, which would take longer for it than for their work.

    They would also write to every object, and so copy what forked processes share.
    """
    gc.collect()
    gc.freeze()
