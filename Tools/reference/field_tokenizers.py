"""The field's tokenizers with their published settings and vocabularies trained here, for tokenizer_compare.py.

Each builder returns the value of a tokenizer.json, or the bytes of a SentencePiece model. Normalizers, pre-tokenizers,
post-processors, decoders, added tokens and the size of the vocabulary are those of the published files; the pieces are
trained by the reference libraries on ../shared/data/pretrain-text and on made-up words of other scripts, and are filled up
with made-up pieces where the published vocabulary is larger than what such a text gives.
"""

import json
import pathlib
import random
import unicodedata

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from bpe_tokenizers import CLIP, GPT_2, LLAMA_3, O200K, QWEN_2
from unigram_goldens import file as unigram_file
from unigram_goldens import metaspace, parsed, precompiled, replace, runs, strip, template, train, unigram
from tokenizer_goldens import added, sequence

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
DATA = REPOSITORY.parent / "shared/data"
MARK = "\u2581"
SPECIAL = {"special": True}
BERT_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

# Letters of scripts that the training text lacks; a word is made of those of one script.
LETTERS = [
    (0x430, 0x44F), (0x3B1, 0x3C9), (0x5D0, 0x5EA), (0x621, 0x64A), (0x905, 0x94D), (0x985, 0x9CD), (0xB85, 0xBCD),
    (0xE01, 0xE4E), (0x10D0, 0x10F0), (0x531, 0x586), (0x1200, 0x1240), (0x3041, 0x3096), (0x30A1, 0x30FA),
    (0x4E00, 0x4F80), (0x5B50, 0x5C00), (0xAC00, 0xAD00), (0xC0AC, 0xC140), (0xE0, 0xFF), (0x1EA0, 0x1EF9),
    (0x1780, 0x17D2), (0x1000, 0x103E), (0xF40, 0xF6C), (0x1F600, 0x1F650), (0x1D400, 0x1D433),
]


def foreign_words(generator, count):
    words = []
    for _ in range(count):
        low, high = generator.choice(LETTERS)
        letters = [chr(generator.randint(low, high)) for _ in range(generator.randint(1, 6))]
        words.append("".join(c for c in letters if unicodedata.category(c) != "Cn") or chr(low))
    return words


def corpus(foreign=True):
    """The lines that every vocabulary is trained on, always the same."""
    folder = DATA / "pretrain-text"
    lines = []
    for path in sorted(folder.glob("*.txt")):
        lines += path.read_text(encoding="utf-8").split("\n")
    for row in (folder / "state_union.jsonl").read_text(encoding="utf-8").split("\n"):
        if row:
            lines += json.loads(row)["text"].split("\n")
    if foreign:
        generator = random.Random(11)
        words = foreign_words(generator, 4000)
        for _ in range(12_000):
            lines.append(" ".join(words[int(generator.random() ** 2 * len(words))] for _ in range(generator.randint(3, 9))) + generator.choice("।。.!؟?"))
    return [line for line in lines if line.strip()]


def fill_vocabulary(vocabulary, size, seed, piece=lambda word, generator: word):
    """Adds made-up pieces up to a size."""
    generator = random.Random(seed)
    while len(vocabulary) < size:
        word = "".join(foreign_words(generator, 1) if generator.random() < 0.6 else generator.choices("etaoinshrdlucmfwyp", k=generator.randint(3, 11)))
        vocabulary.setdefault(piece(word, generator), len(vocabulary))


def fill_merges(state, size, seed):
    """Adds made-up merges of pieces that are there, up to a size of the vocabulary."""
    generator = random.Random(seed)
    vocabulary, merges = state["model"]["vocab"], state["model"]["merges"]
    special = {token["content"] for token in state["added_tokens"]}
    pieces = [piece for piece in vocabulary if piece not in special and not piece.startswith("<0x")]
    while len(vocabulary) < size:
        # Pieces that come early are common; a merge of two common ones is used.
        left, right = (pieces[int(generator.random() ** 2 * len(pieces))] for _ in range(2))
        if len(left) + len(right) > 24 or left + right in vocabulary:
            continue
        vocabulary[left + right] = len(vocabulary)
        merges.append([left, right])
        pieces.append(left + right)


