#!/usr/bin/env python3
"""Little folders of NV-Embed, with and without `modules.json`, and the vectors that its formulas give.

    python Tools/reference/latent_attention_fixtures.py

NV-Embed's code is published beside its weights and not in a package: remote_models.py has the model, on transformers'
Mistral. The folders and goldens have the form of embedding_fixtures.py. Where `modules.json` lists a mean without the
prompt and a normalisation, a prompt's tokens are counted as sentence-transformers counts them, special ones included;
where there is none, the model's own `encode` counts them without. Either way the end of text follows every text.
"""

import shutil

import torch
from safetensors.torch import save_file
from transformers import PreTrainedTokenizerFast
from tokenizers import processors

import model_fixtures
import remote_models
from embedding_fixtures import FIXTURES, rewrite
from little_vocabulary import TEXTS, tokenizer, vocabulary
from provenance import metadata, write_json

LIMIT = 40
HIDDEN = 36
PROMPTS = {"query": "query: ", "passage": "Represent this document for retrieval: "}
CASES = [{"name": "plain"}, {"name": "by name", "prompt_name": "query"}, {"name": "given", "prompt": "what is "},
         {"name": "as a query", "method": "encode_query"}, {"name": "as a document", "method": "encode_document"}]
CONFIG = dict(
    architectures=["NVEmbedModel"], model_type="nvembed", hidden_size=HIDDEN, add_eos=True, add_pad_token=True,
    is_mask_instruction=True, mask_type="b", padding_side="right",
    text_config=dict(
        model_type="bidir_mistral", vocab_size=len(vocabulary()), hidden_size=HIDDEN, num_attention_heads=3,
        num_key_value_heads=1, num_hidden_layers=2, intermediate_size=40, max_position_embeddings=64,
        sliding_window=4, rms_norm_eps=1e-5, rope_theta=10000.0, hidden_act="silu"),
    latent_attention_config=dict(
        model_type="latent_attention", num_latents_value=9, num_cross_heads=2, cross_dim_head=7, hidden_dim=HIDDEN,
        latent_dim=HIDDEN, output_normalize=True))


def words():
    """A tokenizer that puts a mark before a text and none after it."""
    built = tokenizer()
    built.post_processor = processors.TemplateProcessing(
        single="[CLS] $A", pair="[CLS] $A $B:1", special_tokens=[("[CLS]", vocabulary()["[CLS]"])])
    return PreTrainedTokenizerFast(
        tokenizer_object=built, bos_token="[CLS]", eos_token="[SEP]", unk_token="[UNK]", pad_token="[PAD]",
        model_max_length=LIMIT)


def vector(model, wrapped, text, prompt, has_modules):
    ids = wrapped(prompt + text + wrapped.eos_token, truncation=True, max_length=LIMIT)["input_ids"]
    skipped = len(wrapped(prompt)["input_ids"] if has_modules else wrapped.tokenize(prompt)) if prompt else 0
    if has_modules and skipped and wrapped(prompt)["input_ids"][-1] in wrapped.all_special_ids:
        skipped -= 1
    if skipped >= len(ids):
        raise SystemExit("a prompt leaves no token")
    ids = torch.tensor([ids])
    with torch.inference_mode():
        states = model(ids, torch.ones_like(ids)).last_hidden_state[0]
    return torch.nn.functional.normalize(states[skipped:].mean(0), dim=0)


def write(name, has_modules):
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    wrapped = words()
    wrapped.save_pretrained(folder)
    model = remote_models.NVEmbed(CONFIG).eval()
    model_fixtures.fill(model, 1.2)
    save_file({key: tensor.clone() for key, tensor in model.state_dict().items()}, folder / "model.safetensors",
              metadata={"format": "pt"})
    rewrite(folder / "config.json", CONFIG)
    if has_modules:
        types = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
        rewrite(folder / "modules.json", [
            {"idx": index, "name": str(index), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for index, (path, kind) in enumerate(types.items())])
        rewrite(folder / "sentence_bert_config.json", {"max_seq_length": LIMIT, "do_lower_case": False})
        rewrite(folder / "1_Pooling/config.json", {
            "word_embedding_dimension": HIDDEN, "pooling_mode_mean_tokens": True, "include_prompt": False})
    rewrite(folder / "config_sentence_transformers.json", {"prompts": PROMPTS})
    inside = [text for text in TEXTS if len(wrapped(PROMPTS["passage"] + text)["input_ids"]) < LIMIT]
    cases = [case | ({} if case["name"] == "plain" else {"texts": inside}) for case in CASES]
    tensors = {}
    for index, case in enumerate(cases):
        chosen = {"encode_query": "query", "encode_document": "document"}.get(case.get("method"), case.get("prompt_name"))
        prompt = case.get("prompt", PROMPTS.get(chosen, ""))
        rows = [vector(model, wrapped, text, prompt, has_modules) for text in case.get("texts", TEXTS)]
        exact = [vector(model.double(), wrapped, text, prompt, has_modules) for text in case.get("texts", TEXTS)]
        model.float()
        gap = (torch.stack(rows) - torch.stack(exact)).abs().max().item()
        if gap > 4e-6:
            raise SystemExit(f"{name}: float32 is {gap} from float64")
        tensors[f"case.{index}"] = torch.stack(rows).contiguous()
    origin = metadata(__file__, "transformers", "torch", "tokenizers")
    save_file(tensors, FIXTURES / f"{name}.safetensors", metadata=origin)
    write_json(FIXTURES / f"{name}.json", origin | {
        "folder": name, "dimension": HIDDEN, "max_seq_length": LIMIT, "cases": cases})
    print(f"{name:20} {len(cases)} cases {tuple(tensors['case.0'].shape)}, {len(inside)} texts with prompts")
    return tensors


def main():
    torch.set_num_threads(1)
    listed, plain = write("nv-embed", True), write("nv-embed-plain", False)
    if (listed["case.1"] - plain["case.1"]).abs().max() < 2e-4:
        raise SystemExit("how a prompt's tokens are counted changes nothing")


if __name__ == "__main__":
    main()
