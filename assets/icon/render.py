#!/usr/bin/env python3
"""Draws icon-256.png and icon.ico from icon.svg. Needs Pillow: python3 -m venv venv && venv/bin/pip install pillow

Knows rounded rectangles and their fill, which is all that icon.svg is made of.
"""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

from PIL import Image, ImageDraw

HERE = Path(__file__).resolve().parent
OVERSAMPLING = 8
ICO_SIZES = [16, 24, 32, 48, 64, 128, 256]


def draw(size: int) -> Image.Image:
    svg = ElementTree.parse(HERE / "icon.svg").getroot()
    scale = size * OVERSAMPLING / float(svg.get("width"))
    image = Image.new("RGBA", (size * OVERSAMPLING,) * 2)
    paint(svg, None, scale, ImageDraw.Draw(image))
    return image.resize((size, size), Image.Resampling.LANCZOS)


def paint(node: ElementTree.Element, fill: str | None, scale: float, canvas: ImageDraw.ImageDraw) -> None:
    fill = node.get("fill", fill)
    if node.tag.endswith("}rect"):
        x, y, width, height, radius = (float(node.get(name)) * scale for name in ("x", "y", "width", "height", "rx"))
        canvas.rounded_rectangle((x, y, x + width - 1, y + height - 1), radius, fill=fill)
    for child in node:
        paint(child, fill, scale, canvas)


if __name__ == "__main__":
    draw(256).save(HERE / "icon-256.png", optimize=True)
    images = [draw(size) for size in ICO_SIZES]
    images[-1].save(HERE / "icon.ico", sizes=[(size, size) for size in ICO_SIZES], append_images=images[:-1])
