#!/usr/bin/env python3
"""Little cross-encoder folders with the scores that sentence-transformers computes with them.

    python Tools/reference/cross_encoder_fixtures.py [NAME...]

Each folder below Tests/NeedletailEmbeddingTests/Fixtures/cross-encoders is written by `CrossEncoder.save` or, where its
name begins with `plain`, by `save_pretrained`; `older-*` are then rewritten by hand to what releases 2 to 4 wrote, and
read back by the installed release. A folder's goldens lie beside it, in NAME.json and NAME.safetensors:

    {"labels", "max_seq_length", "cases": [{"name", "prompt"?, "prompt_name"?, "softmax"?, "question"?, "function"?}, ...],
     "ranking"?: {"query", "order": [...]}}

Encoder-decoders (`asked-*`) are no cross-encoders for sentence-transformers: their scores are those of transformers'
first logits, asked and answered as a case's `question` says.

Tensor `case.N` is float32 [pairs, labels] for case N, over the pairs of `pairs.json`. `ranking` is what `rank` gives for
the second texts of all pairs.
"""

import shutil
import sys

import torch
import transformers
from safetensors.torch import load_file, save_file
from sentence_transformers import CrossEncoder
from sentence_transformers.base.modules import Dense, Transformer
from sentence_transformers.cross_encoder.modules import LogitScore
from sentence_transformers.sentence_transformer.modules import Pooling
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertTokenizerFast, PreTrainedTokenizerFast
from transformers.utils import logging

from embedding_fixtures import FIXTURES as FOLDERS
from embedding_fixtures import fill as fill_module
from embedding_fixtures import read, rewrite
from little_vocabulary import TEXTS, WORDS, tokenizer, vocabulary
from model_fixtures import fill
from provenance import metadata, write_json

FIXTURES = FOLDERS / "cross-encoders"
PACKAGES = ("sentence-transformers", "transformers", "torch", "tokenizers")
SIZES = dict(
    vocab_size=len(vocabulary()), hidden_size=20, num_attention_heads=5, num_hidden_layers=2, intermediate_size=28,
    max_position_embeddings=48,
)
PAIRS = [
    ("What eats insects in summer?", "Swifts nest near the old church tower, high over the river."),
    ("What eats insects in summer?", "The swift flies fast."),
    ("What eats insects in summer?", ""),
    ("", "The swift flies fast."),
    ("", ""),
    ("a", "a"),
    ("swift", "swift " * 200),
    ("swift " * 200, "swift"),
    (" ".join(WORDS[:30]), " ".join(WORDS[30:70])),
    (" ".join(WORDS[:70]), " ".join(WORDS[70:])),
    (" ".join(WORDS[:23]), " ".join(WORDS[23:45])),
    (" ".join(WORDS[:22]), " ".join(WORDS[22:45])),
    ("Café naïve über façade", "東京 東京 山水 日本の山"),
    ("[CLS] literal [MASK] and [SEP] [PAD] tokens [UNK]", "nul\u0000inside \u0007bell"),
    ("1 22 333 4444 2026-11-21", "e-mail: bird@nest.example, #42 (50%)!"),
    (TEXTS[26], TEXTS[4]),
    (TEXTS[4], TEXTS[26]),
]
LABELS = {0: "no", 1: "perhaps", 2: "yes"}
DECODER = {key: value for key, value in SIZES.items() if key != "num_attention_heads"} | dict(
    num_attention_heads=4, num_key_value_heads=2, head_dim=8, bos_token_id=2, eos_token_id=3, pad_token_id=0)


def bert_tokenizer(**options):
    return BertTokenizerFast(tokenizer_object=tokenizer(), do_lower_case=True, model_max_length=48, **options)


def roberta_tokenizer():
    """The little vocabulary between RoBERTa's separators, without segments."""
    words = vocabulary()
    built = tokenizer()
    built.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] [SEP] $B [SEP]",
        special_tokens=[("[CLS]", words["[CLS]"]), ("[SEP]", words["[SEP]"])],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=built, model_max_length=44, cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]",
        unk_token="[UNK]", mask_token="[MASK]", model_input_names=["input_ids", "attention_mask"])


