#!/usr/bin/env python3
"""Little sentence-transformers folders with the vectors that sentence-transformers computes from them.

    python Tools/reference/embedding_fixtures.py

Each folder below Tests/NeedletailEmbeddingTests/Fixtures is written by sentence-transformers itself, except that the
`layout-*` ones are then rewritten by hand to what releases 2 and 3 wrote (and read back by the installed release). A
folder's goldens lie beside it, in NAME.json and NAME.safetensors:

    {"cases": [{"name", "texts"?: [...], "prompt_name"?, "prompt"?, "truncate_dim"?, "method"?, "normalize"?}, ...]}

Tensor `case.N` is float32 [texts, dimension] for case N. `texts` is missing where the case uses `texts.json`'s list.
`method` is "encode_query" or "encode_document" where it is not "encode". The case "tokens" of a folder has the token
states before pooling, `tokens.N` float32 [tokens, hidden] for text N.
"""

import json
import shutil
import tempfile
import unittest.mock
import zlib
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import transformer as transformer_module
from sentence_transformers.sentence_transformer.modules import (
    Dense,
    Dropout,
    LayerNorm,
    Normalize,
    Pooling,
    StaticEmbedding,
    Transformer,
)
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertModel,
    BertTokenizerFast,
    CLIPConfig,
    CLIPModel,
    CLIPTextConfig,
    CLIPTextModelWithProjection,
    LlamaConfig,
    LlamaModel,
)
from transformers.utils import logging

from little_vocabulary import TEXTS, tokenizer, vocabulary
from pickle_assembly import saved, saved_long_ago
from provenance import REPOSITORY, metadata, write_json

FIXTURES = REPOSITORY / "Tests/NeedletailEmbeddingTests/Fixtures"
SEED = 20261
HIDDEN = 24
POSITIONS = 48
PACKAGES = ("sentence-transformers", "transformers", "torch", "tokenizers")
PROMPTS = {"query": "query: ", "passage": "Represent this document for retrieval: ", "none": ""}
SIX_MODES = ("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")


def fill(module, scale=1.0):
    for name, parameter in module.named_parameters():
        shape = tuple(parameter.shape)
        values = np.random.default_rng([SEED, zlib.crc32(name.encode())]).standard_normal(shape)
        if name.lower().endswith(("layernorm.weight", "norm.weight")):
            values = 1 + 0.3 * values
        elif len(shape) <= 1:
            values = 0.3 * values
        elif "embedding" in name:
            values = 0.7 * values
        else:
            values = values * 1.2 / np.sqrt(shape[-1])
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(np.asarray(scale * values, np.float32)))
    return module


def save_encoder(folder, lowercase=True, template=None):
    """A plain Hugging Face folder: BERT with two layers and the little vocabulary."""
    config = BertConfig(
        vocab_size=len(vocabulary()), hidden_size=HIDDEN, num_attention_heads=3, num_hidden_layers=2,
        intermediate_size=40, max_position_embeddings=POSITIONS,
    )
    fill(BertModel(config)).eval().save_pretrained(folder)
    wrapped = BertTokenizerFast(
        tokenizer_object=tokenizer(lowercase), do_lower_case=lowercase, model_max_length=POSITIONS)
    wrapped.chat_template = template
    wrapped.save_pretrained(folder)


def growing_transformer():
    """A decoder whose texts may be three times as long as its positions."""
    config = LlamaConfig(
        vocab_size=len(vocabulary()), hidden_size=HIDDEN, num_attention_heads=3, num_key_value_heads=1, head_dim=8,
        num_hidden_layers=2, intermediate_size=40, max_position_embeddings=14, pad_token_id=0, bos_token_id=2,
        eos_token_id=3, rope_parameters={"rope_type": "dynamic", "factor": 3.0, "rope_theta": 100.0})
    with tempfile.TemporaryDirectory() as folder:
        fill(LlamaModel(config)).eval().save_pretrained(folder)
        BertTokenizerFast(tokenizer_object=tokenizer(True), model_max_length=1000).save_pretrained(folder)
        return Transformer(folder)


