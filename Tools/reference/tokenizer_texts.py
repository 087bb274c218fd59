"""Odd and random texts for comparing tokenizers."""

RANGES = [
    (0x20, 0x7E, 30), (0x61, 0x7A, 30), (0x00, 0x1F, 4), (0x7F, 0xFF, 6), (0x100, 0x24F, 6), (0x300, 0x36F, 8),
    (0x370, 0x3FF, 4), (0x400, 0x4FF, 4), (0x590, 0x5FF, 3), (0x600, 0x6FF, 4), (0x900, 0x97F, 4), (0xE00, 0xE7F, 4),
    (0xF00, 0xFFF, 2), (0x1100, 0x11FF, 3), (0x1AB0, 0x1AFF, 2), (0x1DC0, 0x1DFF, 2), (0x1E00, 0x1FFF, 4),
    (0x2000, 0x206F, 6), (0x20D0, 0x20FF, 2), (0x2100, 0x2BFF, 4), (0x3000, 0x30FF, 5), (0x3400, 0x4DBF, 2),
    (0x4E00, 0x9FFF, 5), (0xA000, 0xABFF, 3), (0xAC00, 0xD7A3, 5), (0xE000, 0xF8FF, 1), (0xF900, 0xFAFF, 2),
    (0xFB00, 0xFE0F, 3), (0xFE10, 0xFFFF, 4), (0x10000, 0x1FFFF, 5), (0x1D100, 0x1D7FF, 3), (0x1F300, 0x1FAFF, 4),
    (0x20000, 0x2FFFF, 2), (0x30000, 0xDFFFF, 1), (0xE0000, 0xE01FF, 2), (0xF0000, 0x10FFFF, 1), (0, 0x10FFFF, 4),
]
WEIGHTS = [weight for _, _, weight in RANGES]


def random_scalar(generator):
    while True:
        low, high, _ = generator.choices(RANGES, WEIGHTS)[0]
        value = generator.randint(low, high)
        if not 0xD800 <= value < 0xE000:
            return chr(value)


def random_text(generator, words):
    """A text of up to about forty parts: scalars of a few blocks, words of the vocabulary, white space."""
    parts = []
    home = generator.choices(RANGES, WEIGHTS, k=2)
    for _ in range(int(generator.paretovariate(0.7)) % 40 + generator.randint(0, 8)):
        kind = generator.random()
        if kind < 0.35:
            low, high, _ = generator.choice(home)
            value = generator.randint(low, high)
            parts.append(chr(value) if not 0xD800 <= value < 0xE000 else "")
        elif kind < 0.55:
            parts.append(random_scalar(generator))
        elif kind < 0.85:
            word = generator.choice(words)
            parts.append(generator.choice([word, word.removeprefix("##"), word.upper(), word.capitalize()]))
        else:
            parts.append(generator.choice([" ", " ", " ", "  ", "\n", "\t", "\u00a0", "\u3000", "\r\n", ""]))
    if generator.random() < 0.01:
        parts.append(random_scalar(generator) * generator.randint(90, 130))
    return "".join(parts)