def decoder_tokenizer(answers=False, end=""):
    """The little vocabulary as decoders have it: one text after the other, and perhaps a token at the end."""
    words = vocabulary()
    built = tokenizer()
    built.post_processor = processors.TemplateProcessing(
        single="[CLS] $A" + end, pair="[CLS] $A $B" + end,
        special_tokens=[("[CLS]", words["[CLS]"]), ("[SEP]", words["[SEP]"]), ("[PAD]", words["[PAD]"])],
    )
    if answers:
        built.add_tokens(["yes", "no"])
    return PreTrainedTokenizerFast(
        tokenizer_object=built, model_max_length=44, cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]",
        unk_token="[UNK]", mask_token="[MASK]", model_input_names=["input_ids", "attention_mask"])


def language_model(name, family="Qwen3", words=None, **changes):
    """A language model of transformers."""
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    words = words or decoder_tokenizer()
    config = getattr(transformers, family + "Config")(**(DECODER | dict(vocab_size=len(words)) | changes))
    model = getattr(transformers, family + "ForCausalLM")(config)
    fill(model)
    model.eval().save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def answering(name, family="Qwen3", yes="the", no="a", options=None, **changes):
    """The same with the words that say yes and no, as `CrossEncoder.save` writes it."""
    folder = language_model(name, family, **changes)
    transformer = Transformer(str(folder), transformer_task="text-generation")
    ids = [vocabulary()[word] if word else None for word in (yes, no)]
    model = CrossEncoder(modules=[transformer, LogitScore(*ids)], device="cpu", **(options or {}))
    shutil.rmtree(folder)
    model.save(str(folder), create_model_card=False)


def plain(name, family="Bert", words=None, **changes):
    """A sequence classifier of transformers."""
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    labels = {} if "id2label" in changes else {"num_labels": 1}
    config = getattr(transformers, family + "Config")(**(SIZES | labels | changes))
    model = getattr(transformers, family + "ForSequenceClassification")(config)
    fill(model)
    model.eval().save_pretrained(folder)
    (words or bert_tokenizer()).save_pretrained(folder)
    return folder


def saved(name, family="Bert", words=None, options=None, change=None, **changes):
    """The same as `CrossEncoder.save` writes it."""
    folder = plain(name, family, words, **changes)
    model = CrossEncoder(str(folder), device="cpu", local_files_only=True, **(options or {}))
    shutil.rmtree(folder)
    model.save(str(folder), create_model_card=False)
    if change:
        change(folder)


def predict(model, case):
    options = {key: case[key] for key in ("prompt", "prompt_name") if key in case}
    options |= dict(convert_to_tensor=True, show_progress_bar=False, apply_softmax=case.get("softmax", False))
    # One pair at a time: what a pair gets must not depend on the padding of the pairs beside it.
    alone = torch.stack([model.predict([pair], **options)[0] for pair in PAIRS])
    together = model.predict(PAIRS, batch_size=8, **options)
    if (alone - together).abs().max().item() > 1e-5:
        raise SystemExit(f"a batch differs from single pairs by {(alone - together).abs().max().item()}")
    if not torch.isfinite(alone).all():
        raise SystemExit("not a number")
    return alone.reshape(len(PAIRS), -1).float().contiguous()


def goldens(name, cases=({"name": "plain"},)):
    model = CrossEncoder(str(FIXTURES / name), device="cpu", local_files_only=True)
    tensors = {f"case.{index}": predict(model, case) for index, case in enumerate(cases)}
    origin = metadata(__file__, *PACKAGES)
    save_file(tensors, FIXTURES / f"{name}.safetensors", metadata=origin)
    unnamed = ["score"] if model.num_labels == 1 else [f"LABEL_{place}" for place in range(model.num_labels)]
    described = {"labels": unnamed if len(model) > 1 else list(model.config.id2label.values()),
                 "max_seq_length": model.max_seq_length, "cases": list(cases)}
    if model.num_labels == 1:
        ranked = model.rank(PAIRS[0][0], [pair[1] for pair in PAIRS], show_progress_bar=False)
        described["ranking"] = {"query": PAIRS[0][0], "order": [row["corpus_id"] for row in ranked]}
    write_json(FIXTURES / f"{name}.json", origin | described)
    scores = tensors["case.0"]
    print(f"{name:24} {len(cases)} cases {tuple(scores.shape)} {type(model.activation_fn).__name__} limit "
          f"{model.max_seq_length}, {scores.min().item():.3f} to {scores.max().item():.3f}")


def change(file, **values):
    return lambda folder: rewrite(folder / file, read(folder / file) | values)


