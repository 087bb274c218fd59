"""Writes Sources/CNeedletailAssets/regex_properties.c: named character sets and case folding as the reference library's
regular expressions know them.

Every name is asked of the library, and every set that it gives; names that it does not know are left out.

    python Tools/unicode/regex_properties.py     # tokenizers as pinned in Tools/reference/requirements.txt; two minutes
"""

import unicodedata

from tables import SCALARS, array, number, write
from tokenizers import Regex, normalizers, pre_tokenizers

BRACKETS = "alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit".split()
NAMES = """
Any Assigned ASCII Alnum Alpha Blank Cntrl Digit Graph Lower Print Punct PosixPunct Space Upper Word XDigit
L LC Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs C Cc Cf Cn Co Cs
Letter Cased_Letter Lowercase_Letter Modifier_Letter Other_Letter Titlecase_Letter Uppercase_Letter Mark Combining_Mark
Spacing_Mark Enclosing_Mark Nonspacing_Mark Number Decimal_Number Letter_Number Other_Number Punctuation
Connector_Punctuation Dash_Punctuation Close_Punctuation Final_Punctuation Initial_Punctuation Other_Punctuation
Open_Punctuation Symbol Currency_Symbol Modifier_Symbol Math_Symbol Other_Symbol Separator Line_Separator
Paragraph_Separator Space_Separator Other Control Format Unassigned Private_Use Surrogate
Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki Bopomofo
Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Chorasmian Common Coptic
Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan Egyptian_Hieroglyphs Elbasan
Elymaic Ethiopic Garay Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi Gurmukhi Gurung_Khema Han Hangul
Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi Inscriptional_Parthian
Javanese Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi Khitan_Small_Script Khmer Khojki Khudawadi Kirat_Rai Lao Latin
Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi
Medefaidrin Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar
Nabataean Nag_Mundari Nandinagari New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Ol_Onal Old_Hungarian
Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage
Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada
Shavian Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Sunuwar Syloti_Nagri Syriac Tagalog Tagbanwa
Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Todhri Toto Tulu_Tigalari
Ugaritic Unknown Vai Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square
Arab Armn Beng Bopo Brai Cher Copt Cyrl Deva Ethi Geor Grek Gujr Guru Hang Hani Hebr Hira Kana Khmr Knda Laoo Latn Mlym
Mong Mymr Orya Sinh Syrc Taml Telu Tibt Yiii Zinh Zyyy Zzzz
ASCII_Hex_Digit AHex Alphabetic Bidi_Control Case_Ignorable Cased Changes_When_Casefolded Changes_When_Casemapped
Changes_When_Lowercased Changes_When_Titlecased Changes_When_Uppercased Dash Default_Ignorable_Code_Point Deprecated
Diacritic Emoji Emoji_Component Emoji_Modifier Emoji_Modifier_Base Emoji_Presentation EBase EComp EMod EPres ExtPict
Extended_Pictographic Extender Grapheme_Base Grapheme_Extend Grapheme_Link Hex_Digit Hex Hyphen IDS_Binary_Operator
IDS_Trinary_Operator ID_Continue ID_Start Ideographic Ideo Join_Control Logical_Order_Exception Lowercase Math
Noncharacter_Code_Point Pattern_Syntax Pattern_White_Space Prepended_Concatenation_Mark Quotation_Mark Radical
Regional_Indicator RI Sentence_Terminal Soft_Dotted Terminal_Punctuation Unified_Ideograph UIdeo Uppercase
Variation_Selector VS White_Space WSpace XID_Continue XID_Start
In_Basic_Latin In_Latin_1_Supplement In_Latin_Extended_A In_Latin_Extended_B In_IPA_Extensions
In_Combining_Diacritical_Marks In_Greek_and_Coptic In_Cyrillic In_Hebrew In_Arabic In_Devanagari In_Thai In_Hangul_Jamo
In_Latin_Extended_Additional In_Greek_Extended In_General_Punctuation In_Superscripts_and_Subscripts In_Currency_Symbols
In_Letterlike_Symbols In_Number_Forms In_Arrows In_Mathematical_Operators In_Miscellaneous_Technical In_Box_Drawing
In_Block_Elements In_Geometric_Shapes In_Miscellaneous_Symbols In_Dingbats In_CJK_Radicals_Supplement
In_CJK_Symbols_and_Punctuation In_Hiragana In_Katakana In_Bopomofo In_Hangul_Compatibility_Jamo
In_Katakana_Phonetic_Extensions In_Enclosed_CJK_Letters_and_Months In_CJK_Compatibility
In_CJK_Unified_Ideographs_Extension_A In_CJK_Unified_Ideographs In_Hangul_Syllables In_Private_Use_Area
In_CJK_Compatibility_Ideographs In_Halfwidth_and_Fullwidth_Forms In_Emoticons In_Miscellaneous_Symbols_and_Pictographs
In_Transport_and_Map_Symbols In_Supplemental_Symbols_and_Pictographs In_CJK_Unified_Ideographs_Extension_B
""".split()