SCRIPTS = [
    (0xE01, 0xE4E), (0xE81, 0xEDD), (0x1780, 0x17D2), (0x1000, 0x103E), (0x621, 0x655), (0x620, 0x6D3), (0x5D0, 0x5EA),
    (0x591, 0x5C7), (0x905, 0x94D), (0x985, 0x9CD), (0xA05, 0xA4D), (0xB85, 0xBCD), (0xC05, 0xC4D), (0xD05, 0xD4D),
    (0xF40, 0xFBC), (0x10A0, 0x10FF), (0x531, 0x587), (0x1200, 0x135A), (0x13A0, 0x13F4), (0x1100, 0x11FF), (0xAC00, 0xD7A3),
    (0x3131, 0x318E), (0x3041, 0x309F), (0x30A1, 0x30FF), (0xFF66, 0xFF9F), (0x4E00, 0x9FFF), (0x20000, 0x2A6DF),
    (0xF900, 0xFAD9), (0x430, 0x45F), (0x400, 0x42F), (0x391, 0x3C9), (0x1F00, 0x1FFE), (0xC0, 0x24F), (0x1E00, 0x1EFF),
    (0x10400, 0x1044F), (0x1E900, 0x1E943), (0x1D400, 0x1D7CB), (0x2460, 0x24FF), (0x1800, 0x18AA), (0xA640, 0xA69F),
]
SPACES = [
    " ", " ", " ", "  ", "   ", "\n", "\r\n", "\r", "\t", "\n\n", " \n", "\n ", "\r\n\r\n", "\u00a0", "\u3000", "\u2003", "\u200a",
    "\u202f", "\u205f", "\u1680", "\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\x1c", "\x1f", "\u200b", "\u2060", "\ufeff", "\u180e",
]
EMOJI = [
    "\U0001f600", "\U0001f469\u200d\U0001f4bb", "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", "\U0001f44d\U0001f3fd",
    "\U0001f3f3\ufe0f\u200d\U0001f308", "\U0001f1eb\U0001f1ee", "\U0001f1e9", "1\ufe0f\u20e3", "#\u20e3", "\u2764\ufe0f", "\u263a\ufe0e",
    "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "\U0001f9d1\u200d\U0001f91d\u200d\U0001f9d1", "\u200d",
    "\ufe0f", "\U0001f3ff", "\U0001fae8", "\u00a9\ufe0f", "\U0001f468\U0001f3fb\u200d\U0001f9b1",
]
DIGITS = [0x30, 0x30, 0x30, 0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xFF10, 0x1D7CE, 0x2080, 0x2070, 0x2160, 0x2460, 0x1E950]
CONTRACTIONS = ["'s", "'S", "'t", "n't", "'re", "'RE", "'Ve", "'m", "'LL", "'ll", "'d", "'\u017f", "\u2019s", "\u2019re", "''", "'", "``", "`"]
CODE = [
    "    ", "\t", "        ", "def ", "return", "(x):", "->", "=>", "!=", "==", "{\n", "}\n", "};\r\n", "//", "/*", "*/", "#", "self.", "__init__",
    "_x", "camelCase", "HTMLParser", "0x1F", "3.14e-10", "<br/>", "&nbsp;", "https://a.b/c?d=e&f#g", "a@b.co", "...", "\\n", "\"\"\"", "$x", "%s", "@",
    "|", "||", "~", "^", "\u2581", "\u2581\u2581", "\u0120", "\u010a", "<0x0A>", "<0xE2>", "</w>", "##", "<", ">", "[", "]",
]


def wild_text(generator, words):
    """A text of one of many sorts: scripts apart and mixed, marks, emoji, controls, numbers, code, very long words."""
    sort = generator.random()
    if sort < 0.3:
        return random_text(generator, words)
    if sort < 0.32:
        return _long_word(generator, words)
    if sort < 0.36:
        return "".join(random_scalar(generator) for _ in range(generator.randint(1, 60)))
    parts = []
    home = generator.choice(SCRIPTS)
    makers = generator.choices(_MAKERS, k=generator.randint(1, 3))
    for _ in range(generator.randint(1, 24)):
        if generator.random() < 0.04:
            home = generator.choice(SCRIPTS)
        parts.append(generator.choice(makers)(generator, words, home))
        if generator.random() < 0.55:
            parts.append(" " if generator.random() < 0.6 else generator.choice(SPACES))
    return "".join(parts)


def _script_word(generator, words, home):
    letters = [chr(generator.randint(*home)) for _ in range(generator.randint(1, 9))]
    if generator.random() < 0.2:
        letters.insert(generator.randrange(len(letters) + 1), generator.choice("\u200c\u200d\u0640\u0301\u3099\u309a\u094d\u0e33\u0323\u00ad"))
    return "".join(letters)


def _known_word(generator, words, home):
    word = generator.choice(words)
    return generator.choice([word, word, word.removeprefix("##"), word.strip("\u2581\u0120"), word.upper(), word.lower(), word.capitalize(), word[:-1], word + word])


def _marked(generator, words, home):
    marks = [chr(generator.choice([generator.randint(0x300, 0x36F), generator.randint(0x591, 0x5BD), generator.randint(0x1AB0, 0x1ACE), generator.randint(0x20D0, 0x20F0)]))
             for _ in range(generator.choice([1, 1, 1, 2, 3, 8]))]
    return generator.choice("aeiouAEINOSzqΑωиИ가\u1100中 ") + "".join(marks)