def with_tokens(state, tokens):
    """Appends added tokens at the ids that the vocabulary gives them, or after its end."""
    vocabulary = state["model"]["vocab"]
    ids = vocabulary if isinstance(vocabulary, dict) else {piece: index for index, (piece, _) in enumerate(vocabulary)}
    taken = {token["id"]: token for token in state["added_tokens"]}
    known = {token["content"]: token["id"] for token in state["added_tokens"]}
    limit = max(len(ids), max(taken, default=-1) + 1)
    for content, flags in tokens:
        identifier = ids.get(content, known.get(content))
        if identifier is None:
            identifier, limit = limit, limit + 1
        taken[identifier] = added(content, identifier, **flags)
    state["added_tokens"] = [taken[identifier] for identifier in sorted(taken)]
    return state


def state_of(tokenizer):
    return json.loads(tokenizer.to_str())


# WordPiece and WordLevel

def word_piece(size, lowercase, special=BERT_SPECIAL, fill=0, normalizer=None):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizer or normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(corpus(), trainers.WordPieceTrainer(
        vocab_size=size, special_tokens=special, show_progress=False, limit_alphabet=4000, min_frequency=2))
    state = state_of(tokenizer)
    fill_vocabulary(state["model"]["vocab"], fill, 21, lambda word, generator: generator.choice(["", "##"]) + word)
    ids = state["model"]["vocab"]
    state["post_processor"] = template("[CLS]:0 A:0 [SEP]:0", "[CLS]:0 A:0 [SEP]:0 B:1 [SEP]:1", ids) if "[CLS]" in ids else None
    return state


def mpnet():
    state = word_piece(20_000, True, ["<s>", "<pad>", "</s>", "[UNK]", "<unk>"])
    with_tokens(state, [("<s>", {"special": True, "normalized": True}), ("</s>", {"special": True, "normalized": True}),
                        ("[UNK]", {"special": True, "normalized": True}), ("<mask>", {"special": True, "lstrip": True})])
    ids = state["model"]["vocab"]
    state["post_processor"] = {"type": "RobertaProcessing", "sep": ["</s>", ids["</s>"]], "cls": ["<s>", ids["<s>"]],
                               "trim_offsets": True, "add_prefix_space": False}
    return state


def word_level():
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase(), normalizers.Strip()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=True)])
    tokenizer.train_from_iterator(corpus(), trainers.WordLevelTrainer(vocab_size=40_000, special_tokens=BERT_SPECIAL, show_progress=False))
    state = state_of(tokenizer)
    ids = state["model"]["vocab"]
    state["post_processor"] = {"type": "BertProcessing", "sep": ["[SEP]", ids["[SEP]"]], "cls": ["[CLS]", ids["[CLS]"]]}
    return state


# Byte-level BPE

def byte_pairs(size, special, pre_tokenizer, normalizer=None, fill=0, seed=31, **model):
    tokenizer = Tokenizer(models.BPE(**model))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(
        vocab_size=size, special_tokens=special, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    state = state_of(tokenizer)
    fill_merges(state, fill, seed)
    return state


def byte_level(**options):
    return {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True, **options}


def split(pattern, behavior="Isolated", invert=False):
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}


def roberta(add_prefix_space=False):
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    state = byte_pairs(30_000, special, pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space))
    with_tokens(state, [(token, {"special": True, "normalized": True}) for token in special] + [("<mask>", {"special": True, "lstrip": True})])
    state["post_processor"] = {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": True,
                               "add_prefix_space": add_prefix_space}
    return state


def gpt_2():
    state = byte_pairs(30_000, ["<|endoftext|>"], pre_tokenizers.ByteLevel(add_prefix_space=False))
    with_tokens(state, [("<|endoftext|>", {"special": True, "normalized": True})])
    state["post_processor"] = byte_level(trim_offsets=False)
    return state


def by_pattern(pattern, size, fill, **options):
    return byte_pairs(size, [], pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]),
        fill=fill, **options)


def llama_3():
    state = by_pattern(LLAMA_3, 30_000, 128_000, ignore_merges=True)
    names = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
    names += [f"<|reserved_special_token_{n}|>" for n in range(251)]
    with_tokens(state, [(name, SPECIAL) for name in names])
    ids = {token["content"]: token["id"] for token in state["added_tokens"]}
    state["post_processor"] = sequence("processors", byte_level(trim_offsets=False), template(
        "<|begin_of_text|>:0 A:0", "<|begin_of_text|>:0 A:0 <|begin_of_text|>:1 B:1", ids))
    return state


