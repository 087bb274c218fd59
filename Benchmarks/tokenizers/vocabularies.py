"""Tokenizers of the sizes in use, trained by the reference library on the texts of texts.py and kept in a folder."""

import base64
import io
import json
import random
import sys
from pathlib import Path

import tokenizers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "Tools/reference"))
import bpe_tokenizers  # noqa: E402

BERT_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
MARK = "\u2581"


def charsmap(rule):
    """The rules that SentencePiece compiles into its models."""
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2

    buffer = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a b c d e f g"] * 10), model_writer=buffer, vocab_size=12, hard_vocab_limit=False,
        normalization_rule_name=rule, minloglevel=2)
    model = sentencepiece_model_pb2.ModelProto.FromString(buffer.getvalue())
    return base64.b64encode(model.normalizer_spec.precompiled_charsmap).decode()


def word_piece(texts, size, **options):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(**options)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(
        texts, trainers.WordPieceTrainer(vocab_size=size, special_tokens=BERT_SPECIAL, show_progress=False))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def metaspace_bpe(texts, size, normalizer, pre_tokenizer):
    """The way of Llama 2 and Gemma: marks for spaces, bytes for what is unknown."""
    special = ["<unk>", "<s>", "</s>"]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    tokenizer.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=size - 256, special_tokens=special, limit_alphabet=3000, show_progress=False))
    state = json.loads(tokenizer.to_str())
    old = state["model"]["vocab"]
    names = special + [f"<0x{byte:02X}>" for byte in range(256)]
    state["model"]["vocab"] = {name: index for index, name in enumerate(names + [t for t in old if t not in special])}
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, pre_tokenizer
    tokenizer.decoder = decoders.Sequence([
        decoders.Replace(MARK, " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B:1", special_tokens=[("<s>", 1)])
    return tokenizer


def llama_2(texts, size):
    return metaspace_bpe(
        texts, size, normalizers.Sequence([normalizers.Prepend(MARK), normalizers.Replace(" ", MARK)]), None)


def unigram(texts, size, normalizer, pre_tokenizer, special=("<s>", "<pad>", "</s>", "<unk>")):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, pre_tokenizer
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.train_from_iterator(texts, trainers.UnigramTrainer(
        vocab_size=size, special_tokens=list(special), unk_token="<unk>", show_progress=False))
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return tokenizer


def metaspace(scheme="always", split=True):
    return pre_tokenizers.Metaspace(prepend_scheme=scheme, split=split)


def precompiled(rule):
    return normalizers.Precompiled(base64.b64decode(charsmap(rule)))


def spaces(content):
    return normalizers.Replace(tokenizers.Regex(" {2,}"), content)


def xlm_r(texts, size):
    return unigram(texts, size, normalizers.Sequence([precompiled("nmt_nfkc"), spaces(" ")]), metaspace())


def albert(texts, size):
    normalizer = normalizers.Sequence([
        normalizers.Replace("``", '"'), normalizers.Replace("''", '"'), normalizers.NFKD(), normalizers.StripAccents(),
        normalizers.Lowercase(), precompiled("nmt_nfkc"), spaces(" ")])
    return unigram(texts, size, normalizer, metaspace())


def deberta_v3(texts, size):
    normalizer = normalizers.Sequence([normalizers.Strip(), precompiled("nmt_nfkc"), spaces(" ")])
    return unigram(texts, size, normalizer, pre_tokenizers.Sequence([metaspace()]))


def syllables(generator):
    return "".join(generator.choice("bdfgklmnprstvz") + generator.choice("aeiou") for _ in range(generator.randint(2, 6)))


def filled_unigram(tokenizer, size):
    """The same with pieces that no text has, up to `size`."""
    state = json.loads(tokenizer.to_str())
    vocabulary = state["model"]["vocab"]
    known = {piece for piece, _ in vocabulary}
    generator = random.Random(2)
    while len(vocabulary) < size - 1:
        piece = generator.choice(["", MARK]) + syllables(generator)
        if piece not in known:
            known.add(piece)
            vocabulary.append([piece, -generator.uniform(14, 20)])
    state["added_tokens"] = [token for token in state["added_tokens"] if token["content"] != "<mask>"]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    return tokenizer


def filled_bpe(tokenizer, size):
    """The same with more merges, of tokens that follow each other in no text, up to `size`."""
    state = json.loads(tokenizer.to_str())
    model, generator = state["model"], random.Random(3)
    special = {token["content"] for token in state["added_tokens"]}
    names = [name for name in model["vocab"] if name not in special and len(name) < 12]
    identifier = max(model["vocab"].values()) + 1
    while len(model["vocab"]) < size:
        left, right = generator.choice(names), generator.choice(names)
        if left + right not in model["vocab"] and left + right not in special:
            model["vocab"][left + right] = identifier
            model["merges"].append([left, right])
            identifier += 1
    return Tokenizer.from_str(json.dumps(state))


# By name: whether the English text is enough, and the builder.
BUILDERS = {
    "wordpiece-30k": (True, lambda texts: word_piece(texts, 30_522)),
    "wordpiece-cased-multilingual": (False, lambda texts: word_piece(texts, 60_000, lowercase=False)),
    "gpt2-50k": (True, lambda texts: bpe_tokenizers.gpt_2(texts, 50_257, add_prefix_space=False)),
    "roberta-50k": (True, lambda texts: bpe_tokenizers.roberta(texts, 50_265)),
    "modernbert-50k": (False, lambda texts: bpe_tokenizers.modern_bert(texts, 50_000)),
    "llama3-128k": (False, lambda texts: filled_bpe(bpe_tokenizers.llama_3(texts, 100_000), 128_000)),
    "bpe-250k": (False, lambda texts: filled_bpe(bpe_tokenizers.llama_3(texts, 100_000), 250_000)),
    "clip-49k": (True, lambda texts: bpe_tokenizers.clip(texts, 49_408)),
    "llama2-32k": (False, lambda texts: llama_2(texts, 32_000)),
    "unigram-32k": (False, lambda texts: xlm_r(texts, 32_000)),
    "unigram-250k": (False, lambda texts: filled_unigram(xlm_r(texts, 32_000), 250_000)),
    "albert-30k": (True, lambda texts: albert(texts, 30_000)),
    "deberta-v3-32k": (False, lambda texts: deberta_v3(texts, 32_000)),
}


def build(folder, names, english, mixed):
    """The paths of the tokenizers; those that are not there yet are trained."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name in names:
        paths[name] = folder / f"{name}.json"
        if paths[name].exists():
            continue
        print(f"training {name}", file=sys.stderr)
        is_english, builder = BUILDERS[name]
        tokenizer = builder(english if is_english else english + mixed)
        partial = paths[name].with_suffix(".partial")
        tokenizer.save(str(partial))
        partial.rename(paths[name])
    return paths