def _number(generator, words, home):
    zero = generator.choice(DIGITS)
    digits = "".join(chr(zero + generator.randint(0, 9)) for _ in range(generator.choice([1, 2, 3, 4, 7, 20])))
    return generator.choice(["", "", "-", "$", "€", "#"]) + digits + generator.choice(["", "", ".5", ",000", "%", "th", "½", "²"])


def _controls(generator, words, home):
    return "".join(chr(generator.choice([
        generator.randint(0, 0x1F), generator.randint(0x7F, 0x9F), generator.randint(0x200B, 0x200F), generator.randint(0x202A, 0x202E),
        generator.randint(0x2060, 0x206F), generator.randint(0xFFF0, 0xFFFF), generator.randint(0xFE00, 0xFE0F), generator.randint(0xE0000, 0xE007F),
        generator.randint(0xE000, 0xE0FF), generator.randint(0x40, 0x7E)])) for _ in range(generator.randint(1, 5)))


_MAKERS = [
    _script_word, _script_word, _known_word, _known_word, _known_word, _marked, _number, _controls,
    lambda generator, words, home: generator.choice(EMOJI),
    lambda generator, words, home: generator.choice(words) + generator.choice(CONTRACTIONS),
    lambda generator, words, home: generator.choice(CODE),
    lambda generator, words, home: generator.choice(SPACES) * generator.randint(1, 9),
    lambda generator, words, home: generator.choice("!?.,;:-_=*/\\|'\"()[]{}<>\u2026\u3002\u060c\u00bf\u2014") * generator.choice([1, 1, 2, 3, 17]),
    lambda generator, words, home: random_scalar(generator),
]