def transformer(lowercase=True, template=None, **options):
    with tempfile.TemporaryDirectory() as folder:
        save_encoder(folder, lowercase, template)
        return Transformer(folder, **options)


def dense(inputs, outputs, **options):
    return fill(Dense(inputs, outputs, **options))


def read(path):
    return json.loads(Path(path).read_text())


def rewrite(path, value):
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_text(json.dumps(value, indent=2) + "\n")


def compute(model, case):
    options = {key: case[key] for key in ("prompt_name", "prompt", "truncate_dim") if key in case}
    if case.get("normalize"):
        options["normalize_embeddings"] = True
    texts = case.get("texts", TEXTS)
    encode = getattr(model, case.get("method", "encode"))
    # One text at a time: what a text gets must not depend on the padding of the texts beside it.
    grows = "dynamic" in str(getattr(getattr(model[0], "config", None), "rope_parameters", ""))
    rows = []
    for text in texts:
        if grows:
            encode("a", show_progress_bar=False)  # dynamic scaling remembers the longest text until a short one comes
        rows.append(encode(text, convert_to_tensor=True, show_progress_bar=False, **options))
    if grows:
        return torch.stack(rows).float().contiguous()
    together = encode(texts, batch_size=8, convert_to_tensor=True, show_progress_bar=False, **options)
    alone = torch.stack(rows)
    scale = max(1, alone.abs().max().item())
    if (alone - together).abs().max().item() > 1e-5 * scale:
        raise SystemExit(f"a batch differs from single texts by {(alone - together).abs().max().item()}")
    if not torch.isfinite(alone).all():
        raise SystemExit("not a number")
    return alone.float().contiguous()


def write_goldens(name, cases, tokens=()):
    model = SentenceTransformer(str(FIXTURES / name), device="cpu", local_files_only=True)
    tensors = {f"case.{index}": compute(model, case) for index, case in enumerate(cases)}
    for index in tokens:
        states = model.encode(TEXTS[index], output_value="token_embeddings", show_progress_bar=False)
        tensors[f"tokens.{index}"] = states.float().contiguous()
    origin = metadata(__file__, *PACKAGES)
    save_file(tensors, FIXTURES / f"{name}.safetensors", metadata=origin)
    write_json(FIXTURES / f"{name}.json", origin | {
        "folder": name, "dimension": model.get_embedding_dimension(),
        "max_seq_length": None if model.max_seq_length == float("inf") else model.max_seq_length, "cases": cases})
    shape = tuple(tensors["case.0"].shape)
    print(f"{name:28} {len(cases):2} cases {shape} limit {model.max_seq_length}")


def write(name, modules, cases=({"name": "plain"},), prompts=None, default=None, limit=None, change=None, tokens=()):
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    model = SentenceTransformer(modules=modules, prompts=prompts, default_prompt_name=default, device="cpu")
    if limit:
        model.max_seq_length = limit
    model.eval().save(str(folder), create_model_card=False)
    if change:
        change(folder)
    write_goldens(name, list(cases), tokens)


def poolings():
    for mode in SIX_MODES:
        write(f"pooling-{mode.replace('_', '-')}", [transformer(), Pooling(HIDDEN, mode)])
    write("pooling-two", [transformer(), Pooling(HIDDEN, ("mean", "cls"))])
    write("pooling-six", [transformer(), Pooling(HIDDEN, SIX_MODES)], cases=[
        {"name": "plain"}, {"name": "truncated", "truncate_dim": 50},
        {"name": "truncated, then normalized", "truncate_dim": 50, "normalize": True}])


def prompt_cases():
    return [
        {"name": "plain"},
        {"name": "by name", "prompt_name": "query"},
        {"name": "long prompt by name", "prompt_name": "passage"},
        {"name": "empty prompt by name", "prompt_name": "none"},
        {"name": "given", "prompt": "what is "},
        {"name": "as a query", "method": "encode_query"},
        {"name": "as a document", "method": "encode_document"},
    ]