def qwen_2(embeds=False):
    state = by_pattern(QWEN_2, 30_000, 151_643, normalizer=normalizers.NFC())
    names = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|vision_pad|>", "<|fim_prefix|>"]
    with_tokens(state, [(name, SPECIAL) for name in names] + [(name, {}) for name in ["<tool_call>", "</tool_call>", "<think>"]])
    state["post_processor"] = byte_level(add_prefix_space=False, trim_offsets=False, use_regex=False)
    if embeds:
        ids = {token["content"]: token["id"] for token in state["added_tokens"]}
        state["post_processor"] = sequence("processors", state["post_processor"], template(
            "A:0 <|endoftext|>:0", "A:0 <|endoftext|>:0 B:1 <|endoftext|>:1", ids))
    return state


def o200k():
    state = by_pattern(O200K, 30_000, 199_998, ignore_merges=True)
    with_tokens(state, [(name, SPECIAL) for name in ["<|startoftext|>", "<|endoftext|>", "<|return|>", "<|channel|>", "<|endofprompt|>"]])
    state["post_processor"] = byte_level(add_prefix_space=False, trim_offsets=False, use_regex=False)
    return state


def modern_bert():
    state = byte_pairs(50_000, ["|||IP_ADDRESS|||", "<|padding|>", "<|endoftext|>"], pre_tokenizers.ByteLevel(add_prefix_space=False), normalizers.NFC())
    state["added_tokens"] = []
    normal = {"normalized": True}
    tokens = [("|||IP_ADDRESS|||", normal), ("<|padding|>", SPECIAL), ("<|endoftext|>", SPECIAL)]
    tokens += [(" " * n, normal) for n in range(24, 1, -1)] + [("\t" * n, normal) for n in range(9, 1, -1)]
    tokens += [("|||EMAIL_ADDRESS|||", normal), ("|||PHONE_NUMBER|||", normal)]
    tokens += [(name, SPECIAL) for name in ["[UNK]", "[CLS]", "[SEP]", "[PAD]"]] + [("[MASK]", {"special": True, "lstrip": True})]
    with_tokens(state, tokens + [(f"[unused{n}]", normal) for n in range(20)])
    ids = {token["content"]: token["id"] for token in state["added_tokens"]}
    state["post_processor"] = template("[CLS]:0 A:0 [SEP]:0", "[CLS]:0 A:0 [SEP]:0 B:0 [SEP]:0", ids)
    return state


def clip():
    tokenizer = Tokenizer(models.BPE(unk_token="<|endoftext|>", continuing_subword_prefix="", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(CLIP), "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(
        vocab_size=30_000, special_tokens=["<|startoftext|>", "<|endoftext|>"], show_progress=False,
        end_of_word_suffix="</w>", initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    state = state_of(tokenizer)
    with_tokens(state, [("<|startoftext|>", {"special": True, "normalized": True}), ("<|endoftext|>", SPECIAL)])
    ids = state["model"]["vocab"]
    state["post_processor"] = {
        "type": "RobertaProcessing", "sep": ["<|endoftext|>", ids["<|endoftext|>"]],
        "cls": ["<|startoftext|>", ids["<|startoftext|>"]], "trim_offsets": False, "add_prefix_space": False}
    return state


def star_coder():
    """StarCoder, CodeBERT's newer kin and Granite: digits one by one before the bytes."""
    state = byte_pairs(20_000, [], pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]))
    with_tokens(state, [(name, SPECIAL) for name in ["<|endoftext|>", "<fim_prefix>", "<filename>", "<reponame>"]])
    return state


def falcon():
    state = byte_pairs(20_000, [], pre_tokenizers.ByteLevel(add_prefix_space=False))
    state["pre_tokenizer"] = sequence(
        "pretokenizers", {"type": "Punctuation", "behavior": "Contiguous"}, byte_level(add_prefix_space=False),
        {"type": "Digits", "individual_digits": False}, split({"Regex": "[0-9][0-9][0-9]"}))
    with_tokens(state, [(name, SPECIAL) for name in [">>TITLE<<", ">>ABSTRACT<<", "<|endoftext|>"]])
    state["post_processor"] = None
    return state