def activations():
    for name, function in {
        "sigmoid": None, "identity": torch.nn.Identity(), "tanh": torch.nn.Tanh(), "relu": torch.nn.ReLU(),
        "gelu": torch.nn.GELU(), "silu": torch.nn.SiLU(),
    }.items():
        saved(f"bert-{name}", options={"activation_fn": function} if function else None)
        goldens(f"bert-{name}")
    three = dict(id2label=LABELS, label2id={label: index for index, label in LABELS.items()})
    saved("bert-three", **three)
    goldens("bert-three", [{"name": "plain"}, {"name": "softmax", "softmax": True}])
    saved("bert-three-softmax", options={"activation_fn": torch.nn.Softmax()}, **three)
    goldens("bert-three-softmax")


def families():
    logits = {"activation_fn": torch.nn.Identity()}
    offset = dict(max_position_embeddings=50, type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=0)
    saved("xlm-roberta", "XLMRoberta", roberta_tokenizer(), logits, **offset)
    goldens("xlm-roberta")
    small = {key: value for key, value in offset.items() if key != "type_vocab_size"}
    # MPNet counts positions from 1 whatever the configuration says.
    saved("mpnet", "MPNet", roberta_tokenizer(), logits, **(small | {"pad_token_id": 1}))
    goldens("mpnet")
    saved("electra", "Electra", options=logits, embedding_size=12)
    goldens("electra")
    saved("distilbert", "DistilBert", options=logits, dim=20, n_heads=5, n_layers=2, hidden_dim=28)
    goldens("distilbert")
    saved("modernbert-mean", "ModernBert", local_attention=8, classifier_pooling="mean", pad_token_id=0, eos_token_id=3,
          bos_token_id=2, cls_token_id=2, sep_token_id=3, options=logits)
    goldens("modernbert-mean")


def settings():
    saved("prompts", options={"prompts": {"ask": "query: ", "none": ""}, "default_prompt_name": "ask"})
    goldens("prompts", [{"name": "default"}, {"name": "by name", "prompt_name": "none"},
                        {"name": "given", "prompt": "what is the "}])
    saved("limit-12", options={"max_length": 12})
    goldens("limit-12")
    saved("limit-13-left", options={"max_length": 13}, change=change("tokenizer_config.json", truncation_side="left"))
    goldens("limit-13-left")
    saved("no-segments", words=bert_tokenizer(model_input_names=["input_ids", "attention_mask"]))
    goldens("no-segments")


def layouts():
    plain("plain")
    goldens("plain")
    plain("plain-three", id2label=LABELS, label2id={label: index for index, label in LABELS.items()})
    goldens("plain-three")
    folder = plain("older-2")
    change("config.json", sbert_ce_default_activation_function="torch.nn.modules.linear.Identity")(folder)
    goldens("older-2")
    folder = plain("older-4")
    change("config.json", sentence_transformers={
        "activation_fn": "torch.nn.modules.activation.Tanh", "version": "4.1.0"})(folder)
    goldens("older-4")


def language_models():
    """Those that say yes or no, by LogitScore or as sentence-transformers guesses."""
    logits = {"activation_fn": torch.nn.Identity()}
    answering("answers-qwen3", options=logits | {"prompts": {"ask": "is this so: "}, "default_prompt_name": "ask"})
    goldens("answers-qwen3", [{"name": "default"}, {"name": "given", "prompt": ""}])
    answering("answers-sigmoid", "Llama", tie_word_embeddings=True)
    goldens("answers-sigmoid")
    # What bounds the logits bounds each of the two.
    answering("answers-gemma2", "Gemma2", options=logits, final_logit_softcapping=2.0, attn_implementation="eager")
    goldens("answers-gemma2")
    answering("answers-yes-only", "Mistral", no=None, options=logits | {"max_length": 17}, sliding_window=9)
    goldens("answers-yes-only")
    language_model("plain-language-model", words=decoder_tokenizer(answers=True))
    goldens("plain-language-model")


# What the system, the query and the document say, where a message is its text.
FLAT = """{{- cls_token }}{% set ns = namespace(task='find what fits') %}
{%- for message in messages %}
    {%- if message.role == 'system' %}{% set ns.task = message.content | trim %}{% endif %}
{%- endfor %}
{{- ns.task }}: {% for role in ('query', 'document') %}
{{ role }} {{ messages | selectattr('role', 'eq', role) | map(attribute='content') | first }}
{% endfor %}{{ sep_token }} this word is{{ ' old' if add_generation_prompt }} {#- asked -#}
"""
# The same where a message is a list of parts.
PARTS_OF_MESSAGES = """{%- macro said(message) %}{% for part in message.content if part.type == 'text' %}{{ part.text }}{% endfor %}{% endmacro -%}
{{ cls_token }}
{%- for message in messages %} {{ message['role'] | upper }} {{ said(message) }}{{ mark | default('') }}{% endfor %} {{ sep_token }}
{%- if add_generation_prompt %} what is {{ sep_token }}{% endif %}
"""
OPEN = "{% for message in messages %}{{ message.content | trim }} and {% endfor %}"


