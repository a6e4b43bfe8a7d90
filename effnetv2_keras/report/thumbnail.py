"""Small pictures inside a page, as far as their files can be read."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageFile, ImageOps

from effnetv2_keras.data.header import MAX_PIXELS
from effnetv2_keras.data.quiet_pillow import WITHOUT_WARNINGS

SIDE = 160  # px
CHECK = 8  # px


def thumbnail(data: bytes, side: int = SIDE) -> str | None:
    """Returns an image as a data URL no larger than `side` px, upright; None where nothing of it can be shown.

    Of a file that is cut off, what there is is shown. Transparent places show grey checks.
    """
    try:
        with WITHOUT_WARNINGS, _as_far_as_it_goes(), Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MAX_PIXELS:
                return None
            image.draft("RGB", (2 * side, 2 * side))
            small: Image.Image = ImageOps.exif_transpose(image)
            if small.mode.startswith("I"):  # 16 bits, of which a page shows the upper half
                small = small.convert("I").point(lambda level: level / 256).convert("L")
            small = small.convert("RGBA" if _is_transparent(image) else "RGB")
            small.thumbnail((side, side))
    except Exception:  # Pillow raises what its parsers run into
        return None
    flat = _on_checks(small) if small.mode == "RGBA" else small
    file = io.BytesIO()
    flat.save(file, "JPEG", quality=80, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"


@contextmanager
def _as_far_as_it_goes() -> Iterator[None]:
    kept = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = kept


def _is_transparent(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info


def _on_checks(image: Image.Image) -> Image.Image:
    rows, columns = np.indices((image.height, image.width)) // CHECK
    checks = np.where((rows + columns) % 2, 214, 240).astype(np.uint8)
    ground = Image.fromarray(checks).convert("RGB")
    ground.paste(image, mask=image.getchannel("A"))
    return ground