def bloom():
    state = byte_pairs(20_000, ["<unk>", "<s>", "</s>", "<pad>"], pre_tokenizers.ByteLevel(add_prefix_space=False))
    state["pre_tokenizer"] = sequence(
        "pretokenizers", split({"Regex": " ?[^(\\s|[.,!?…。，、।۔،])]+"}, "Isolated"),
        byte_level(add_prefix_space=False, use_regex=False))
    state["post_processor"] = byte_level(trim_offsets=False, use_regex=False)
    return state


def deepseek():
    state = byte_pairs(20_000, [], pre_tokenizers.ByteLevel(add_prefix_space=False))
    state["pre_tokenizer"] = sequence(
        "pretokenizers", split({"Regex": r"\p{N}{1,3}"}), split({"Regex": "[一-龥\u3040-ゟ゠-ヿ]+"}),
        split({"Regex": "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
               "| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+"}),
        byte_level(add_prefix_space=False, use_regex=False))
    with_tokens(state, [("<｜begin▁of▁sentence｜>", {"special": True, "normalized": True}), ("<｜end▁of▁sentence｜>", {"special": True, "normalized": True})])
    ids = {token["content"]: token["id"] for token in state["added_tokens"]}
    state["post_processor"] = template("<｜begin▁of▁sentence｜>:0 A:0", "<｜begin▁of▁sentence｜>:0 A:0 <｜begin▁of▁sentence｜>:1 B:1", ids)
    return state


# BPE over SentencePiece's marks

def marked_pairs(size, special, fill=0, limit=3000, seed=41, unknown="<unk>", bytes_=True):
    """A BPE model of pieces with marked spaces; `bytes_` gives it the 256 pieces of byte fallback."""
    tokenizer = Tokenizer(models.BPE(unk_token=unknown, fuse_unk=True, byte_fallback=bytes_))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(
        vocab_size=size, special_tokens=special + ([f"<0x{byte:02X}>" for byte in range(256)] if bytes_ else []),
        show_progress=False, limit_alphabet=limit))
    state = state_of(tokenizer)
    state["added_tokens"] = []
    state["pre_tokenizer"] = None
    fill_merges(state, fill, seed)
    return with_tokens(state, [(name, {"special": True, "normalized": False}) for name in special])


FALLBACK = sequence("decoders", replace(MARK, " "), {"type": "ByteFallback"}, {"type": "Fuse"})
FALLBACK_STRIPPED = sequence("decoders", replace(MARK, " "), {"type": "ByteFallback"}, {"type": "Fuse"},
                             {"type": "Strip", "content": " ", "start": 1, "stop": 0})


def llama_2(newer=False):
    state = marked_pairs(32_000, ["<unk>", "<s>", "</s>"])
    if newer:
        state["pre_tokenizer"] = metaspace("first", False)
        state["normalizer"] = None
    else:
        state["normalizer"] = sequence("normalizers", {"type": "Prepend", "prepend": MARK}, replace(" ", MARK))
    state["decoder"] = FALLBACK_STRIPPED
    ids = state["model"]["vocab"]
    state["post_processor"] = template("<s>:0 A:0 </s>:0", "<s>:0 A:0 </s>:0 <s>:1 B:1 </s>:1", ids) if newer else \
        template("<s>:0 A:0", "<s>:0 A:0 <s>:1 B:1", ids)
    return state