def chatting(name, template, family="Qwen3", options=None, processing=None, make=None, change=None, plain=False, limit=None,
             **changes):
    """A language model, or what `make` makes, whose tokenizer has a chat template."""
    words = decoder_tokenizer(answers=plain)
    words.chat_template = template
    folder = (make or language_model)(name, family, words=words, **changes)
    if change:
        change(folder)
    if plain:
        return
    if make:
        transformer = Transformer(str(folder), transformer_task="sequence-classification", processing_kwargs=processing)
        model = CrossEncoder(modules=[transformer], device="cpu", **(options or {}))
    else:
        transformer = Transformer(str(folder), transformer_task="text-generation", processing_kwargs=processing)
        ids = [vocabulary()[word] for word in ("the", "a")]
        model = CrossEncoder(modules=[transformer, LogitScore(*ids)], device="cpu", **(options or {}))
    if limit:
        model.max_seq_length = limit
    shutil.rmtree(folder)
    model.save(str(folder), create_model_card=False)


def conversations():
    """Those whose pairs go through a chat template, as Qwen3-Reranker's do."""
    logits = {"activation_fn": torch.nn.Identity()}
    asked = [{"name": "default"}, {"name": "given", "prompt": "is this so? no \u2028 house"}, {"name": "empty", "prompt": ""}]
    chatting("chat-qwen3", FLAT, options=logits | {"prompts": {"ask": "what eats birds"}, "default_prompt_name": "ask"})
    goldens("chat-qwen3", asked + [{"name": "by name", "prompt_name": "ask"}])
    # The end of the template takes up a good part of the length.
    prompting = {"chat_template": {"add_generation_prompt": True, "mark": " !"}, "text": {"padding": True}}
    chatting("chat-llama-parts", PARTS_OF_MESSAGES, "Llama", logits, prompting, limit=21)
    goldens("chat-llama-parts", asked)
    # What was cut stays cut, at either side.
    chatting("chat-not-restored", PARTS_OF_MESSAGES, options=logits, limit=19,
             processing={"chat_template": {"restore_suffix": False}})
    goldens("chat-not-restored")
    chatting("chat-cut-left", FLAT, options=logits, limit=15,
             change=change("tokenizer_config.json", truncation_side="left"))
    goldens("chat-cut-left")
    chatting("chat-limit-5", FLAT, options=logits, limit=5)
    goldens("chat-limit-5")
    # One of several templates by its name, another by default; a tokenizer's own words.
    chatting("chat-named", {"default": OPEN, "pair": FLAT.replace("message.content", "message.content[0].text")
                            .replace("map(attribute='content')", "map(attribute='content.0.text')")},
             options=logits, processing={"chat_template": {"chat_template": "pair"}})
    goldens("chat-named")
    chatting("chat-open", OPEN, options=logits, processing={"chat_template": {"continue_final_message": True}})
    goldens("chat-open")
    chatting("chat-plain", FLAT, "Llama", plain=True)
    goldens("chat-plain", asked[:2])
    older = lambda folder: (change("tokenizer_config.json", chat_template=PARTS_OF_MESSAGES)(folder),
                            (folder / "chat_template.jinja").unlink())
    chatting("chat-plain-older", PARTS_OF_MESSAGES, plain=True, change=older)
    goldens("chat-plain-older")
    chatting("chat-classifier", FLAT, "Qwen3", logits, make=plain, **DECODER)
    goldens("chat-classifier", asked)


def decoders():
    """Classifiers on decoders, whose state is that of the last token that is no padding."""
    labels = dict(id2label=LABELS, label2id={label: index for index, label in LABELS.items()})
    logits = {"activation_fn": torch.nn.Identity()}
    saved("qwen3-classifier", "Qwen3", decoder_tokenizer(), logits, **DECODER)
    goldens("qwen3-classifier")
    # The token at the end is the padding, so that the state is that of the one before it.
    saved("llama-ends-with-padding", "Llama", decoder_tokenizer(end=" [PAD]"), logits, **DECODER, **labels)
    goldens("llama-ends-with-padding")