def prompts():
    write("prompts", [transformer(), Pooling(HIDDEN, "mean"), Normalize()], prompt_cases(), prompts=PROMPTS)
    write("prompts-default", [transformer(), Pooling(HIDDEN, "mean"), Normalize()], prompt_cases(),
          prompts=PROMPTS, default="passage")
    # What a text gets when its prompt alone fills the limit is left to the reference's accidents.
    inside = [case | {"texts": [text for text in TEXTS if text.strip()]} for case in prompt_cases()]
    for mode in SIX_MODES:
        write(f"prompts-excluded-{mode.replace('_', '-')}", [
            transformer(), Pooling(HIDDEN, mode, include_prompt=False)], inside[:2] + inside[2:3] + inside[4:5],
            prompts=PROMPTS)


def dense_modules():
    def modules(*after):
        return [transformer(), Pooling(HIDDEN, "mean"), *after]

    write("dense-tanh", modules(dense(HIDDEN, 10)))
    write("dense-identity", modules(dense(HIDDEN, 33, activation_function=None), Normalize()))
    write("dense-no-bias", modules(dense(HIDDEN, 16, bias=False, activation_function=torch.nn.Identity())))
    write("dense-chain", modules(dense(HIDDEN, 40, activation_function=torch.nn.GELU()),
                                 dense(40, 12, bias=False, activation_function=None), Normalize()))
    write("dense-relu", modules(dense(HIDDEN, 16, activation_function=torch.nn.ReLU())))
    write("dense-residual", modules(dense(HIDDEN, HIDDEN, use_residual=True)))
    write("dense-residual-projected", modules(dense(HIDDEN, 16, use_residual=True)))
    write("layer-norm", modules(fill(LayerNorm(HIDDEN)), Normalize()))
    write("normalize-then-dense", modules(Normalize(), dense(HIDDEN, 12)))
    write("dense-on-tokens", [
        transformer(), dense(HIDDEN, 12, activation_function=None, module_input_name="token_embeddings"),
        Pooling(12, "mean")])


def limits():
    write("limit-12", [transformer(), Pooling(HIDDEN, "mean"), Normalize()], limit=12,
          cases=[{"name": "plain"}, {"name": "prompt", "prompt": "what is the "}], tokens=(0, 4, 26, 28))

    def older(folder):
        """sentence_bert_config.json decides, not the tokenizer's own limit."""
        rewrite(folder / "sentence_bert_config.json", {"max_seq_length": 9, "do_lower_case": False})

    write("limit-9-older", [transformer(), Pooling(HIDDEN, "mean"), Normalize()], change=older)

    def lower(folder):
        rewrite(folder / "sentence_bert_config.json", {"max_seq_length": 40, "do_lower_case": True})

    write("cased", [transformer(lowercase=False), Pooling(HIDDEN, "mean")])
    write("cased-do-lower-case", [transformer(lowercase=False), Pooling(HIDDEN, "mean")], change=lower)


def growing():
    """Texts beyond the positions, where their scaling follows the text and the folder asks for it, or does not."""
    def limited(**values):
        return lambda folder: rewrite(folder / "sentence_bert_config.json", values)

    def modules():
        return [growing_transformer(), Pooling(HIDDEN, "mean"), Normalize()]

    write("limit-growing", modules(), change=limited(max_seq_length=37))
    write("limit-growing-unasked", modules(), change=limited())


