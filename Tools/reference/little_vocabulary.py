"""A vocabulary of about 300 WordPiece tokens, written by hand, and texts that exercise it."""

from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
DIGITS = "0123456789"
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[]_{|}~"
OTHER_SCRIPTS = "абвгдеиклмнопрстуяαβγδειλοςσ東京山水日本の日あいう가나다"
WORDS = """
the a an of to and in is on over by near river swift bird birds fast flies flew nest nests tower church sky high
night winter summer autumn spring year years insect insects eats sleep sleeps wing wings feather south north sea wind
house roof old new little large white black small long short word words text model vector search what where who how
query document passage represent for retrieval this that with without no not one two three cafe naive uber
""".split()
PIECES = """
s ed ing er est ly ness tion ment able un re ow ight ound ail ain oof ther ter al an en in on or at
""".split()


def vocabulary():
    tokens = list(SPECIAL) + list(PUNCTUATION) + list(DIGITS) + list(LETTERS) + list(OTHER_SCRIPTS) + WORDS
    tokens += ["##" + piece for piece in list(LETTERS) + list(DIGITS) + PIECES + list("абвгдеиклαβγδ")]
    return {token: index for index, token in enumerate(dict.fromkeys(tokens))}


def tokenizer(lowercase=True):
    """What BertTokenizer builds from such a vocabulary."""
    words = vocabulary()
    built = Tokenizer(WordPiece(words, unk_token="[UNK]", max_input_chars_per_word=100))
    built.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    built.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    built.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", words["[CLS]"]), ("[SEP]", words["[SEP]"])],
    )
    built.decoder = decoders.WordPiece()
    built.add_special_tokens(list(SPECIAL))
    return built


TEXTS = [
    "",
    " ",
    "a",
    "swift",
    "The swift flies fast.",
    "the swift flies fast",
    "THE SWIFT FLIES FAST.",
    "Swifts nest near the old church tower, high over the river.",
    "What eats insects in summer?",
    "It sleeps on the wing; no roof, no house.",
    "Café naïve über façade",
    "cafe\u0301 nai\u0308ve u\u0308ber",
    "unreasonably restlessness",
    "wxyz qqqq zzz",
    "1 22 333 4444 2026-11-21",
    "e-mail: bird@nest.example, #42 (50%)!",
    "东京 東京 山水 日本の山",
    "あいう 가나다 가",
    "баба и лес на реке",
    "αβγ δελος ΣΙΓΜΑ",
    "\U0001F426 a bird \U0001F985\U0001F1EB\U0001F1EE",
    "\t tabs\tand\nlines \r\n end ",
    "nul\u0000inside \u0007bell \u200bzero\u200dwidth \ufeff",
    "[CLS] literal [MASK] and [SEP] [PAD] tokens [UNK]",
    "[cls] [mask] not special",
    "x" * 99 + " " + "y" * 101,
    " ".join(WORDS[:20]),
    " ".join(WORDS[20:58]),
    " ".join(WORDS),
    "swift " * 200,
    "a b c d e f g h i j k l m n o p q r s t u v w x y z " * 3,
    "what, where, who: " * 5 + "how?",
]