def encoders():
    """Families that transformers gives classifiers to besides those of BERT's kind."""
    logits = {"activation_fn": torch.nn.Identity()}
    third = dict(position_biased_input=False, pos_att_type=["p2c", "c2p"], relative_attention=True, position_buckets=8,
                 norm_rel_ebd="layer_norm", share_att_key=True, max_relative_positions=-1, type_vocab_size=0)
    saved("deberta-v3", "DebertaV2", options=logits, **third)
    goldens("deberta-v3")


def piece_tokenizer():
    """A little vocabulary of T5's kind: pieces with a mark before words, an end, and tokens that no text has."""
    asked = ["Query", "Document", "Relevant", "true", "false", "yes", "no"]
    pieces = ["\u2581" + piece for piece in dict.fromkeys(asked + WORDS)] + ["\u2581"]
    pieces += list("abcdefghijklmnopqrstuvwxyzSWCQDR0123456789:.,?!") + ["ly", "ing", "est", "ed", "er", "true"]
    scores = [(piece, -2.0 - len(piece) % 5 - 0.01 * place) for place, piece in enumerate(dict.fromkeys(pieces))]
    special = ["<pad>", "</s>", "<unk>"]
    built = Tokenizer(models.Unigram([(name, 0.0) for name in special] + scores, unk_id=2))
    built.normalizer = normalizers.Sequence([
        normalizers.NFKC(), normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(" {2,}"), "\u2581")])
    built.pre_tokenizer = pre_tokenizers.Metaspace()
    built.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
    built.add_special_tokens(special + [f"<extra_id_{n}>" for n in range(12)])
    return PreTrainedTokenizerFast(
        tokenizer_object=built, model_max_length=44, eos_token="</s>", pad_token="<pad>", unk_token="<unk>",
        model_input_names=["input_ids", "attention_mask"])


def encoder_decoder(name, task, words, family="T5", head=False, settings=None, **changes):
    """T5 or mT5 as transformers saves it; with `head` and `settings` as releases before 5 did."""
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sizes = dict(
        vocab_size=len(words) + 3, d_model=20, d_kv=6, d_ff=28, num_layers=2, num_decoder_layers=1, num_heads=3,
        relative_attention_num_buckets=12, relative_attention_max_distance=30, decoder_start_token_id=0)
    model = getattr(transformers, family + task)(getattr(transformers, family + "Config")(**(sizes | changes)))
    fill(model)
    model.eval().save_pretrained(folder)
    if head:
        tensors = load_file(folder / "model.safetensors")
        generator = torch.Generator().manual_seed(5)
        tensors["lm_head.weight"] = torch.randn(tensors["shared.weight"].shape, generator=generator)
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    if settings:
        config = read(folder / "config.json") | settings
        config.pop("scale_decoder_outputs", None)
        rewrite(folder / "config.json", config)
    words.save_pretrained(folder)
    return folder


def answers(model, words, question, function, pairs=PAIRS, cuts=2):
    """The scores of pairs: of each the first word of the answer to its question."""
    template, limit = question["template"], words.model_max_length
    ids = [words.convert_tokens_to_ids(mark) for mark in question["tokens"]]
    ending = words(template.split("{document}")[1])["input_ids"]
    scores, cut = [], 0
    for query, document in pairs:
        tokens = words(template.replace("{query}", query).replace("{document}", document))["input_ids"]
        start = template.split("{document}")[0].replace("{query}", query) + document
        beginning = words(start, add_special_tokens=False)["input_ids"]
        if len(tokens) > limit:
            tokens = beginning[:limit - len(ending)] + ending
            cut += 1
        elif tokens != beginning + ending:
            raise SystemExit(f"the question's end is not tokens of its own: {tokens}")
        with torch.inference_mode():
            first = torch.tensor([[model.config.decoder_start_token_id]])
            logits = model(input_ids=torch.tensor([tokens]), decoder_input_ids=first).logits[0, 0, ids]
        scores.append(logits[0] if len(ids) == 1 else function(logits)[0])
    if cut < cuts:
        raise SystemExit("no question is cut")
    return torch.stack(scores).reshape(-1, 1).float().contiguous()