def settings():
    """Where a limit, a side and a prompt may be said."""
    def change(file, **values):
        return lambda folder: rewrite(folder / file, read(folder / file) | values)

    def both(folder):
        change("sentence_bert_config.json", max_seq_length=20, processor_kwargs={"model_max_length": 11})(folder)

    def left(folder):
        change("tokenizer_config.json", truncation_side="left")(folder)

    def modules():
        return [transformer(), Pooling(HIDDEN, "mean"), Normalize()]

    write("limit-8-left", modules(), limit=8, change=left,
          cases=[{"name": "plain"}, {"name": "prompt", "prompt": "what is the "}])
    write("limit-in-processor", modules(), change=both)
    write("limit-in-tokenizer", modules(), change=change("tokenizer_config.json", model_max_length=10))
    write("prompts-null", modules(), prompt_cases()[:1] + prompt_cases()[2:3] + prompt_cases()[5:], change=change(
        "config_sentence_transformers.json", prompts={"query": None, "passage": "passage: "}))
    write("prompts-document", modules(), prompt_cases()[:1] + prompt_cases()[5:], change=change(
        "config_sentence_transformers.json", prompts={"query": "ask ", "document": "text: ", "passage": "passage: "},
        default_prompt_name="document"))
    write("normalize-on-tokens", [
        transformer(), Normalize(module_input_name="token_embeddings"), Pooling(HIDDEN, ("mean", "lasttoken"))])
    write("dropout", [transformer(), Pooling(HIDDEN, "mean"), Dropout(0.4), Normalize()])


def older_types(folder, names):
    """modules.json as releases before 5 wrote it: every type directly below sentence_transformers.models."""
    modules = read(folder / "modules.json")
    for module, name in zip(modules, names, strict=True):
        module["type"] = f"sentence_transformers.models.{name}"
    rewrite(folder / "modules.json", modules)


def layouts():
    def release_2(folder):
        older_types(folder, ("Transformer", "Pooling", "Normalize"))
        rewrite(folder / "1_Pooling/config.json", {
            "word_embedding_dimension": HIDDEN, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True,
            "pooling_mode_max_tokens": True, "pooling_mode_mean_sqrt_len_tokens": False})
        rewrite(folder / "sentence_bert_config.json", {"max_seq_length": 32, "do_lower_case": False})
        rewrite(folder / "config_sentence_transformers.json", {"__version__": {
            "sentence_transformers": "2.0.0", "transformers": "4.6.1", "pytorch": "1.8.1"}})
        shutil.rmtree(folder / "2_Normalize")

    write("layout-2", [transformer(), Pooling(HIDDEN, ("max", "mean")), Normalize()], change=release_2)

    def release_3(folder):
        older_types(folder, ("Transformer", "Pooling", "Dense", "Normalize"))
        rewrite(folder / "1_Pooling/config.json", {
            "word_embedding_dimension": HIDDEN, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False,
            "pooling_mode_max_tokens": False, "pooling_mode_mean_sqrt_len_tokens": False,
            "pooling_mode_weightedmean_tokens": False, "pooling_mode_lasttoken": False, "include_prompt": True})
        rewrite(folder / "2_Dense/config.json", {
            "in_features": HIDDEN, "out_features": 16, "bias": True,
            "activation_function": "torch.nn.modules.activation.Tanh"})
        rewrite(folder / "sentence_bert_config.json", {"max_seq_length": 32, "do_lower_case": False})
        rewrite(folder / "config_sentence_transformers.json", {
            "__version__": {"sentence_transformers": "3.0.1", "transformers": "4.41.2", "pytorch": "2.3.1+cpu"},
            "prompts": PROMPTS, "default_prompt_name": "query", "similarity_fn_name": "cosine"})
        shutil.rmtree(folder / "3_Normalize")

    write("layout-3", [transformer(), Pooling(HIDDEN, "cls"), dense(HIDDEN, 16), Normalize()], prompt_cases(),
          change=release_3)

    def oldest(folder):
        """Before 2.0 the transformer lay in a folder of its own."""
        older_types(folder, ("Transformer", "Pooling"))
        modules = read(folder / "modules.json")
        modules[0]["path"] = "0_Transformer"
        (folder / "0_Transformer").mkdir()
        for file in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
            (folder / file).rename(folder / "0_Transformer" / file)
        (folder / "sentence_bert_config.json").unlink()
        rewrite(folder / "0_Transformer/sentence_bert_config.json", {"max_seq_length": 20})
        rewrite(folder / "modules.json", modules)
        (folder / "config_sentence_transformers.json").unlink()

    write("layout-0", [transformer(), Pooling(HIDDEN, "mean")], change=oldest)

    def checkpoints(folder):
        """Weights as PyTorch saves them, those of the encoder in the container from before PyTorch 1.6."""
        for file in sorted(folder.rglob("model.safetensors")):
            tensors = load_file(file)
            data = saved_long_ago(tensors) if file.parent == folder else saved(tensors)
            file.with_name("pytorch_model.bin").write_bytes(data)
            file.unlink()

    write("layout-checkpoint", [transformer(), Pooling(HIDDEN, "mean"), dense(HIDDEN, 10)], change=checkpoints)

    folder = FIXTURES / "plain"
    shutil.rmtree(folder, ignore_errors=True)
    save_encoder(folder)
    write_goldens("plain", [{"name": "plain"}])