def runs(pattern, text):
    return pre_tokenizers.Split(Regex(pattern), "removed", invert=True).pre_tokenize_str(text)


def ranges(pattern, text):
    found = []
    for run, _ in runs(pattern, text):
        for c in map(ord, run):
            if found and found[-1][1] + 1 == c:
                found[-1][1] = c
            else:
                found.append([c, c])
    return tuple(map(tuple, found))


def main():
    everything = "".join(map(chr, SCALARS))
    sets, names, unknown = {}, {}, []
    for name in NAMES:
        try:
            found = ranges(rf"\p{{{name}}}+", everything)
        except Exception:
            unknown.append(name)
            continue
        names[name.replace("_", "").lower()] = sets.setdefault(found, len(sets))
    for name in BRACKETS:
        names[f"[:{name}:]"] = sets.setdefault(ranges(f"[[:{name}:]]+", everything), len(sets))
    for name in "dshw":
        # In brackets the library takes these from other tables than outside, and they differ below U+0100.
        names["\\" + name] = sets.setdefault(ranges(rf"\{name}+", everything), len(sets))
        names[f"[\\{name}]"] = sets.setdefault(ranges(rf"[\{name}]+", everything), len(sets))

    lower = normalizers.Lowercase()
    cased = set()
    for c in SCALARS:
        s = chr(c)
        others = {s.lower(), s.upper(), s.title(), s.casefold(), lower.normalize_str(s)} - {s}
        for other in others:
            cased |= {c, *map(ord, other)}
    # Each in a line of its own, as neighbours could match together.
    cased = sorted(cased - {10})
    lines = "\n".join(map(chr, cased))
    members, folded, multiple = [], set(), []
    for c in cased:
        if c in folded:
            continue
        alike = sorted(ord(run) for run, _ in runs(rf"(?i:\x{{{c:x}}})", lines) if len(run) == 1)
        if len(alike) > 1:
            assert c == alike[0], (c, alike)
            folded |= set(alike)
            members += [(other, c) for other in alike]
    for c in cased:
        fold = chr(c).casefold()
        if len(fold) > 1 and runs(rf"\A(?i:\x{{{c:x}}})\z", fold):
            multiple.append((c, *map(ord, fold), *[0] * (3 - len(fold))))
    members.sort()

    def table(kind, name, values):
        values, rows, row = list(map(number, values)), [], " "
        for value in values:
            if len(row) + len(value) > 115:
                rows.append(row)
                row = " "
            row += f" {value},"
        return array(kind, name, len(values), [*rows, row])

    starts, bounds = [0], []
    for found in sets:
        bounds += [bound for pair in found for bound in pair]
        starts.append(len(bounds) // 2)
    listed = sorted(names.items(), key=lambda item: item[0].encode())
    rows = "".join(f'  "{name}",\n'.replace("\\", "\\\\") for name, _ in listed)
    write(
        __file__, "nt_regex_properties.h",
        f"const uint32_t nt_regex_property_count = {len(listed)};\n"
        + f"const char *const nt_regex_property_names[{len(listed)}] = {{\n{rows}}};\n"
        + table("uint16_t", "nt_regex_property_sets", [index for _, index in listed])
        + table("uint32_t", "nt_regex_set_starts", starts)
        + table("uint32_t", "nt_regex_set_bounds", bounds)
        + f"const uint32_t nt_regex_fold_count = {len(members)};\n"
        + table("uint32_t", "nt_regex_fold_members", [member for member, _ in members])
        + table("uint32_t", "nt_regex_fold_classes", [fold for _, fold in members])
        + f"const uint32_t nt_regex_long_fold_count = {len(multiple)};\n"
        + table("uint32_t", "nt_regex_long_folds", [value for row in multiple for value in row]))
    print(f"{len(names)} names, {len(sets)} sets, {len(bounds) // 2} ranges, {len(members)} folded, {len(multiple)} long")
    print("not known:", *unknown)


main()
