"""Byte pair encoding tokenizers as the field builds them, small, trained by the reference library on text made here."""

import json
import random

from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors, trainers
from tokenizers.models import BPE
from tokenizer_texts import ODD_TEXTS

LLAMA_3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN_2 = LLAMA_3.replace(r"\p{N}{1,3}", r"\p{N}")
O200K = "|".join([
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n/]*", r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+"])
GPT_2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
CLIP = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"

SUBJECTS = "a swift|the old river|an insect|this church tower|our night sky|the model's vector|a DOG|Zoë|we".split("|")
VERBS = "flies over|doesn't see|isn't near|has searched|we've counted|they'll represent|retrieves|I'm reading".split("|")
OBJECTS = "the south sea|127 documents|small black wings|cafés in 2026|a query (not a passage)|Größe und Straße".split("|")
ENDS = [".", "!", "?", "...", ";\n", ":\r\n\r\n", ", and\t", " - ", "\n\n  ", "  "]
OTHERS = ["быстрая птица летит", "Το πουλί πετά", "東京の山水、日本の日。", "새가 하늘을 난다", "طائر سريع في السماء", "नदी के पास पक्षी", "นกบินเร็ว", "🙂👩‍👩‍👧 🇫🇮", "x = f(y_1) + 3.14;"]


def training_text():
    """About 120 kB, always the same."""
    generator = random.Random(5)
    lines = list(ODD_TEXTS)
    for _ in range(2500):
        parts = [generator.choice(SUBJECTS), generator.choice(VERBS), generator.choice(OBJECTS)]
        line = " ".join(parts) + generator.choice(ENDS)
        lines.append(line.capitalize() if generator.random() < 0.5 else line)
        if generator.random() < 0.25:
            lines.append(generator.choice(OTHERS))
    return lines


def trained(tokenizer, texts, size, special=(), **options):
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=list(special), show_progress=False, **options)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def byte_level(texts, size, special, pre_tokenizer, normalizer=None, model=None):
    tokenizer = Tokenizer(model or BPE())
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    return trained(tokenizer, texts, size, special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet())


def with_pattern(pattern):
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def roberta(texts, size, add_prefix_space=False, trim_offsets=True):
    tokenizer = byte_level(
        texts, size, ["<s>", "<pad>", "</s>", "<unk>"], pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space))
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), trim_offsets=trim_offsets, add_prefix_space=add_prefix_space)
    return tokenizer


def gpt_2(texts, size, **options):
    tokenizer = byte_level(texts, size, ["<|endoftext|>"], pre_tokenizers.ByteLevel(**options))
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=options.get("trim_offsets", True))
    return tokenizer


def llama_3(texts, size, pattern=LLAMA_3):
    special = ["<|begin_of_text|>", "<|end_of_text|>"]
    tokenizer = byte_level(texts, size, special, with_pattern(pattern), model=BPE(ignore_merges=True))
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=True), processors.TemplateProcessing(
            single="<|begin_of_text|> $A", pair="<|begin_of_text|> $A <|begin_of_text|>:1 $B:1",
            special_tokens=[("<|begin_of_text|>", 0)])])
    return tokenizer


def qwen_2(texts, size):
    tokenizer = byte_level(texts, size, [], with_pattern(QWEN_2), normalizers.NFC())
    tokenizer.add_special_tokens(["<|endoftext|>", "<|im_start|>"])
    tokenizer.add_tokens(["<tool_call>"])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False, add_prefix_space=False)
    return tokenizer


def modern_bert(texts, size):
    tokenizer = byte_level(texts, size, ["<|padding|>", "<|endoftext|>"], pre_tokenizers.ByteLevel(add_prefix_space=False), normalizers.NFC())
    tokenizer.add_tokens([AddedToken(" " * n, normalized=True) for n in range(6, 1, -1)] + [AddedToken("|||EMAIL|||", normalized=True)])
    tokenizer.add_special_tokens(["[UNK]", "[CLS]", "[SEP]", "[PAD]", AddedToken("[MASK]", lstrip=True)])
    opening, closing = (tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]"))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", opening), ("[SEP]", closing)])
    return tokenizer