def save_clip(folder, model_class=CLIPModel, **text):
    """A CLIP of random weights with the little vocabulary; its end token is [SEP], unless `text` says otherwise."""
    words = vocabulary()
    text = dict(
        vocab_size=len(words), hidden_size=HIDDEN, num_attention_heads=3, num_hidden_layers=2, intermediate_size=40,
        max_position_embeddings=POSITIONS, projection_dim=17, pad_token_id=words["[PAD]"],
        bos_token_id=words["[CLS]"], eos_token_id=words["[SEP]"]) | text
    if model_class is CLIPModel:
        vision = dict(hidden_size=12, num_attention_heads=2, num_hidden_layers=1, intermediate_size=16, image_size=8,
                      patch_size=4, projection_dim=17)
        model = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=17))
    else:
        model = model_class(CLIPTextConfig(**text))
    fill(model).eval().save_pretrained(folder)
    BertTokenizerFast(tokenizer_object=tokenizer(True), model_max_length=POSITIONS).save_pretrained(folder)


def clip():
    """Texts of CLIP: the state of the end token, projected into the space that pictures share.

    The reader of pictures needs packages that texts do not, so the tokenizer alone stands in for CLIP's processor.
    """
    with unittest.mock.patch.object(transformer_module, "AutoProcessor", AutoTokenizer):
        clip_folders()


def clip_folders():
    def module(**text):
        with tempfile.TemporaryDirectory() as folder:
            save_clip(folder, **text)
            return Transformer(folder)

    def pictures(folder):
        """What the module says where it reads pictures, too."""
        settings = read(folder / "sentence_bert_config.json")
        settings["modality_config"]["image"] = {
            "method": "get_image_features", "method_output_name": "pooler_output"}
        rewrite(folder / "sentence_bert_config.json", settings)

    write("clip", [module(), Normalize()], prompt_cases()[:2], prompts=PROMPTS, change=pictures)
    write("clip-dense", [module(), dense(17, 9)], limit=12)

    def older(folder):
        """As clip-ViT-B-32: a module of its own in a folder, with the end token's number of older configurations."""
        older_types(folder, ("CLIPModel",))
        modules = read(folder / "modules.json")
        modules[0]["path"] = "0_CLIPModel"
        (folder / "0_CLIPModel").mkdir()
        for file in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
            (folder / file).rename(folder / "0_CLIPModel" / file)
        (folder / "sentence_bert_config.json").unlink()
        rewrite(folder / "modules.json", modules)

    write("clip-older", [module(eos_token_id=2)], change=older)
    # A text has no such token: the state of the first is taken.
    write("clip-without-end", [module(eos_token_id=vocabulary()["[MASK]"])])
    folder = FIXTURES / "clip-plain"
    shutil.rmtree(folder, ignore_errors=True)
    save_clip(folder)
    write_goldens("clip-plain", [{"name": "plain"}])
    clip_texts()


