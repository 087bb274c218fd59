"""Writes unigram-training.golden.json: what the reference library's UnigramTrainer makes of generated texts.

    python Tools/reference/unigram_training_goldens.py

Characters without a probability of their own get a score from the order of a hash table, so every case is trained
several times, and `loose` names the tokens whose scores differed; a case whose tokens differ is an error.
"""

import json
import random
from pathlib import Path

import tokenizers
from provenance import REPOSITORY
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

FIXTURES = REPOSITORY / "Tests/NeedletailTokenizerTrainingTests/Fixtures"
SCRIPTS = ["abcd", "abcdefghijklmnop", "αβγδεζηθ", "абвгдеёжз", "かきくけこカキ漢字", "กขคงจ", "אבגדה", "🙂🙃👍e\u0301", "aäbß€𝒳"]


def words(seed, alphabet, count, longest):
    generator = random.Random(seed)
    stems = ["".join(generator.choice(alphabet) for _ in range(generator.randint(1, 5))) for _ in range(count // 3)]
    made = {}
    for _ in range(count):
        word = "".join(generator.choice(stems) for _ in range(generator.randint(1, 3)))[:longest]
        made[word] = made.get(word, 0) + generator.choice([1, 1, 2, 3, 7, 30])
    return made


def trained(counts, options):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    texts = (word for word, count in counts.items() for _ in range(count))
    tokenizer.train_from_iterator(texts, trainers.UnigramTrainer(show_progress=False, **options))
    return json.loads(tokenizer.to_str())["model"]


def case(counts, **options):
    options = {"unk_token": "<unk>", "special_tokens": ["<unk>"], **options}
    runs = [trained(counts, options) for _ in range(3)]
    pieces = [dict(run["vocab"]) for run in runs]
    if any(other.keys() != pieces[0].keys() for other in pieces):
        raise SystemExit("the tokens differ from run to run; choose another seed")
    loose = [token for token, score in pieces[0].items() if any(abs(run[token] - score) > 1e-9 for run in pieces)]
    return {"words": list(counts.items()), "options": options, "unk_id": runs[0]["unk_id"], "pieces": runs[0]["vocab"],
            "loose": loose}


def lines(seed):
    """Little texts of several scripts, with what the normalizer changes."""
    generator = random.Random(seed)
    pools = [list(words(seed + index, alphabet, 30, 12)) for index, alphabet in enumerate(SCRIPTS[:6])]
    return [" ".join(generator.choice(generator.choice(pools)) + generator.choice(["", "", ",", "．", "ﬁ", "①", "  "])
                     for _ in range(generator.randint(1, 20))) for _ in range(60)]


def whole(texts, size):
    """As the preset "unigram" of our own training says it."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(tokenizers.Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer.train_from_iterator(
        texts, trainers.UnigramTrainer(show_progress=False, vocab_size=size, special_tokens=special, unk_token="<unk>"))
    return {"texts": texts, "size": size, "pieces": json.loads(tokenizer.to_str())["model"]["vocab"]}


def main():
    cases = []
    for seed, alphabet in enumerate(SCRIPTS):
        counts = words(seed, alphabet, 120, 20)
        characters = len(set("".join(counts)))
        for size in (characters + 2, characters + 12, 70):
            cases.append(case(counts, vocab_size=size))
    counts = words(40, SCRIPTS[1], 150, 30)
    cases += [
        case(counts, vocab_size=60, max_piece_length=3), case(counts, vocab_size=60, max_piece_length=1),
        case(counts, vocab_size=60, shrinking_factor=0.3), case(counts, vocab_size=40, shrinking_factor=0.95),
        case(counts, vocab_size=40, n_sub_iterations=1), case(counts, vocab_size=40, n_sub_iterations=5),
        case(counts, vocab_size=60, special_tokens=["[A]", "[B]", "<unk>"]),
        case(counts, vocab_size=60, special_tokens=["[A]", "[B]"]),
        case(counts, vocab_size=60, initial_alphabet=["z", "y", "é", "a"]),
        case({"x": 1}, vocab_size=10), case({"abcabcabc": 5}, vocab_size=10), case({"ab" * 300: 2, "a": 1}, vocab_size=12),
    ]
    texts = lines(7)
    text = json.dumps({
        "tokenizers": tokenizers.__version__, "cases": cases, "whole": [whole(texts, size) for size in (150, 400)]},
        ensure_ascii=True, separators=(",", ":"))
    (FIXTURES / "unigram-training.golden.json").write_text(text + "\n")


main()