def _long_word(generator, words):
    """A word of some hundred scalars, or of a few thousand."""
    count = generator.choice([101, 130, 300, 1000, 3000])
    unit = generator.choice([
        random_scalar(generator), generator.choice(words), "ab", "aA", "1", "-", "'", "\u0301", "e\u0301", "中", "가", "\U0001f600", "xyz0", "\u2581", "ก", "\u0640ا"])
    if generator.random() < 0.4:
        return "".join(random_scalar(generator).strip() or "x" for _ in range(count // 4))
    return generator.choice(["", "a ", " "]) + unit * max(1, count // max(1, len(unit))) + generator.choice(["", " b", "\n"])


ODD_TEXTS = [
    "", " ", "\n", "\t \r\n", "\0", "\0\0a\0b", "a", "Hello, world!", "Hello world", "HELLO WORLD", "The quick brown fox jumps over the lazy dog.",
    "don't can't I'm we've they're it's 'quoted' \"double\"", "A swift in flight (Apus apus), 31 m/s!", "unaffable", "playing unplayable",
    "supercalifragilisticexpialidocious", "x" * 99, "x" * 100, "x" * 101, "x" * 1000, "é" * 100, "é" * 101, "e\u0301" * 100, "中" * 50,
    "a b c d e f g h i j k l m n o p q r s t u v w x y z", "1234567890 3.14159 1,000,000 1e-9 0x1F 50% $5 €7 £8 ¥9",
    "user@example.com https://example.com/path?q=1&r=2#frag /usr/local/bin C:\\Windows\\System32",
    "[MASK]", "[CLS]x", "x[SEP]y", "[CLS] [MASK]x[SEP]", "[mask]", "[ MASK ]", "[MASK", "MASK]", "[[MASK]]", "[UNK][PAD]", "[unused5]", "##ing ##",
    "<tag> <tag>s<tag>sx", "a  <wide>  b <left> c <right>   d", "<wide><wide>  <wide> \n <left>", "word words sword word, WORD-word wörd", "Größe GRÖSSE größe grosse",
    "two  words  two words TWO  WORDS", "\u00e9t\u00e9 e\u0301te\u0301 x\u00e9t\u00e9", "  <left>", "<right>  ", "foo<tag>bar", "\u00a0<wide>\u3000x",
    "café CAFÉ cafe\u0301 CAFE\u0301", "naïve coöperate façade jalapeño Ångström ÅNGSTRÖM A\u030angstro\u0308m", "Äpfel öffnen Übung weiß WEISS straße STRASSE ẞ",
    "İstanbul ISPARTA ığdır ISTANBUL i\u0307 I\u0307 İİ", "ΑΣ ΣΑΣ Σ ὈΔΥΣΣΕΎΣ οδυσσεύς ᾳ ᾼ ῼ ΐ", "ﬁ ﬂ ﬀ ﬃ ﬄ ﬅ ﬆ", "ǅ ǈ ǋ ǲ Ǆ ǆ", "ſ K Å Ω µ ª º ¹ ² ³ ½ ① ⑳ Ⅷ ⅷ ℃ ℻ ™",
    "Ａｂｃ １２３ ！＠＃ ｶﾞ ｶ\uff9e ﾊﾟ", "\u212b \u00c5 A\u030a \u1e9b\u0323 \u1e9b \u0323\u1e9b", "q\u0323\u0307 q\u0307\u0323 d\u0323\u0307 d\u0307\u0323 \u1e0b\u0323 \u1e0d\u0307",
    "a\u0328\u0301 a\u0301\u0328 \u0105\u0301 a\u0315\u0300\u05ae\u0062", "\u0301a \u0301 \u0301\u0301 a\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324\u031e\u0349\u035a\u032f\u031e\u0320\u034dA\u036b\u0357\u0334\u0362\u0335\u031c\u0330\u0354L\u0368\u0367\u0369\u0358\u0320G\u0311\u0357\u030e\u0305\u035b\u0341\u0334\u033b\u0348\u034d\u0354\u0339O\u0342\u030c\u030c\u0358\u0328\u0335\u0339\u033b\u031d\u0333",
    "สวัสดีชาวโลก ภาษาไทย ไม่มีช่องว่าง", "กำ ก\u0e4d\u0e32 น้ำ", "नमस्ते दुनिया हिन्दी क्षत्रिय ज्ञान", "\u0915\u093c \u0958 \u0929 \u0928\u093c", "বাংলা ভাষা কো \u0995\u09c7\u09be", "தமிழ் மொழி கொ", "తెలుగు ಕನ್ನಡ മലയാളം සිංහල",
    "ਪੰਜਾਬੀ ગુજરાતી ଓଡ଼ିଆ", "မြန်မာဘာသာ ភាសាខ្មែរ ພາສາລາວ བོད་སྐད།", "ქართული ᲥᲐᲠᲗᲣᲚᲘ ႠႡႢ ⴀⴁⴂ Հայերեն ՀԱՅԵՐԵՆ և", "አማርኛ ትግርኛ። ፩፪፫", "ᏣᎳᎩ ꮳꮃꭹ ᐃᓄᒃᑎᑐᑦ", "𞤀𞤁𞤂 𞤢𞤣𞤤 𐐀𐐁 𐐨𐐩 𐒰 𐓘 𑢠 𑣀",
    "안녕하세요 세계 한국어", "\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165", "가\u11a8 \u1100\u1161\u11a8 \u1100 \u1161 \u11a8 ㄱㄴㄷ ｱﾡ", "각각\u11a8 \uac00\u1161",
    "مرحبا بالعالم", "مَرْحَبًا بِالْعَالَمِ", "\u0622 \u0627\u0653 ﷺ ﷲ ﻻ ٠١٢٣ ۰۱۲۳", "ـــتطويلـــ لا\u200cإله", "שלום עולם שָׁלוֹם עֲלֵיכֶם", "\ufb2a \u05e9\u05c1 \ufb1d \u05d9\u05b4", "زبان فارسی می\u200cخواهم ئۇيغۇرچە پښتو اردو",
    "こんにちは世界 カタカナ ひらがな", "がぎぐ か\u3099き\u3099く\u3099 パピプ ハ\u309aヒ\u309a", "東京都渋谷区 日本語テキスト。「引用」、・…", "中文字符 繁體中文 简体中文，标点！", "𠀀𠀁𠀂 𪜀 𫝀 𫠠 㐀㐁 豈更車 \U0002f800 \U00030000 \U0002b820", "中a文b中1文 ab中cd", "〇 々 〻 ㈱ ㍿ ㍻ ㋿ ㌀",
    "Привет, мир! ПРИВЕТ Ёлка ёж ЙОД й и\u0306", "Ѣ ѣ Ꙗ ꙗ \u0456\u0308 ї Њ њ", "Xin chào thế giới Tiếng Việt ĐẠI HỌC ấ a\u0302\u0301", "Zażółć gęślą jaźń ŁÓDŹ łódź", "Příliš žluťoučký kůň úpěl", "Đorđe Šešelj džep", "Þingvellir ÐAÐ æ Æ ø Ø œ Œ ĳ Ĳ", "ŉ ǰ ΐ ŀ Ŀ",
    "😀 😃😄 👍🏽 👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪🇫🇷 ❤️ ☺︎ 1️⃣ #️⃣ *⃣", "🤷🏾‍♂️👨🏿‍🚀 🧑‍💻", "text😀text ok👌!", "\U0001fae8 \U0001fa75 \U0001f6dc", "♠♣♥♦ → ← ↑ ↓ ∀x∈ℝ ∑∏∫ √2 ≠ ≤ ≥ ±", "𝐀𝑩𝒞𝔇𝔸 𝟘𝟙𝟚 ⓐⒶ", "𝅗𝅥 𝅘𝅥𝅮 \U0001d15e \U0001d157\U0001d165 \U0001d165\U0001d16e",
    "a\u00a0b\u2003c\u3000d\u202fe\u205ff\u1680g", "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg", "a\u0085b\u2028c\u2029d\u000be\u000cf\u001cg\u001dh\u001ei\u001fj", "line one\r\nline two\rline three\nline four", "\ufeffBOM at start", "tab\tseparated\tvalues",
    "\ufffd replacement \ufffd\ufffd", "a\ufffdb", "\ue000\uf8ff \U000f0000 \U0010fffd", "\uffff \ufffe \U0001ffff \ufdd0", "\x01\x02\x1b[31mred\x1b[0m\x7f\x80\x9f", "\u202eRTL override\u202c \u2066isolate\u2069",
    "\u2010\u2011\u2012\u2013\u2014\u2015 ‘single’ “double” «guillemets» ‹›„‚", "… ‥ ․ ‼ ⁇ ⁈ ؟ ، ؛ ۔ ।॥ 。、 ፧ ՞ ՝ · ¿¡ § ¶ † ‡ • ‣", "^_`{|}~ !\"#$%&'()*+,-./:;<=>?@[\\]", "¢£¤¥¦§¨©ª«¬®¯°±´µ¶·¸º»", "~~~ --- === *** ___ ```", "a_b a-b a.b a,b a/b a\\b a|b a+b",
    "\u037e \u0387 \u1fef \u1ffd \u2000 \u2001 \u212a \u2126 \u2329 \u232a \u1fc1 \u1fed", "\u0344 \u0340 \u0341 \u0343 \u0374", "\u0f73 \u0f75 \u0f81 \u0f43 \u0f69 \u0fb9", "\u2adc \ufb1f \ufb4e \U00011938 \U0001109a \U000110ab \U0001112e", "\u1b06 \u1b3b \u1b40 \u0cca \u0dde \u0ddd",
    "\u0c56\u0c4d \u0e38\u0e48 \u0eb8\u0ec8 \u0f71\u0f72 \u3099\u302a\u302e\u302f가\u302f\u302e", "\U00016ff0\U00016ff1 \u1dfa\u302a", "\u034f\u0301 a\u034f\u0301 \u20dd a\u20dd\u0301", "\u0488 \u0489 \u20e3 5\u20e3",
    "mixed عربي and English و中文 with 한국어 и русский", "Ünïcödé 𝓶𝓪𝓭𝓷𝓮𝓼𝓼 ｗｉｄｅ", "CamelCaseWordsAndALLCAPS snake_case_words kebab-case-words", "e.g. i.e. U.S.A. Ph.D. a.m.", "3rd 21st 10-year-old well-known", "foo  bar   baz    qux", " leading and trailing ", "\u3000é\u3000", "  é  ",
    "ab abab aab abb oo foo ooo", "abab", "o", "ooo", "\u0301\u0300", "\u00e9", "e\u0301", "   \u0301   ", "\u200d", "\ufe0f", "a\u0000", "\u0000\u0301", "i do not know . why ? no ! yes , ok 's n't 've 're 'm",
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua.",
    "Die Würde des Menschen ist unantastbar. Sie zu achten und zu schützen ist Verpflichtung aller staatlichen Gewalt.",
    "Tous les êtres humains naissent libres et égaux en dignité et en droits.", "Toda persona tiene derecho a la educación; ¿quién no?", "Kaikki ihmiset syntyvät vapaina ja tasavertaisina", "Wszyscy ludzie rodzą się wolni i równi", "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar.",
    "All human beings are born free and equal in dignity and rights. " * 12,
]
