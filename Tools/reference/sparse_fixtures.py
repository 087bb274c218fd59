#!/usr/bin/env python3
"""Masked-language heads, sparse encoders and multi-vector encoders, small, with what the reference computes from them.

    python Tools/reference/sparse_fixtures.py [PART...]

`masked` adds `logits.safetensors` to folders of Tests/NeedletailModelsTests/Fixtures that hold a masked-language head
(some of them written by model_fixtures.py, the others here in its form): tensor `logits.N`, float32
[tokens, vocabulary], for case N of `cases.json`.

`sparse` writes little folders of sentence-transformers' SparseEncoder below Tests/NeedletailEmbeddingTests/Fixtures/Sparse,
with their goldens beside them in NAME.json and NAME.safetensors, as embedding_fixtures.py does it for dense ones: tensor
`case.N` is float32 [texts, dimension] for case N. `max_active_dims` of a case is what `encode` was asked for; `decoded`
has the words of the first texts.

`three_heads` writes Fixtures/ThreeHeads/bge-m3, a little XLM-RoBERTa with the two products of BGE-M3 beside it. FlagEmbedding
is not installed: the formulas of its BGEM3 are written out here with torch. Tensors `dense` [texts, hidden], `sparse`
[texts, vocabulary], `tokens.N` [tokens - 1, features] for text N.

`multi_vector` writes folders of sentence-transformers' MultiVectorEncoder, and two that are rewritten by hand to what PyLate
and colbert-ai save (and read back by the installed release), below Fixtures/MultiVector: tensors `plain.N`, `query.N` and
`document.N`, float32 [tokens, dimension], for text N.

`routers` writes dense folders whose router sends queries and documents different ways, in the form of
embedding_fixtures.py and among its fixtures.
"""

import json
import shutil
import string
import sys
import tempfile

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import MultiVectorEncoder, SentenceTransformer, SparseEncoder
from sentence_transformers.multi_vector_encoder.modules import MultiVectorMask
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling, Router, StaticEmbedding
from sentence_transformers.sparse_encoder.modules import (
    MLMTransformer,
    SparseAutoEncoder,
    SparseStaticEmbedding,
    SpladePooling,
    Transformer,
)
from tokenizers import AddedToken, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece
from transformers import (
    AutoModelForMaskedLM,
    BertConfig,
    BertForMaskedLM,
    BertModel,
    BertTokenizerFast,
    CamembertConfig,
    CamembertForMaskedLM,
    CamembertModel,
    DebertaConfig,
    DebertaForMaskedLM,
    DebertaModel,
    DebertaV2Config,
    DebertaV2ForMaskedLM,
    DebertaV2Model,
    ElectraConfig,
    ElectraForMaskedLM,
    ElectraModel,
    ErnieConfig,
    ErnieForMaskedLM,
    ErnieModel,
    EuroBertConfig,
    EuroBertForMaskedLM,
    EuroBertModel,
    GteConfig,
    GteForMaskedLM,
    GteModel,
    JinaEmbeddingsV3Config,
    JinaEmbeddingsV3ForMaskedLM,
    JinaEmbeddingsV3Model,
    MegatronBertConfig,
    MegatronBertForMaskedLM,
    MegatronBertModel,
    ModernBertConfig,
    ModernBertForMaskedLM,
    ModernBertModel,
    NomicBertConfig,
    NomicBertForMaskedLM,
    NomicBertModel,
    PreTrainedTokenizerFast,
    RobertaForMaskedLM,
    RobertaModel,
    RobertaPreLayerNormConfig,
    RobertaPreLayerNormForMaskedLM,
    RobertaPreLayerNormModel,
    XLMRobertaConfig,
    XLMRobertaModel,
    XLMRobertaXLConfig,
    XLMRobertaXLForMaskedLM,
    XLMRobertaXLModel,
)
from transformers.utils import logging