def gemma(first=False):
    state = marked_pairs(32_000, ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"], fill=262_000)
    tokens = [(f"<unused{n}>", {}) for n in range(99)]
    tokens += [("\n" * n, {}) for n in range(1, 32)] + [(MARK * n, {}) for n in range(2, 32)] + [("\t" * n, {}) for n in range(1, 6)]
    tokens += [(name, {}) for name in ["<table>", "<caption>", "<ul>", "<li>", "</li>", "<blockquote>", "<h1>", "<start_of_turn>", "[multimodal]"]]
    with_tokens(state, tokens)
    state["normalizer"] = replace(" ", MARK)
    state["pre_tokenizer"] = None if first else split({"String": " "}, "MergedWithPrevious")
    state["decoder"] = FALLBACK
    ids = state["model"]["vocab"]
    state["post_processor"] = template("<bos>:0 A:0", "<bos>:0 A:0 <bos>:1 B:1", ids) if first else \
        template("<bos>:0 A:0 <eos>:0", "<bos>:0 A:0 <eos>:0 <bos>:1 B:1 <eos>:1", ids)
    return state


def nllb():
    """NLLB and M2M: BPE pieces behind SentencePiece's charsmap."""
    state = marked_pairs(24_000, ["<s>", "<pad>", "</s>", "<unk>"], bytes_=False)
    proto = parsed(sentence_piece("nmt_nfkc", 2000))
    state["normalizer"] = sequence("normalizers", precompiled(proto), runs(" "))
    state["pre_tokenizer"] = sequence("pretokenizers", metaspace("always"))
    state["decoder"] = metaspace("always")
    with_tokens(state, [(name, SPECIAL) for name in ["ace_Arab", "eng_Latn", "zul_Latn"]] + [("<mask>", {"special": True, "lstrip": True})])
    ids = {**state["model"]["vocab"], **{token["content"]: token["id"] for token in state["added_tokens"]}}
    state["post_processor"] = template("eng_Latn:0 A:0 </s>:0", "eng_Latn:0 A:0 B:0 </s>:0", ids)
    return state


def metaspace_pairs():
    """A BPE model with Metaspace alone, its unknown characters apart."""
    state = marked_pairs(20_000, ["<unk>", "<s>", "</s>"], limit=300, bytes_=False)
    state["model"]["fuse_unk"] = False
    state["pre_tokenizer"] = metaspace("always")
    state["decoder"] = metaspace("always")
    return state


# Unigram

def sentence_piece(normalization, size, folded=False, **options):
    texts = [text for text in corpus() if "\0" not in text and len(text) < 4000]
    if folded:
        texts = ["".join(c for c in unicodedata.normalize("NFKD", text).lower() if not unicodedata.combining(c)) for text in texts]
    return train(texts, size, normalization, True, **{"character_coverage": 0.9995, "num_threads": 2, "input_sentence_size": 40_000, "shuffle_input_sentence": False, **options})


def fill_unigram(pieces, size, seed):
    """Adds made-up pieces, rarer than the trained ones."""
    generator = random.Random(seed)
    known = {piece for piece, _ in pieces}
    lowest = min(score for _, score in pieces)
    while len(pieces) < size:
        word = "".join(foreign_words(generator, 1) if generator.random() < 0.6 else generator.choices("etaoinshrdlucmfwyp", k=generator.randint(2, 9)))
        word = generator.choice(["", MARK]) + word
        if word not in known:
            known.add(word)
            pieces.append([word, lowest - 4 * generator.random()])


def t5(newer=False):
    proto = parsed(sentence_piece("nmt_nfkc", 32_000, pad_id=0, eos_id=1, unk_id=2, bos_id=-1))
    pieces = [[piece.piece, piece.score] for piece in proto.pieces]
    tokens = [("<pad>", SPECIAL), ("</s>", SPECIAL), ("<unk>", SPECIAL)] + [(f"<extra_id_{n}>", SPECIAL) for n in reversed(range(100))]
    normalizer = sequence("normalizers", precompiled(proto), strip(False, True), runs(MARK)) if newer else precompiled(proto)
    pre_tokenizer = metaspace() if newer else sequence("pretokenizers", {"type": "WhitespaceSplit"}, metaspace())
    return unigram_file(unigram(pieces, 2), normalizer, pre_tokenizer,
                        lambda ids: template("A:0 </s>:0", "A:0 </s>:0 B:0 </s>:0", ids), metaspace(), tokens)


XLM = [("<s>", SPECIAL), ("<pad>", SPECIAL), ("</s>", SPECIAL), ("<unk>", SPECIAL), ("<mask>", {"special": True, "lstrip": True})]
ROBERTA = ("<s>:0 A:0 </s>:0", "<s>:0 A:0 </s>:0 </s>:0 B:0 </s>:0")


def xlm_roberta(size=250_001, newer=False):
    proto = parsed(sentence_piece("nmt_nfkc", 32_000))
    pieces = [["<s>", 0.0], ["<pad>", 0.0], ["</s>", 0.0], ["<unk>", 0.0]] + [[piece.piece, piece.score] for piece in proto.pieces[3:]]
    fill_unigram(pieces, size, 51)
    pieces.append(["<mask>", 0.0])
    normalizer = sequence("normalizers", precompiled(proto), strip(False, True), runs(MARK)) if newer else precompiled(proto)
    pre_tokenizer = metaspace() if newer else sequence("pretokenizers", {"type": "WhitespaceSplit"}, metaspace())
    return unigram_file(unigram(pieces, 3), normalizer, pre_tokenizer, lambda ids: template(*ROBERTA, ids), metaspace(), XLM)


def camembert():
    proto = parsed(sentence_piece("nmt_nfkc", 32_000))
    pieces = [["<s>NOTUSED", 0.0], ["<pad>", 0.0], ["</s>NOTUSED", 0.0], ["<unk>", 0.0], ["<unk>NOTUSED", -100.0]]
    pieces += [[piece.piece, piece.score] for piece in proto.pieces[1:]] + [["<mask>", 0.0]]
    tokens = [(name, SPECIAL) for name in ["<s>", "<pad>", "</s>", "<unk>", "<s>NOTUSED", "</s>NOTUSED"]]
    return unigram_file(
        unigram(pieces, 3), sequence("normalizers", precompiled(proto), strip(False, True), runs(MARK)), metaspace(),
        lambda ids: template(*ROBERTA, ids), metaspace(), tokens + [("<mask>", {"special": True, "lstrip": True})])


def albert():
    proto = parsed(sentence_piece("nmt_nfkc", 30_000, folded=True, pad_id=0, unk_id=1, bos_id=2, eos_id=3, pad_piece="<pad>", bos_piece="[CLS]",
        eos_piece="[SEP]", user_defined_symbols=["[MASK]", "(", ")", '"', "-", ".", "–", "£", "€"]))
    pieces = [[piece.piece, piece.score] for piece in proto.pieces]
    return unigram_file(
        unigram(pieces, 1),
        sequence("normalizers", replace("``", '"'), replace("''", '"'), {"type": "NFKD"}, {"type": "StripAccents"},
                 {"type": "Lowercase"}, precompiled(proto), runs(" ")),
        sequence("pretokenizers", {"type": "WhitespaceSplit"}, metaspace()),
        lambda ids: template("[CLS]:0 A:0 [SEP]:0", "[CLS]:0 A:0 [SEP]:0 B:1 [SEP]:1", ids), metaspace(),
        [("<pad>", SPECIAL), ("<unk>", SPECIAL), ("[CLS]", SPECIAL), ("[SEP]", SPECIAL), ("[MASK]", {"special": True, "lstrip": True})])


def deberta_v3():
    proto = parsed(sentence_piece("nmt_nfkc", 60_000, pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]",
        eos_piece="[SEP]", unk_piece="[UNK]"))
    pieces = [[piece.piece, piece.score] for piece in proto.pieces]
    fill_unigram(pieces, 128_000, 52)
    return unigram_file(
        unigram(pieces, 3), sequence("normalizers", strip(True, True), precompiled(proto), runs(" ")),
        sequence("pretokenizers", metaspace()),
        lambda ids: template("[CLS]:0 A:0 [SEP]:0", "[CLS]:0 A:0 [SEP]:0 B:1 [SEP]:1", ids), metaspace(),
        [("[PAD]", SPECIAL), ("[CLS]", SPECIAL), ("[SEP]", SPECIAL), ("[UNK]", {"special": True, "normalized": True}), ("[MASK]", {"special": True})])


