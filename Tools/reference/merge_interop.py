"""Checks that Python's libraries open the folders that `needletail models merge` writes and agree on their vectors.

    python Tools/reference/merge_interop.py NEEDLETAIL

The adapters of the tests are merged with their bases by NEEDLETAIL, the program. sentence-transformers and transformers
load the folders without PEFT; states and vectors must lie within 2e-5, scores and weights of words within 1e-4, of those
that the base gives with the adapter in PEFT, which the tests' own files hold. In float16 and bfloat16 the weights are those that PEFT merges in float32, rounded;
where its sum lies at the middle of two numbers the last bit may differ, in a few at most.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from peft import PeftModel
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer
from transformers import AutoModel, T5ForConditionalGeneration
from transformers.utils import logging

import head_adapter_fixtures as tasks

TESTS = Path(__file__).resolve().parents[2] / "Tests"
FIXTURES = TESTS / "NeedletailModelsTests/Fixtures"
ADAPTERS = TESTS / "NeedletailModelsTests/Adapters"
TOLERANCE = 2e-5
SCORES = 1e-4


def merge(program, base, output, *adapters):
    options = [option for adapter in adapters for option in ("--adapter", str(adapter))]
    subprocess.run([program, "models", "merge", str(base), *options, "--output", str(output), "--quiet"],
                   stdout=subprocess.DEVNULL, check=True)


def states_differ(folder, cases, golden):
    model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    largest = 0.0
    for index, case in enumerate(cases):
        with torch.inference_mode():
            found = model(input_ids=torch.tensor([case["ids"]])).last_hidden_state[0]
        largest = max(largest, (found - golden[f"states.{index}"]).abs().max().item())
    return largest


def steps_apart(found, wanted):
    """How many numbers are a step of their type away from the wanted ones; none may be farther."""
    steps = (found.view(torch.int16).int() - wanted.view(torch.int16).int()).abs()
    if steps.max().item() > 1:
        raise SystemExit(f"a number is {steps.max().item()} steps away")
    return int(steps.sum().item())


def task_differs(folder, name, about):
    """How far the scores or vectors of a merged folder are from those of base and adapter."""
    if name == "asked-t5":
        model = T5ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
        found = {"scores": tasks.pairs.answers(
            model, tasks.pairs.piece_tokenizer(), tasks.pairs.DEFAULTS["T5"], lambda x: torch.softmax(x, -1), tasks.PAIRS,
            cuts=0)}
    else:
        model_class, compute, _ = tasks.KINDS[about["kind"]]
        found = compute(model_class(str(folder), device="cpu", local_files_only=True))
    golden = load_file(tasks.ADAPTERS / f"{name}.safetensors")
    return max((found[key] - golden[key]).abs().max().item() for key in golden)


def task_differences(program, place):
    """Merged cross-encoders, sparse and multi-vector models, and those that their own `save` wrote as adapters."""
    differences, scores = {}, {}
    for file in sorted(tasks.ADAPTERS.glob("*.json")):
        name, about = file.stem, json.loads(file.read_text())
        if name.endswith("-words"):  # no folder of weights can hold them
            continue
        base = tasks.FIXTURES / about["base"]
        found = differences if about["kind"] == "multi-vector" else scores
        merge(program, base, place / name, tasks.ADAPTERS / name)
        found[name] = task_differs(place / name, name, about)
        if (tasks.ADAPTERS / name / "modules.json").exists():
            shutil.copytree(tasks.ADAPTERS / name, place / f"{name}-adapter")
            config = place / f"{name}-adapter/adapter_config.json"
            config.write_text(config.read_text().replace('"BASE"', json.dumps(str(base))))
            merge(program, place / f"{name}-adapter", place / f"{name}-alone")
            found[f"{name}-alone"] = task_differs(place / f"{name}-alone", name, about)
    return differences, scores


def main(program):
    differences = {}
    with tempfile.TemporaryDirectory() as place:
        place = Path(place)
        sentence = TESTS / "NeedletailEmbeddingTests"
        merge(program, sentence / "Fixtures/cased", place / "sentence", sentence / "Adapters/sentence")
        texts = json.loads((sentence / "Adapters/sentence.json").read_text())["texts"]
        model = SentenceTransformer(str(place / "sentence"), device="cpu")
        golden = load_file(sentence / "Adapters/sentence.safetensors")["vectors"]
        differences["sentence"] = (torch.from_numpy(model.encode(texts)) - golden).abs().max().item()
        # The folder of an adapter alone, which names its base.
        shutil.copytree(sentence / "Adapters/sentence", place / "adapter")
        file = place / "adapter/adapter_config.json"
        file.write_text(file.read_text().replace('"BASE"', json.dumps(str(sentence / "Fixtures/cased"))))
        merge(program, place / "adapter", place / "alone")
        model = SentenceTransformer(str(place / "alone"), device="cpu")
        differences["alone"] = (torch.from_numpy(model.encode(texts)) - golden).abs().max().item()
        for name in ("bert-attention", "bert-everything", "gpt2", "llama"):
            about = json.loads((ADAPTERS / name / "cases.json").read_text())
            merge(program, FIXTURES / about["base"], place / name, ADAPTERS / name)
            golden = load_file(ADAPTERS / name / "golden.safetensors")
            differences[name] = states_differ(place / name, about["cases"], golden)
        merge(program, FIXTURES / "bert", place / "stacked", ADAPTERS / "bert-attention",
              f"{ADAPTERS / 'bert-everything'}=0.5")
        cases = json.loads((ADAPTERS / "bert-attention/cases.json").read_text())["cases"]
        differences["stacked"] = states_differ(place / "stacked", cases, load_file(ADAPTERS / "stacked.safetensors"))
        for name, dtype in (("bert-float16", torch.float16), ("bert-bfloat16", torch.bfloat16)):
            merge(program, FIXTURES / name, place / name, ADAPTERS / "bert-float16")
            base = AutoModel.from_pretrained(FIXTURES / name, dtype=torch.float32)
            wanted = PeftModel.from_pretrained(base, ADAPTERS / "bert-float16").merge_and_unload().state_dict()
            model = AutoModel.from_pretrained(place / name)
            if model.dtype != dtype:
                raise SystemExit(f"{name}: the type became {model.dtype}")
            off = sum(steps_apart(value, wanted[key].to(dtype)) for key, value in model.state_dict().items()
                      if value.is_floating_point())
            print(f"{name:16} {off} numbers rounded the other way")
            if off > 4:
                return 1
        vectors, scores = task_differences(program, place)
        differences |= vectors
    for name, difference in (differences | scores).items():
        print(f"{name:24} largest difference {difference:.2e}")
    return 0 if max(differences.values()) <= TOLERANCE and max(scores.values()) <= SCORES else 1


if __name__ == "__main__":
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    sys.exit(main(sys.argv[1]))