def clip(texts, size):
    tokenizer = Tokenizer(BPE(unk_token="<|endoftext|>", continuing_subword_prefix="", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(CLIP), "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    trained(tokenizer, texts, size, ["<|startoftext|>", "<|endoftext|>"], end_of_word_suffix="</w>",
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.post_processor = processors.RobertaProcessing(
        ("<|endoftext|>", 1), ("<|startoftext|>", 0), trim_offsets=False, add_prefix_space=False)
    return tokenizer


def plain(texts, size, pre_tokenizer, decoder=None, train=None, **options):
    tokenizer = Tokenizer(BPE(**options))
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoder
    return trained(tokenizer, texts, size, ["<unk>"], **(train or {}))


def byte_fallback(texts, size):
    tokenizer = plain(texts, size, pre_tokenizers.WhitespaceSplit(), unk_token="<unk>", byte_fallback=True, fuse_unk=True,
                      train={"limit_alphabet": 60})
    # All bytes but one, so that some characters are still unknown.
    state = json.loads(tokenizer.to_str())
    for byte in range(255):
        state["model"]["vocab"][f"<0x{byte:02X}>"] = len(state["model"]["vocab"])
    return Tokenizer.from_str(json.dumps(state))


def splits(texts, size, behavior, pattern, invert=False, extra=()):
    return plain(
        texts, size, pre_tokenizers.Sequence([pre_tokenizers.Split(pattern, behavior, invert=invert), *extra]), unk_token="<unk>")


BUILDERS = {
    "bpe-words": lambda texts: plain(
        texts, 600, pre_tokenizers.Whitespace(), decoders.BPEDecoder(suffix="</w>"), unk_token="<unk>", fuse_unk=False,
        continuing_subword_prefix="##", end_of_word_suffix="</w>",
        train={"limit_alphabet": 50, "continuing_subword_prefix": "##", "end_of_word_suffix": "</w>"}),
    "bpe-fused": lambda texts: plain(
        texts, 500, pre_tokenizers.WhitespaceSplit(), unk_token="<unk>", fuse_unk=True, ignore_merges=True,
        train={"limit_alphabet": 40}),
    "bpe-vanishing": lambda texts: plain(texts, 500, pre_tokenizers.BertPreTokenizer(), train={"limit_alphabet": 40}),
    "bpe-bytes": lambda texts: byte_fallback(texts, 600),
    "split-isolated": lambda texts: splits(texts, 400, "isolated", " "),
    "split-removed": lambda texts: splits(texts, 400, "removed", "  ", extra=[pre_tokenizers.CharDelimiterSplit("e")]),
    "split-previous": lambda texts: splits(texts, 400, "merged_with_previous", "a", extra=[pre_tokenizers.FixedLength(4)]),
    "split-next": lambda texts: splits(texts, 400, "merged_with_next", " "),
    "split-contiguous": lambda texts: splits(texts, 400, "contiguous", "s", invert=True),
    "roberta": lambda texts: roberta(texts, 1200),
    "roberta-prefix": lambda texts: roberta(texts, 900, add_prefix_space=True),
    "gpt2": lambda texts: gpt_2(texts, 1200, add_prefix_space=False),
    "gpt2-prefix": lambda texts: gpt_2(texts, 900, add_prefix_space=True, use_regex=False),
    "llama3": lambda texts: llama_3(texts, 1300),
    "qwen2": lambda texts: qwen_2(texts, 1300),
    "o200k": lambda texts: llama_3(texts, 1300, O200K),
    "gpt2-split": lambda texts: llama_3(texts, 1000, GPT_2),
    "modernbert": lambda texts: modern_bert(texts, 1300),
    "clip": lambda texts: clip(texts, 1200),
}