# What single published files do, put together

def flagged_tokens(spelling):
    """Added tokens of every combination of flags, with spaces, capitals, accents and marks among their spellings."""
    tokens = []
    for bits in range(32):
        flags = {name: bool(bits >> shift & 1) for shift, name in enumerate(["lstrip", "rstrip", "single_word", "normalized", "special"])}
        tokens.append((spelling(bits), flags))
    return tokens


SPELLINGS = [
    "<x{}>", "Word{}", "two words {}", "É{}é", "{}ing", "中{}文", "(c){}", " lead{}", "trail{} ", "a\u0301{}", "##{}", "İ{}", "\u3000{}", "|{}|",
    "-{}-", "_{}", "ﬁ{}", "Ⅷ{}", "’{}", "\n{}", "{}\t", "’s{}", "ß{}", "\u2581{}", "😀{}", "각{}", "\u1112\u1161{}", "e{}e", "A{}", "µ{}", "x y{}", "Z{}",
]


def bert_with_tokens():
    state = word_piece(12_000, True)
    return with_tokens(state, flagged_tokens(lambda bits: SPELLINGS[bits].format(bits)) + [("the", {}), ("and", {"single_word": True, "normalized": True})])


def unigram_with_tokens():
    state = xlm_roberta(34_000, newer=True)
    return with_tokens(state, flagged_tokens(lambda bits: SPELLINGS[31 - bits].format(bits)) + [("of", {"lstrip": True}), ("ing", {"normalized": True})])


