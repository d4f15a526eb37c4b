#!/usr/bin/env python3
"""Makes millrace-icons.ttf: the icons named in icons.txt, cut out of the variable Material Symbols Rounded.

Usage: subset-icons.py MaterialSymbolsRounded.(woff2|ttf) [icons.txt] [millrace-icons.ttf]

Needs fonttools and brotli. Prints the table for README.md (icon, codepoint) on stdout. Every icon keeps all the
codepoints it has in the source, and the table names the lowest; the filled form of an icon stands at that one + 0xF0000,
which is private use as well.
The result is static: one weight, no axes, no ligatures, so that it is small and needs no shaping.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

WEIGHT = 500
OPTICAL_SIZE = 20
FILL_OFFSET = 0xF0000
HERE = Path(__file__).resolve().parent


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    source = Path(sys.argv[1])
    list_file = Path(sys.argv[2]) if len(sys.argv) > 2 else HERE / "icons.txt"
    target = Path(sys.argv[3]) if len(sys.argv) > 3 else HERE / "millrace-icons.ttf"

    lines = [line.strip() for line in list_file.read_text().splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    names = [line.removesuffix("+fill") for line in lines]
    filled = [line.removesuffix("+fill") for line in lines if line.endswith("+fill")]

    codepoints = codepoints_by_name(TTFont(source))
    unknown = [name for name in names if name not in codepoints]
    if unknown:
        sys.exit(f"the font has no icon named {', '.join(unknown)}")

    font = instance(source, names, codepoints, fill=0)
    add_filled(font, instance(source, filled, codepoints, fill=1), filled, codepoints)
    square_metrics(font)
    name_it(font)
    font.flavor = None  # plain TrueType, whatever the source was packed as
    font.save(target)

    print("| icon | codepoint |\n| --- | --- |")
    for name in names:
        print(f"| {name} | `\\u{{{codepoints[name]:x}}}` |")
        if name in filled:
            print(f"| {name}, filled | `\\u{{{codepoints[name] + FILL_OFFSET:x}}}` |")
    print(f"{target}: {target.stat().st_size} bytes, {len(names) + len(filled)} icons", file=sys.stderr)


def codepoints_by_name(font: TTFont) -> dict[str, int]:
    """Glyphs are named after their icon. Of several codepoints (aliases of older releases) the lowest counts."""
    found: dict[str, int] = {}
    for codepoint, glyph in sorted(font.getBestCmap().items()):
        found.setdefault(glyph, codepoint)
    # An icon that shares another's drawing is reached only by its ligature: name -> glyph.
    for name, glyph in ligatures(font):
        if name not in found and glyph in found:
            found[name] = found[glyph]
    return found


def ligatures(font: TTFont):
    letters = {glyph: chr(codepoint) for codepoint, glyph in font.getBestCmap().items() if codepoint < 0x80}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            table = getattr(table, "ExtSubTable", table)
            for first, ligature_set in getattr(table, "ligatures", {}).items():
                for ligature in ligature_set:
                    parts = [first, *ligature.Component]
                    if all(part in letters for part in parts):
                        yield "".join(letters[part] for part in parts), ligature.LigGlyph


def instance(source: Path, names: list[str], codepoints: dict[str, int], fill: int) -> TTFont:
    """A static font with the glyphs of these icons. Subsetting first makes the instancing quick."""
    font = TTFont(source)
    cmap = font.getBestCmap()
    # Some icons swap their glyph when filled, which a static font has no rule for: take that glyph straight away.
    glyphs = {cmap[codepoints[name]] for name in names}
    wanted = {code: glyph for code, glyph in cmap.items() if glyph in glyphs}
    if fill:
        order = set(font.getGlyphOrder())
        wanted = {code: f"{glyph}.fill" if f"{glyph}.fill" in order else glyph for code, glyph in wanted.items()}
    del font["GSUB"]
    for table in font["cmap"].tables:
        table.cmap = {code: glyph for code, glyph in wanted.items() if code <= 0xFFFF or table.format == 12}
    options = subset.Options(hinting=False, notdef_outline=True, glyph_names=False, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14])
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted)
    cutter.subset(font)
    return instancer.instantiateVariableFont(font, {"FILL": fill, "GRAD": 0, "opsz": OPTICAL_SIZE, "wght": WEIGHT})


def add_filled(font: TTFont, source: TTFont, names: list[str], codepoints: dict[str, int]) -> None:
    glyphs = source.getBestCmap()
    mapping = dict(font.getBestCmap())
    for name in names:
        codepoint = codepoints[name]
        target = f"{name}.filled"
        font["glyf"][target] = source["glyf"][glyphs[codepoint]]
        font["hmtx"][target] = source["hmtx"][glyphs[codepoint]]
        mapping[codepoint + FILL_OFFSET] = target
    # Beyond the basic plane only a format 12 table reaches.
    tables = font["cmap"].tables
    full = next((table for table in tables if table.format == 12), None)
    if full is None:
        full = type(tables[0]).newSubtable(12)
        full.platformID, full.platEncID, full.language = 3, 10, 0
        full.format, full.reserved, full.length, full.nGroups = 12, 0, 0, 0
        tables.append(full)
    full.cmap = mapping


def square_metrics(font: TTFont) -> None:
    """A line is exactly one em and the drawing fills it, so that centring a line centres the icon."""
    em = font["head"].unitsPerEm
    font["hhea"].ascent, font["hhea"].descent, font["hhea"].lineGap = em, 0, 0
    os2 = font["OS/2"]
    os2.sTypoAscender, os2.sTypoDescender, os2.sTypoLineGap = em, 0, 0
    os2.usWinAscent, os2.usWinDescent = em, 0


def name_it(font: TTFont) -> None:
    """A changed font says so in its name."""
    for name_id, text in {1: "Millrace Icons", 4: "Millrace Icons", 6: "MillraceIcons-Regular"}.items():
        font["name"].setName(text, name_id, 3, 1, 0x409)
    licence = "Licensed under the Apache License, Version 2.0. A subset of Material Symbols Rounded, changed: see README.md."
    font["name"].setName(licence, 13, 3, 1, 0x409)
    font["name"].setName("https://www.apache.org/licenses/LICENSE-2.0", 14, 3, 1, 0x409)
    font["post"].formatType = 3.0


if __name__ == "__main__":
    main()