import embedding_fixtures as embeddings
import model_fixtures as models
import remote_models
from little_vocabulary import TEXTS, tokenizer, vocabulary
from provenance import metadata, write_json

HEADS = models.FIXTURES
SPARSE = embeddings.FIXTURES / "Sparse"
HIDDEN = 24
POSITIONS = 48
# Texts of every kind that are few enough for a vector over the whole vocabulary each.
CHOSEN = [TEXTS[index] for index in (0, 2, 4, 6, 7, 8, 10, 12, 15, 16, 23, 25, 27, 29)]
PRECISION = 2e-5


def logits(model, case):
    ids = torch.tensor([case["ids"]])
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if "type_ids" in case:
        inputs["token_type_ids"] = torch.tensor([case["type_ids"]])
    with torch.inference_mode():
        return model(**inputs).logits[0]


def write_logits(name, reference=None):
    """The logits of a folder's cases, which must not depend on how the folder's decoder is stored."""
    folder = HEADS / name
    selected = json.loads((folder / "cases.json").read_text())["cases"]
    if reference:
        model = reference(json.loads((folder / "config.json").read_text())).eval()
        model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    else:
        model = AutoModelForMaskedLM.from_pretrained(folder, dtype=torch.float32).eval()
    goldens = [logits(model, case) for case in selected]
    exact = model.double()
    gap = max((logits(exact, case) - golden).abs().max().item() for case, golden in zip(selected, goldens))
    if gap > PRECISION:
        raise SystemExit(f"{name}: float32 is {gap} from float64")
    tensors = {f"logits.{index}": golden.contiguous() for index, golden in enumerate(goldens)}
    save_file(tensors, folder / "logits.safetensors", metadata=metadata(__file__, "transformers", "torch"))
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{name:34} logits within {gap:.1e} of float64, deviation {goldens[-1].std():.2f}, {size // 1000} kB")
    return model


def check_used(name, parameter):
    """Whether the logits depend on a tensor of the checkpoint, or the test would not see it ignored."""
    folder = HEADS / name
    selected = json.loads((folder / "cases.json").read_text())["cases"]
    model = AutoModelForMaskedLM.from_pretrained(folder, dtype=torch.float32).eval()
    right = logits(model, selected[0])
    with torch.no_grad():
        dict(model.named_parameters(remove_duplicate=False))[parameter].mul_(0.5)
    if (logits(model, selected[0]) - right).abs().max().item() < models.VISIBLE:
        raise SystemExit(f"{name}: {parameter} changes nothing")


def masked():
    for name in ("bert-for-masked-lm", "bert-for-pretraining", "bert-legacy-names", "roberta-for-masked-lm",
                 "xlm-roberta-for-masked-lm", "distilbert-for-masked-lm", "mpnet-for-masked-lm",
                 "albert-for-masked-lm", "deberta-v2-no-buckets"):
        write_logits(name)
    for name in ("norbert3", "ltg-bert", "hplt-bert"):
        write_logits(name, remote_models.LtgBert)
    small = dict(hidden_size=20, num_attention_heads=5, num_hidden_layers=1, intermediate_size=28)
    sizes = dict(vocab_size=models.VOCABULARY, max_position_embeddings=40) | small
    offset = sizes | dict(max_position_embeddings=46, type_vocab_size=1, layer_norm_eps=1e-5)
    typed = models.cases(40, lengths=(1, 7), types=True)
    plain = models.cases(40, lengths=(1, 7, 18))
    decoder = sizes | dict(pad_token_id=0, eos_token_id=1, bos_token_id=2, mask_token_id=4, mlp_bias=True)
    modern = sizes | dict(local_attention=8, pad_token_id=0, eos_token_id=1, bos_token_id=2, cls_token_id=2,
                          sep_token_id=1)
    made = {
        "bert-untied": (BertForMaskedLM(models.little_bert(tie_word_embeddings=False)), typed, BertModel),
        "bert-head-relu": (BertForMaskedLM(models.little_bert(hidden_act="relu")), typed, BertModel),
        "roberta-untied": (
            RobertaForMaskedLM(models.roberta(**small, hidden_act="relu", tie_word_embeddings=False)), plain,
            RobertaModel),
        "camembert-for-masked-lm": (
            CamembertForMaskedLM(models.roberta(CamembertConfig, **small)), plain, CamembertModel),
        "electra-for-masked-lm": (
            ElectraForMaskedLM(ElectraConfig(**sizes, embedding_size=12, hidden_act="relu")), typed, ElectraModel),
        "ernie-for-masked-lm": (ErnieForMaskedLM(ErnieConfig(**sizes)), typed, ErnieModel),
        "megatron-bert-for-masked-lm": (
            MegatronBertForMaskedLM(MegatronBertConfig(**sizes)), typed, MegatronBertModel),
        "roberta-prelayernorm-for-masked-lm": (
            RobertaPreLayerNormForMaskedLM(RobertaPreLayerNormConfig(**offset)), plain, RobertaPreLayerNormModel),
        "xlm-roberta-xl-for-masked-lm": (
            XLMRobertaXLForMaskedLM(XLMRobertaXLConfig(**offset)), plain, XLMRobertaXLModel),
        "modernbert-for-masked-lm": (ModernBertForMaskedLM(ModernBertConfig(**modern)), plain, ModernBertModel),
        "modernbert-head-options": (
            ModernBertForMaskedLM(ModernBertConfig(**modern, classifier_bias=True, classifier_activation="silu",
                                                   decoder_bias=False, tie_word_embeddings=False)), plain,
            ModernBertModel),
        "nomic-bert-for-masked-lm": (
            NomicBertForMaskedLM(NomicBertConfig(**(sizes | dict(num_attention_heads=5)))), typed, NomicBertModel),
        "gte-for-masked-lm": (
            GteForMaskedLM(GteConfig(**sizes, pad_token_id=0, type_vocab_size=1, hidden_act="relu")), plain,
            GteModel),
        "deberta-for-masked-lm": (
            DebertaForMaskedLM(DebertaConfig(**sizes, relative_attention=True, pos_att_type=["c2p"],
                                             position_biased_input=False, type_vocab_size=0)), plain, DebertaModel),
        "deberta-v2-own-head": (
            DebertaV2ForMaskedLM(DebertaV2Config(**sizes, relative_attention=True, pos_att_type=["c2p"], legacy=False,
                                                 position_biased_input=False, type_vocab_size=0)), plain,
            DebertaV2Model),
        "eurobert-for-masked-lm": (EuroBertForMaskedLM(EuroBertConfig(**decoder)), plain, EuroBertModel),
        "jina-embeddings-v3-for-masked-lm": (
            JinaEmbeddingsV3ForMaskedLM(JinaEmbeddingsV3Config(**sizes, type_vocab_size=1)), plain,
            JinaEmbeddingsV3Model),
    }
    for name, (model, selected, base) in made.items():
        models.write(name, model, selected, base=base)
        write_logits(name)
    # Several blocks of the vocabulary.
    wide = sizes | dict(vocab_size=2060, hidden_size=12, num_attention_heads=3, intermediate_size=20)
    models.write("electra-wide-vocabulary", ElectraForMaskedLM(ElectraConfig(**wide, embedding_size=8)),
                 [{"ids": [2059, 7, 1024]}, {"ids": [1023]}], base=ElectraModel)
    write_logits("electra-wide-vocabulary")
    # A checkpoint that says it is tied and holds another decoder: transformers believes the checkpoint.
    name = "bert-tied-by-mistake"
    models.write(name, BertForMaskedLM(models.little_bert(tie_word_embeddings=False)), typed, base=BertModel)
    config = json.loads((HEADS / name / "config.json").read_text())
    (HEADS / name / "config.json").write_text(json.dumps(config | {"tie_word_embeddings": True}, indent=2) + "\n")
    write_logits(name)
    for name in ("bert-untied", "bert-tied-by-mistake"):
        check_used(name, "cls.predictions.decoder.weight")
        check_used(name, "cls.predictions.decoder.bias")


def wrapped():
    return BertTokenizerFast(tokenizer_object=tokenizer(), do_lower_case=True, model_max_length=POSITIONS)


def save_words(folder):
    """BERT with its masked-language head, whose logits are mostly below zero."""
    config = BertConfig(
        vocab_size=len(vocabulary()), hidden_size=HIDDEN, num_attention_heads=3, num_hidden_layers=2,
        intermediate_size=40, max_position_embeddings=POSITIONS,
    )
    model = BertForMaskedLM(config)
    embeddings.fill(model)
    with torch.no_grad():
        model.cls.predictions.bias.sub_(5)
    model.eval().save_pretrained(folder)
    wrapped().save_pretrained(folder)


def words(kind=Transformer, **options):
    with tempfile.TemporaryDirectory() as folder:
        save_words(folder)
        return kind(folder, **options) if kind is MLMTransformer else kind(
            folder, transformer_task="fill-mask", **options)


def weights(**options):
    rng = np.random.default_rng([embeddings.SEED, 3])
    values = rng.uniform(0.2, 8, len(vocabulary())).astype(np.float32)
    return SparseStaticEmbedding(wrapped(), weight=torch.from_numpy(values), **options)


def auto_encoder(inputs, **options):
    module = SparseAutoEncoder(inputs, **options)
    return embeddings.fill(module)


def compute(model, case):
    options = {key: case[key] for key in ("prompt_name", "prompt", "max_active_dims") if key in case}
    encode = getattr(model, case.get("method", "encode"))
    alone = torch.stack([encode(text, convert_to_sparse_tensor=False, show_progress_bar=False, **options)
                         for text in CHOSEN])
    together = encode(CHOSEN, batch_size=5, convert_to_sparse_tensor=False, show_progress_bar=False, **options)
    # Padding takes the weight of a literal "[PAD]" away, which is an accident of batches.
    gaps = [(one - other).abs().max().item() for text, one, other in zip(CHOSEN, alone, together) if "[PAD]" not in text]
    if max(gaps) > 2e-5:
        raise SystemExit(f"a batch differs from single texts by {max(gaps)}")
    if not torch.isfinite(alone).all() or not (alone > 0).any():
        raise SystemExit("no vectors")
    return alone.float().contiguous()


def write_sparse_goldens(name, cases):
    model = SparseEncoder(str(SPARSE / name), device="cpu", local_files_only=True)
    tensors = {f"case.{index}": compute(model, case) for index, case in enumerate(cases)}
    origin = metadata(__file__, *embeddings.PACKAGES)
    save_file(tensors, SPARSE / f"{name}.safetensors", metadata=origin)
    decoded = [] if "features" in name else [
        [[token, weight] for token, weight in model.decode(vector, top_k=5)] for vector in tensors["case.0"]]
    write_json(SPARSE / f"{name}.json", origin | {
        "folder": name, "dimension": model.get_embedding_dimension(), "texts": CHOSEN, "cases": cases,
        "decoded": decoded})
    size = sum(path.stat().st_size for path in (SPARSE / name).rglob("*") if path.is_file())
    active = (tensors["case.0"] != 0).sum(dim=1)
    print(f"{name:28} {len(cases):2} cases, {active.float().mean():.1f} features a text, {size // 1000} kB")


def write_sparse(name, modules, cases=({"name": "plain"},), change=None, **options):
    folder = SPARSE / name
    shutil.rmtree(folder, ignore_errors=True)
    SparseEncoder(modules=modules, device="cpu", **options).eval().save(str(folder), create_model_card=False)
    if change:
        change(folder)
    write_sparse_goldens(name, list(cases))


ROLES = ({"name": "plain"}, {"name": "as a query", "method": "encode_query"},
         {"name": "as a document", "method": "encode_document"})


def sparse():
    SPARSE.mkdir(parents=True, exist_ok=True)
    limits = ({"name": "plain"}, {"name": "seven", "max_active_dims": 7}, {"name": "prompt", "prompt": "what is "})
    write_sparse("splade-max", [words(), SpladePooling("max")], limits)
    write_sparse("splade-sum", [words(), SpladePooling("sum")], limits)
    write_sparse("splade-twice", [words(), SpladePooling("max", activation_function="log1p_relu")])
    write_sparse("splade-sum-twice", [words(), SpladePooling("sum", activation_function="log1p_relu")])
    write_sparse("splade-limit", [words(), SpladePooling("max")], ROLES, max_active_dims=9,
                 prompts={"query": "query: ", "document": "", "other": "x "})

    def older(folder):
        """As releases 5.0 to 5.3 wrote it: an encoder of a kind of its own."""
        listed = embeddings.read(folder / "modules.json")
        listed[0]["type"] = "sentence_transformers.sparse_encoder.models.MLMTransformer"
        listed[1]["type"] = "sentence_transformers.sparse_encoder.models.SpladePooling"
        embeddings.rewrite(folder / "modules.json", listed)
        embeddings.rewrite(folder / "sentence_bert_config.json", {"max_seq_length": 20, "do_lower_case": False})
        embeddings.rewrite(folder / "1_SpladePooling/config.json", {
            "pooling_strategy": "max", "activation_function": "relu", "word_embedding_dimension": None})

    write_sparse("splade-older", [words(MLMTransformer), SpladePooling("max")], change=older)

    name = "splade-bare"
    shutil.rmtree(SPARSE / name, ignore_errors=True)
    save_words(SPARSE / name)
    write_sparse_goldens(name, [{"name": "plain"}])

    write_sparse("weights", [weights()], limits)

    def listed(folder):
        """A file of tokens with their weights, as OpenSearch publishes them, in place of a tensor."""
        (folder / "model.safetensors").unlink()
        rng = np.random.default_rng([embeddings.SEED, 4])
        some = [word for word in vocabulary() if rng.uniform() < 0.6]
        embeddings.rewrite(folder / "idf.json", {word: round(float(rng.uniform(0.1, 9)), 4) for word in some})
        embeddings.rewrite(folder / "config.json", {"frozen": True, "path": str(folder / "idf.json")})

    write_sparse("weights-listed", [weights()], change=listed)
    embeddings.rewrite(SPARSE / "weights-listed/config.json", {"frozen": True, "path": "idf.json"})

    dense = [embeddings.transformer(), Pooling(HIDDEN, "mean")]
    write_sparse("features", dense + [auto_encoder(HIDDEN, hidden_dim=60, k=6)],
                 ({"name": "plain"}, {"name": "three", "max_active_dims": 3}))
    write_sparse("features-normalize", dense + [Normalize(), auto_encoder(HIDDEN, hidden_dim=60, normalize=True)])

    router = Router.for_query_document([weights(frozen=True)], [words(), SpladePooling("max", "log1p_relu")])
    write_sparse("router", [router], ROLES, max_active_dims=40)
    shared = words()
    router = Router.for_query_document(
        [shared, SpladePooling("max")], [shared, SpladePooling("sum")], default_route="query")
    write_sparse("router-query", [router], ROLES)


def routers():
    roles = [dict(case) for case in ROLES] + [
        {"name": "query with a prompt", "method": "encode_query", "prompt": "what is "}]

    def table(width):
        values = np.random.default_rng([embeddings.SEED, 5]).standard_normal((len(vocabulary()), width))
        return StaticEmbedding(tokenizer(), embedding_weights=values.astype(np.float32))

    encoder = embeddings.transformer()
    embeddings.write("router-static-query", [
        Router.for_query_document([table(HIDDEN)], [encoder, Pooling(HIDDEN, "mean")]), Normalize()], roles)
    shared = embeddings.transformer()
    embeddings.write("router-shared", [Router.for_query_document(
        [shared, Pooling(HIDDEN, "cls"), embeddings.dense(HIDDEN, 12)],
        [shared, Pooling(HIDDEN, "mean"), embeddings.dense(HIDDEN, 12, bias=False)])], roles,
        prompts={"query": "query: ", "document": "text: "})
    embeddings.write("router-default-query", [Router.for_query_document(
        [embeddings.transformer(), Pooling(HIDDEN, "max")], [table(HIDDEN)], default_route="query")], roles)


def angular():
    """The little tokenizer with the special tokens of XLM-RoBERTa."""
    special = ("<s>", "<pad>", "</s>", "<unk>")
    rest = [word for word in vocabulary() if not (word.startswith("[") and len(word) > 1)]
    words = {word: index for index, word in enumerate([*special, *rest, "<mask>"])}
    built = Tokenizer(WordPiece(words, unk_token="<unk>", max_input_chars_per_word=100))
    built.normalizer = normalizers.BertNormalizer(lowercase=True)
    built.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    built.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    built.decoder = decoders.WordPiece()
    return PreTrainedTokenizerFast(
        tokenizer_object=built, bos_token="<s>", cls_token="<s>", eos_token="</s>", sep_token="</s>",
        pad_token="<pad>", unk_token="<unk>", mask_token="<mask>", model_max_length=POSITIONS)


def three_heads():
    root = embeddings.FIXTURES / "ThreeHeads"
    folder = root / "bge-m3"
    shutil.rmtree(root, ignore_errors=True)
    wrapper = angular()
    config = XLMRobertaConfig(
        vocab_size=len(wrapper), hidden_size=HIDDEN, num_attention_heads=3, num_hidden_layers=2, intermediate_size=40,
        max_position_embeddings=POSITIONS + 2, type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1)
    with tempfile.TemporaryDirectory() as plain:
        embeddings.fill(XLMRobertaModel(config)).eval().save_pretrained(plain)
        wrapper.save_pretrained(plain)
        model = SentenceTransformer(
            modules=[Transformer(plain), Pooling(HIDDEN, "cls"), Normalize()], device="cpu")
        model.eval().save(str(folder), create_model_card=False)
    heads = {"sparse_linear": torch.nn.Linear(HIDDEN, 1), "colbert_linear": torch.nn.Linear(HIDDEN, 16)}
    for number, (name, head) in enumerate(heads.items()):
        rng = np.random.default_rng([embeddings.SEED, 6, number])
        with torch.no_grad():
            for parameter in head.parameters():
                parameter.copy_(torch.from_numpy(rng.normal(0, 0.3, tuple(parameter.shape)).astype(np.float32)))
        save_file({key: value.detach().contiguous() for key, value in head.state_dict().items()},
                  folder / f"{name}.safetensors")
        # As the published folder has them.
        torch.save(head.state_dict(), folder.with_name(f"{folder.name}-{name}.pt"))
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    texts = [*CHOSEN, "swift swift the swift <s> </s> <mask> \u2603 swift"]
    unused = {wrapper.convert_tokens_to_ids(token) for token in ("<s>", "</s>", "<pad>", "<unk>")}
    tensors = {"dense": [], "sparse": []}
    for index, text in enumerate(texts):
        batch = wrapper([text], truncation=True, max_length=POSITIONS, return_tensors="pt")
        with torch.inference_mode():
            states = model[0].auto_model(**batch).last_hidden_state[0]
            dense = torch.nn.functional.normalize(states[0], dim=-1)
            weights = torch.relu(heads["sparse_linear"](states)).squeeze(-1)
            vectors = torch.nn.functional.normalize(heads["colbert_linear"](states[1:]), dim=-1)
        sparse = torch.zeros(len(wrapper))
        for token, weight in zip(batch["input_ids"][0].tolist(), weights):
            if token not in unused and weight > sparse[token]:
                sparse[token] = weight
        if (dense - model.encode(text, convert_to_tensor=True, show_progress_bar=False)).abs().max() > 1e-6:
            raise SystemExit("the dense vector is not that of the folder")
        tensors["dense"].append(dense)
        tensors["sparse"].append(sparse)
        tensors[f"tokens.{index}"] = vectors.contiguous()
    tensors |= {name: torch.stack(tensors[name]) for name in ("dense", "sparse")}
    origin = metadata(__file__, *embeddings.PACKAGES)
    save_file(tensors, root / "bge-m3.safetensors", metadata=origin)
    write_json(root / "bge-m3.json", origin | {
        "folder": "bge-m3", "dimension": HIDDEN, "texts": texts, "cases": [{"name": "plain"}]})
    print(f"bge-m3: {(tensors['sparse'] > 0).sum(dim=1).float().mean():.1f} weights a text")


MULTI = embeddings.FIXTURES / "MultiVector"
FIXED = {"strategy": "fixed", "attend": False, "length": 12}


def projection(outputs=10, **options):
    return embeddings.dense(HIDDEN, outputs, bias=False, activation_function=None, module_input_name="token_embeddings",
                            **options)


def write_multi_goldens(name):
    model = MultiVectorEncoder(str(MULTI / name), device="cpu", local_files_only=True)
    tensors = {}
    for method, label in (("encode", "plain"), ("encode_query", "query"), ("encode_document", "document")):
        alone = [getattr(model, method)(text, show_progress_bar=False) for text in CHOSEN]
        together = getattr(model, method)(CHOSEN, batch_size=5, show_progress_bar=False)
        for index, (one, other) in enumerate(zip(alone, together)):
            if one.shape != other.shape or not torch.allclose(one, other, rtol=0, atol=1e-5):
                raise SystemExit(f"{name}: {label} {index} depends on its company")
            tensors[f"{label}.{index}"] = one.float().contiguous()
    score = model.similarity(tensors["query.3"][None], tensors["document.4"][None])
    origin = metadata(__file__, *embeddings.PACKAGES)
    save_file(tensors | {"score": score.reshape(1, 1).float()}, MULTI / f"{name}.safetensors", metadata=origin)
    write_json(MULTI / f"{name}.json", origin | {
        "folder": name, "dimension": tensors["plain.0"].shape[-1], "texts": CHOSEN, "cases": [{"name": "plain"}]})
    size = sum(path.stat().st_size for path in (MULTI / name).rglob("*") if path.is_file())
    shapes = [tuple(tensors[f"{label}.3"].shape) for label in ("plain", "query", "document")]
    print(f"{name:20} {shapes}, {size // 1000} kB")


def write_multi(name, transformer, mask, change=None, after=(), **options):
    folder = MULTI / name
    shutil.rmtree(folder, ignore_errors=True)
    modules = [transformer, projection(), *after, mask, Normalize(module_input_name="token_embeddings")]
    model = MultiVectorEncoder(modules=modules, device="cpu", **options)
    model.eval().save(str(folder), create_model_card=False)
    if change:
        change(folder)
    write_multi_goldens(name)


def marked(folder):
    """Adds markers to a tokenizer as PyLate does: tokens that a lower-casing normaliser would never let through."""
    path = str(folder / "tokenizer.json")
    built = Tokenizer.from_file(path)
    built.add_tokens([AddedToken("[Q] ", normalized=True), AddedToken("[D] ", normalized=True)])
    built.save(path)


def multi_vector():
    MULTI.mkdir(parents=True, exist_ok=True)
    prompts = {"query": "[Q] ", "document": "[D] "}
    punctuation = list(string.punctuation)
    write_multi("fixed", embeddings.transformer(query_expansion=FIXED, document_length=20), MultiVectorMask(punctuation),
                prompts=prompts)
    write_multi("attended", embeddings.transformer(query_expansion=FIXED | {"attend": True, "length": 32}),
                MultiVectorMask(["swift", "the", "no such word"], skiplist_tasks=["query", "document"]))
    write_multi("least", embeddings.transformer(
        query_expansion=FIXED | {"strategy": "min", "length": 9, "token": "[UNK]"}, query_length=15), MultiVectorMask())
    write_multi("chosen", embeddings.transformer(query_length=7, document_length=30),
                MultiVectorMask(keep_only_token_ids=[vocabulary()[word] for word in ("swift", "the", ".", "a")]))

    words = len(vocabulary())

    def grown(size):
        """Room for tokens that are added."""
        config = BertConfig(
            vocab_size=size, hidden_size=HIDDEN, num_attention_heads=3, num_hidden_layers=2, intermediate_size=40,
            max_position_embeddings=POSITIONS)
        return embeddings.fill(BertModel(config)).eval()

    def pylate(folder):
        """Releases of PyLate before 4: two modules, everything else beside the prompts."""
        embeddings.rewrite(folder / "modules.json", [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Dense", "type": "pylate.models.Dense.Dense"}])
        embeddings.rewrite(folder / "1_Dense/config.json", {
            "in_features": HIDDEN, "out_features": 10, "bias": False,
            "activation_function": "torch.nn.modules.linear.Identity", "use_residual": False})
        embeddings.rewrite(folder / "sentence_bert_config.json", {"max_seq_length": 19, "do_lower_case": False})
        embeddings.rewrite(folder / "config_sentence_transformers.json", {
            "model_type": "ColBERT", "prompts": {}, "default_prompt_name": None, "similarity_fn_name": "MaxSim",
            "query_prefix": "[Q] ", "document_prefix": "[D] ", "query_length": 14, "document_length": 22,
            "attend_to_expansion_tokens": False, "skiplist_words": ["!", ".", ",", "swift"],
            "do_query_expansion": True})
        for extra in ("2_MultiVectorMask", "3_Normalize"):
            shutil.rmtree(folder / extra)
        grown(words + 2).save_pretrained(folder)
        marked(folder)

    write_multi("pylate", embeddings.transformer(), MultiVectorMask(), change=pylate)

    def stanford(metadata_file):
        def change(folder):
            """colbert-ai: one checkpoint with the product in it, and a file of settings."""
            model = grown(words)
            tensors = {f"bert.{key}": value.contiguous() for key, value in model.state_dict().items()}
            product = load_file(folder / "1_Dense/model.safetensors")["linear.weight"]
            save_file(tensors | {"linear.weight": product}, folder / "model.safetensors", metadata={"format": "pt"})
            config = embeddings.read(folder / "config.json")
            embeddings.rewrite(folder / "config.json", config | {"architectures": ["HF_ColBERT"]})
            for extra in ("1_Dense", "2_MultiVectorMask", "3_Normalize"):
                shutil.rmtree(folder / extra)
            for extra in ("modules.json", "config_sentence_transformers.json", "sentence_bert_config.json"):
                (folder / extra).unlink()
            if metadata_file:
                embeddings.rewrite(folder / "artifact.metadata", metadata_file)

        return change

    write_multi("colbert", embeddings.transformer(), MultiVectorMask(), change=stanford({
        "query_token_id": "swift", "doc_token_id": "[unused1]", "query_maxlen": 16, "doc_maxlen": 24,
        "attend_to_mask_tokens": False, "mask_punctuation": True, "dim": 10}))
    write_multi("colbert-bare", embeddings.transformer(), MultiVectorMask(), change=stanford(None))


PARTS = {part.__name__: part for part in (masked, sparse, routers, three_heads, multi_vector)}

if __name__ == "__main__":
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