def bytes_with_tokens():
    state = roberta(add_prefix_space=True)
    return with_tokens(state, flagged_tokens(lambda bits: SPELLINGS[(bits + 7) % 32].format(bits)) + [(" to", {}), ("er", {"normalized": True, "lstrip": True, "rstrip": True})])


def templates():
    """Type ids, several ids for one name, the second text first, a name used twice."""
    state = word_piece(12_000, False)
    ids = state["model"]["vocab"]
    state["post_processor"] = template("[CLS]:1 A:1 [SEP]:2", "[SEP]:3 B:1 [SEP]:1 A:0 [CLS]:2 [SEP]:0", ids)
    state["post_processor"]["special_tokens"]["[CLS]"] = {
        "id": "[CLS]", "ids": [ids["[CLS]"], ids["[MASK]"]], "tokens": ["[CLS]", "[MASK]"]}
    return state


BUILDERS = {
    "bert-cased": lambda: word_piece(28_996, False),
    "bert-multilingual": lambda: word_piece(30_000, True, fill=105_879),
    "mbert": lambda: word_piece(30_000, False, fill=119_547),
    "mpnet": mpnet,
    "wordlevel": word_level,
    "roberta": roberta,
    "bart-prefix": lambda: roberta(add_prefix_space=True),
    "gpt2": gpt_2,
    "llama3": llama_3,
    "qwen2": qwen_2,
    "qwen3-embedding": lambda: qwen_2(embeds=True),
    "o200k": o200k,
    "modernbert": modern_bert,
    "clip": clip,
    "starcoder": star_coder,
    "falcon": falcon,
    "bloom": bloom,
    "deepseek": deepseek,
    "llama2": llama_2,
    "mistral": lambda: llama_2(newer=True),
    "gemma": lambda: gemma(first=True),
    "embeddinggemma": gemma,
    "nllb": nllb,
    "metaspace-bpe": metaspace_pairs,
    "t5": t5,
    "t5-newer": lambda: t5(newer=True),
    "xlm-r": xlm_roberta,
    "xlm-r-newer": lambda: xlm_roberta(newer=True),
    "camembert": camembert,
    "albert": albert,
    "deberta-v3": deberta_v3,
    "tokens-wordpiece": bert_with_tokens,
    "tokens-unigram": unigram_with_tokens,
    "tokens-bytes": bytes_with_tokens,
    "templates": templates,
}

MODELS = {
    "spm-xlm-r": lambda: sentence_piece("nmt_nfkc", 32_000),
    "spm-albert": lambda: sentence_piece("nmt_nfkc_cf", 30_000, user_defined_symbols=["[MASK]", "(", ")", "-", "New York"]),
    "spm-bytes": lambda: sentence_piece("identity", 24_000, byte_fallback=True, split_digits=True, allow_whitespace_only_pieces=True),
    "spm-spaces": lambda: sentence_piece("identity", 16_000, remove_extra_whitespaces=False, add_dummy_prefix=False, split_by_whitespace=False, max_sentencepiece_length=32, input_sentence_size=10_000),
    "spm-suffix": lambda: sentence_piece("nmt_nfkc", 16_000, treat_whitespace_as_suffix=True, character_coverage=0.98),
    "spm-bpe": lambda: sentence_piece("nmt_nfkc", 16_000, model_type="bpe"),
    "spm-bpe-llama": lambda: sentence_piece("identity", 16_000, model_type="bpe", byte_fallback=True, split_digits=True, remove_extra_whitespaces=False,
        allow_whitespace_only_pieces=True, user_defined_symbols=["<ctl>", "\n\n", "  "]),
}
