"""Writes the fixtures of byte pair encoding tokenizers: their tokenizer.json and what the reference library makes of texts.

    python Tools/reference/bpe_goldens.py [NAME...]
"""

import json
import random
import sys

import tokenizers
from bpe_tokenizers import BUILDERS, training_text
from tokenizer_goldens import FIXTURES, cases, write
from tokenizer_texts import ODD_TEXTS, random_text

PATTERN_TEXTS = [
    "I'm you're he's she'S it'D we'LL they'Ve don't can'T 'tis 'twas ''s' s'", "it'\u017f we'\u017f'LL 'lL 'vE 're 'Rx 'vx 'lx '", "'", "''", " '", "'l", "'r", "x'v",
    "  two  spaces   three    four ", " \n \n\n x\n  y \r\n\r\n  z", "\t\tx\t y\t", "a\n", "a \n", "a\n ", "a \n b", "\n\n a", " \u3000 a\u3000 ", "x \u0085\u2028 y", "1 12 123 1234 12345 1234567 ¼½٣٤٥٦ ⅷⅧ 1a2b 3.14 1,000",
    "!!! ... ?!\n\n /path/to//x \n/ // a/b\r\n/", "-a --b _c __d .e #f (g) [h]\n\"i\"", "CamelCase XMLHttpRequest iPhone ABCdEF ÀÉîÕ ǅǅx ʰʰA Aʰb ªº", "e\u0301A\u0301b \u0301a \u0301\u0301 \u0301A 中A中a中 AあB aあB Aあb Áあ\u0301B",
    "\u00a0a \u00a0 b\u00a0", " \u0301x", "  'm  's", "\u200da\u200d 1\u200d2", "Ⓐⓑ ⒜ Ⅻ", "<|endoftext|>x<|begin_of_text|> <mask>  <mask>\n[MASK] |||EMAIL||| <tool_call> <|startoftext|>",
    "def f(x):\n    return x\n        # y\n\n\n      z", "x\u0120y \u0120\u010a", "ĠĠ Ċ ġ", "\u0000\u00ad\u007f\u0080\u00a0", "\U0001F600\U0010FFFF\uE000",
]
FEW = ("bpe-", "split-", "gpt2-", "o200k")


def main():
    text = training_text()
    for name, build in BUILDERS.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        generator = random.Random(3)
        tokenizer = build(text)
        state = json.loads(tokenizer.to_str())
        write(f"{name}.tokenizer.json", state)
        tokenizer = tokenizers.Tokenizer.from_file(str(FIXTURES / f"{name}.tokenizer.json"))
        words = list(tokenizer.get_vocab())
        short = [odd for odd in ODD_TEXTS if len(odd) <= 60]
        few = name.startswith(FEW)
        texts = PATTERN_TEXTS + generator.sample(short, 30 if few else 85)
        texts += [random_text(generator, words)[:40] for _ in range(30 if few else 85)]
        write(f"{name}.golden.json", {"tokenizers": tokenizers.__version__, **cases(tokenizer, texts, generator, longest=14)})


main()
