"""What libjpeg says of files that it decodes all the same: bytes too many, a scan that ends early.

TensorFlow writes it on the error stream without the file's name, Pillow keeps it to itself; simplejpeg raises it.
"""

from __future__ import annotations

from collections.abc import Callable

from effnetv2_keras.errors import UsageError

AN_EIGHTH = (
    8  # decodes to an eighth of the size: every code of the file is read all the same, and most of the time saved
)


def load_complaints() -> Callable[[bytes, str], str]:
    """Returns a function from the bytes of a JPEG and its Pillow mode to libjpeg's first complaint, or "".

    Raises:
        UsageError: if simplejpeg is not installed.
    """
    try:
        import simplejpeg
    except ImportError:
        raise UsageError(
            "`--strict` needs simplejpeg: pip install 'effnetv2_keras[strict]'. Got an environment without it."
        ) from None

    def complaint_of(data: bytes, mode: str) -> str:
        colours = "CMYK" if mode == "CMYK" else "GRAY"
        try:
            simplejpeg.decode_jpeg(data, colours, min_height=1, min_width=1, min_factor=AN_EIGHTH, strict=True)
        except ValueError as error:
            return str(error)
        return ""

    return complaint_of
