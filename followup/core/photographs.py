"""Photographs people send: decoded and encoded again, so that only the picture is kept."""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps

LONGEST = 3000  # pixels of the longer side: a page of A4 at 250 dots per inch
THUMBNAIL = 240


class Unreadable(ValueError):
    """What does not decode as the picture it begins like."""


class TooLarge(ValueError):
    """A picture of more pixels than are kept."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture as it is kept, and a small JPEG of it."""

    content: bytes
    thumbnail: bytes


def encode_again(content: bytes, kind: str, *, most: int) -> Photograph:
    """The picture upright, without what a camera wrote into it.

    `kind` is JPEG or PNG, `most` the number of pixels that is still decoded. Raises Unreadable
    and TooLarge.
    """
    try:
        with Image.open(io.BytesIO(content), formats=(kind,)) as opened:
            if opened.width * opened.height > most:
                raise TooLarge
            turned = ImageOps.exif_transpose(opened)
            turned.load()
    except TooLarge:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Unreadable from error
    plain = _on_white(turned)
    plain.thumbnail((LONGEST, LONGEST))
    small = plain.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    return Photograph(_bytes(plain, kind), _bytes(small, "JPEG"))


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGB", "L"):
        return picture
    if "A" in picture.getbands() or "transparency" in picture.info:
        over = picture.convert("RGBA")
        white = Image.new("RGBA", over.size, "white")
        return Image.alpha_composite(white, over).convert("RGB")
    return picture.convert("RGB")


def _bytes(picture: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    clean = Image.new(picture.mode, picture.size)
    clean.paste(picture)  # pixels alone: no comment, profile or place goes along
    clean.save(out, kind, **({"quality": 85} if kind == "JPEG" else {}))
    return out.getvalue()