def asked(name, task="ForConditionalGeneration", family="T5", cases=(), **changes):
    words = piece_tokenizer()
    folder = encoder_decoder(name, task, words, family, **changes)
    model = getattr(transformers, family + task).from_pretrained(folder, dtype=torch.float32).eval()
    tensors = {}
    for index, case in enumerate(cases):
        question = case.get("question") or DEFAULTS[family]
        function = {"logSigmoid": lambda x: torch.log_softmax(x, -1)}.get(
            case.get("function"), lambda x: torch.softmax(x, -1))
        tensors[f"case.{index}"] = answers(model, words, question, function)
    origin = metadata(__file__, *PACKAGES)
    save_file(tensors, FIXTURES / f"{name}.safetensors", metadata=origin)
    scores = tensors["case.0"].flatten()
    query = PAIRS[0][0]
    described = {"labels": ["score"], "max_seq_length": words.model_max_length, "cases": list(cases)}
    ranked = answers(
        model, words, DEFAULTS[family], lambda x: torch.softmax(x, -1), [(query, pair[1]) for pair in PAIRS])
    order = sorted(range(len(PAIRS)), key=lambda place: (-ranked[place].item(), place))
    described["ranking"] = {"query": query, "order": order}
    write_json(FIXTURES / f"{name}.json", origin | described)
    if scores.max() - scores.min() < 0.05 or not torch.isfinite(scores).all():
        raise SystemExit(f"{name}: the scores are alike")
    print(f"{name:24} {len(cases)} cases, {scores.min().item():.3f} to {scores.max().item():.3f}")


MONO = "Query: {query} Document: {document} Relevant:"
DEFAULTS = {
    "T5": {"template": MONO, "tokens": ["\u2581true", "\u2581false"]},
    "MT5": {"template": MONO, "tokens": ["\u2581yes", "\u2581no"]},
}


def encoder_decoders():
    """T5 and mT5 as monoT5 and RankT5 use them, and their classifiers, which decode the whole text."""
    swapped = {"template": "{query} near {document}", "yes": "swift", "no": "bird",
               "tokens": ["\u2581swift", "\u2581bird"]}
    asked("asked-t5", cases=[
        {"name": "plain"}, {"name": "log-softmax", "function": "logSigmoid"}, {"name": "other", "question": swapped}])
    rank = {"template": "Query: {query} Document: {document}", "yes": "<extra_id_10>", "tokens": ["<extra_id_10>"]}
    # As T5 1.1: a head of its own that is not scaled.
    asked("asked-t5-gated", feed_forward_proj="gated-gelu", head=True, settings={"tie_word_embeddings": False},
          decoder_start_token_id=2, cases=[{"name": "mono"}, {"name": "rank", "question": rank, "function": "identity"}])
    asked("asked-mt5", family="MT5", feed_forward_proj="gated-gelu", head=True, cases=[{"name": "plain"}])
    logits = {"activation_fn": torch.nn.Identity()}
    labels = dict(id2label=LABELS, label2id={label: index for index, label in LABELS.items()})
    for name, family, more in (("t5-classifier", "T5", dict(num_labels=1)),
                               ("mt5-classifier", "MT5", dict(feed_forward_proj="gated-gelu", num_decoder_layers=2, **labels))):
        folder = encoder_decoder(name, "ForSequenceClassification", piece_tokenizer(), family, **more)
        model = CrossEncoder(str(folder), device="cpu", local_files_only=True, **logits)
        shutil.rmtree(folder)
        model.save(str(folder), create_model_card=False)
        goldens(name)


def pooled():
    """Dense modules on a pooled state, as RankT5 has them on its encoder."""
    def write(name, encoder, *modules, **options):
        model = CrossEncoder(modules=[Transformer(str(FIXTURES / encoder)), *modules], device="cpu", **options)
        for module in modules:
            fill_module(module)
        shutil.rmtree(FIXTURES / name, ignore_errors=True)
        model.eval().save(str(FIXTURES / name), create_model_card=False)
        goldens(name)

    scores = dict(module_output_name="scores", activation_function=None)
    write("pooled-t5", "asked-t5", Pooling(20, "mean"), Dense(20, 1, **scores), activation_fn=torch.nn.Identity())
    write("pooled-three", "plain", Pooling(20, ["cls", "max"]), Dense(40, 12, activation_function=torch.nn.GELU()),
          Dense(12, 3, **scores))


PARTS = {part.__name__: part for part in (
    activations, families, settings, layouts, language_models, conversations, decoders, encoders, encoder_decoders,
    pooled)}

if __name__ == "__main__":
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    FIXTURES.mkdir(parents=True, exist_ok=True)
    write_json(FIXTURES / "pairs.json", metadata(__file__) | {"pairs": [list(pair) for pair in PAIRS]})
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
