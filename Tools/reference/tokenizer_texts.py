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
