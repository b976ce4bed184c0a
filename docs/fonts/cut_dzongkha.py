"""Cuts static/fonts/commons-dzongkha.woff2 from DDC Uchen.

    pip install fonttools brotli uharfbuzz      # apt-get install fonts-ddc-uchen
    python docs/fonts/cut_dzongkha.py /usr/share/fonts/truetype/tibetan/DDC_Uchen.ttf

DDC Uchen composes every stack as a glyph of its own, Sanskrit included: cut by letters alone
it keeps 1,300 glyphs and 94 KB. So the stacks that Dzongkha writes are shaped one by one, and
only their glyphs are kept. The result is compared with the whole font, stack by stack. What is
left out falls to a font of the reader's own. The licence (static/fonts/OFL.txt) reserves the
name, so the cut has another.
"""

import sys
from pathlib import Path

import uharfbuzz as hb
from fontTools import subset
from fontTools.ttLib import TTFont

TARGET = Path(__file__).resolve().parents[2] / "static/fonts/commons-dzongkha.woff2"
NAME = "Commons Dzongkha"
LICENCE = "SIL Open Font License 1.1; the text lies beside this file as OFL.txt."
VOWELS = ["", "ི", "ུ", "ེ", "ོ"]
LETTERS = "ཀཁགངཅཆཇཉཏཐདནཔཕབམཙཚཛཝཞཟའཡརལཤསཧཨཊཌ"
STACKS = (
    "རྐ རྒ རྔ རྗ རྙ རྟ རྡ རྣ རྦ རྨ རྩ རྫ ལྐ ལྒ ལྔ ལྕ ལྗ ལྟ ལྡ ལྤ ལྦ ལྷ སྐ སྒ སྔ སྙ སྟ སྡ སྣ སྤ སྦ སྨ སྩ "
    "ཀྱ ཁྱ གྱ པྱ ཕྱ བྱ མྱ ཧྱ རྐྱ རྒྱ རྨྱ སྐྱ སྒྱ སྤྱ སྦྱ སྨྱ ཀྲ ཁྲ གྲ ཏྲ ཐྲ དྲ ནྲ པྲ ཕྲ བྲ མྲ ཤྲ སྲ ཧྲ "
    "སྐྲ སྒྲ སྣྲ སྤྲ སྦྲ སྨྲ ཊྲ ཌྲ ཀླ གླ བླ ཟླ རླ སླ"
).split()
WITHOUT_VOWEL = (
    "ཀྭ ཁྭ གྭ གྲྭ ཅྭ ཉྭ ཏྭ དྭ ཕྱྭ ཙྭ རྩྭ ཚྭ ཞྭ ཟྭ རྭ ལྭ ཤྭ ཧྭ ཨཱ ཨོཾ ༀ ་ ། ༎ ༄ ༅ ༈ ༑ ༼ ༽ ༠ ༡ ༢ ༣ ༤ ༥ ༦ ༧ ༨ ༩"
).split()
TEXTS = [letter + vowel for letter in [*LETTERS, *STACKS] for vowel in VOWELS] + WITHOUT_VOWEL


def shaper(data: bytes):
    font = hb.Font(hb.Face(hb.Blob(data)))

    def shape(text: str):
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        hb.shape(font, buffer)
        return buffer

    return shape


def places(buffer) -> list[tuple[int, int, int]]:
    return [(glyph.x_advance, glyph.x_offset, glyph.y_offset) for glyph in buffer.glyph_positions]


def main(source: Path) -> None:
    font, whole = TTFont(source), shaper(source.read_bytes())
    names = font.getGlyphOrder()
    # Each beginning of a stack too: the font composes letter by letter.
    pieces = {text[:end] for text in TEXTS for end in range(1, len(text) + 1)}
    pieces |= {letter for text in TEXTS for letter in text}
    glyphs = {names[glyph.codepoint] for piece in pieces for glyph in whole(piece).glyph_infos}
    options = subset.Options(
        layout_closure=False,
        layout_features=["*"],
        hinting=False,
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
        flavor="woff2",
    )
    options.drop_tables += ["VDMX", "gasp"]
    letters = {ord(letter) for piece in pieces for letter in piece}
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=letters, glyphs=glyphs)
    subsetter.subset(font)
    for table in font["cmap"].tables:
        table.cmap = {code: glyph for code, glyph in table.cmap.items() if code in letters}
    for row in font["name"].names:
        named = {1: NAME, 3: NAME, 4: NAME, 6: NAME.replace(" ", ""), 13: LICENCE}
        if row.nameID in named:
            row.string = named[row.nameID]
    subset.save_font(font, str(TARGET), options)

    font.flavor = None
    plain = TARGET.with_suffix(".ttf")
    font.save(plain)
    cut = shaper(plain.read_bytes())
    plain.unlink()
    wrong = [text for text in TEXTS if places(cut(text)) != places(whole(text))]
    sys.exit(f"Shaped otherwise than in the whole font: {wrong}" if wrong else 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