def clip_texts():
    """The tower for texts alone, with its projection: what transformers calls `text_embeds`."""
    name = "clip-text-projection"
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    save_clip(folder, CLIPTextModelWithProjection, projection_dim=11)
    model = CLIPTextModelWithProjection.from_pretrained(folder).eval()
    tokens = AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        rows = [model(input_ids=tokens(text, truncation=True, return_tensors="pt").input_ids).text_embeds[0]
                for text in TEXTS]
    origin = metadata(__file__, *PACKAGES)
    save_file({"case.0": torch.stack(rows)}, FIXTURES / f"{name}.safetensors", metadata=origin)
    write_json(FIXTURES / f"{name}.json", origin | {
        "folder": name, "dimension": 11, "max_seq_length": POSITIONS, "cases": [{"name": "plain"}]})


# What the system and the user say, and what for where it is said.
CHAT = """{{ cls_token }}{% for message in messages %}
{%- if message.role == 'system' %}{{ message.content | trim }} : {% else %}{{ message['content'] }}{% endif %}
{%- endfor %}
{%- if task is defined %} [SEP] for a {{ task }}{% endif %} {{ sep_token }} this text is{{ ' old' if add_generation_prompt }}
"""
CHAT_PARTS = """{{ cls_token }}{% for message in messages %}{{ message.role }} {{ message.content[0].text }} {{ sep_token }}{% endfor %}"""


def conversations():
    """Texts that go through a chat template."""
    last = Pooling(HIDDEN, "lasttoken")
    write("chat-flat", [transformer(template=CHAT), last], prompt_cases(), prompts=PROMPTS)
    write("chat-parts", [transformer(template=CHAT_PARTS), Pooling(HIDDEN, "mean", include_prompt=False), Normalize()],
          prompt_cases()[:3], prompts=PROMPTS, default="query")
    prompting = {"chat_template": {"add_generation_prompt": True, "task": "bird"}}
    write("chat-limit-16", [transformer(template=CHAT, processing_kwargs=prompting), last],
          prompt_cases()[3:], prompts=PROMPTS, limit=16)
    # A release that knew no templates saved this one: its texts are read as they are.
    def older(folder):
        settings = read(folder / "sentence_bert_config.json")
        del settings["modality_config"]
        rewrite(folder / "sentence_bert_config.json", settings)

    write("chat-older", [transformer(template=CHAT), last], change=older)
    folder = FIXTURES / "chat-unlisted"
    shutil.rmtree(folder, ignore_errors=True)
    save_encoder(folder, template=CHAT_PARTS)
    write_goldens("chat-unlisted", [{"name": "plain"}, {"name": "given", "prompt": "what is "}])


def statics():
    def table():
        words = len(vocabulary())
        weights = np.random.default_rng([SEED, 1]).standard_normal((words, 32)).astype(np.float32)
        return StaticEmbedding(tokenizer(), embedding_weights=weights)

    cases = [{"name": "plain"}, {"name": "truncated", "truncate_dim": 7}, {"name": "prompt", "prompt": "query: "}]
    write("static", [table()], cases)
    write("static-normalize", [table(), Normalize()], cases)

    def cut(folder):
        """The table's own tokenizer.json may truncate; nothing else limits a static model."""
        described = read(folder / "tokenizer.json")
        described["truncation"] = {"direction": "Right", "max_length": 6, "strategy": "LongestFirst", "stride": 0}
        rewrite(folder / "tokenizer.json", described)

    write("static-truncation", [table()], change=cut)

    def model2vec(folder):
        """A table with fewer rows than tokens, a row number and a weight for each token."""
        rng = np.random.default_rng([SEED, 2])
        words = len(vocabulary())
        save_file({
            "embeddings": torch.from_numpy(rng.standard_normal((100, 32)).astype(np.float32)),
            "mapping": torch.from_numpy(rng.integers(0, 100, words)),
            "weights": torch.from_numpy(rng.uniform(0.1, 2, words).astype(np.float32)),
        }, folder / "model.safetensors")

    write("static-mapped", [table(), Normalize()], change=model2vec)


def main():
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    FIXTURES.mkdir(parents=True, exist_ok=True)
    write_json(FIXTURES / "texts.json", metadata(__file__) | {"texts": TEXTS})
    for part in (
            poolings, prompts, dense_modules, limits, growing, settings, layouts, clip, conversations, statics):
        part()


if __name__ == "__main__":
    main()
