#!/usr/bin/env python3
"""Vectors and token states of the real all-MiniLM-L6-v2 for texts of every length and many scripts.

    python Tools/reference/minilm_goldens.py [MODEL_FOLDER]        (default: where `make model` puts it)

Writes, in Tests/NeedletailEmbeddingTests/Fixtures/minilm:

    texts.jsonl              {"text", "tokens"} a line; `tokens` counts [CLS] and [SEP], before truncation to 256
    embeddings.safetensors   `embeddings`, float32 [texts, 384], normalised, as sentence-transformers encodes them
    token_states.safetensors `tokens.N`, float32 [tokens, 384], before pooling, for a few short texts N

The texts are put together from the word lists below by a seeded generator, so that they belong to this repository.
"""

import json
import os
import random
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from transformers.utils import logging

from provenance import REPOSITORY, metadata

OUTPUT = REPOSITORY / "Tests/NeedletailEmbeddingTests/Fixtures/minilm"
SEED = 20262
# Without [CLS] and [SEP]: around the model's limit of 256, around BERT's of 512, and far beyond both.
EXACT = (252, 253, 254, 255, 256, 257, 258, 508, 509, 510, 511, 512, 513, 514, 600, 1200)
TOKEN_STATE_BYTES = 400_000

SCRIPTS = {
    "english": """the a swift bird river tower church evening summer insects nest wing feather flies sleeps sky cloud
        wind over under between quickly quietly old new bright narrow village engineer notebook market bridge train
        signal music letter garden winter mountain history question answer because although while every seven twelve
        photosynthesis misunderstanding unbelievably counterclockwise electroencephalography reorganization""",
    "german": """der Mauersegler fliegt über die Dächer einer alten Straße während Käufer größere Äpfel süß finden
        Überraschung Geschwindigkeitsbegrenzung Flüsse Möwe heißt trotzdem ungewöhnlich Schlüssel""",
    "french": """le martinet noir dort en volant élève français garçon où déjà l'été naïve cœur forêt hôtel aperçu
        être très près août""",
    "spanish": "el vencejo común mañana niño corazón ¿dónde está? ¡qué rápido! pingüino canción árbol año español",
    "vietnamese": "chim én bay nhanh trên bầu trời buổi chiều thành phố rất đẹp những người Việt Nam yêu tiếng hát",
    "turkish": "ebabil kuşu hızlı uçar İstanbul ışık öğretmen çiçek güneş yağmur şehir IĞDIR",
    "polish": "jerzyk szybko leci nad rzeką żółty źrebię łąka gęś ćma święto kość młody",
    "icelandic": "fuglinn flýgur hratt yfir ána það þýðir ævintýri eyðimörk þögn",
    "russian": "чёрный стриж летит быстро над рекой вечером учитель пишет письмо ещё объявление Москва подъезд",
    "ukrainian": "їжак і ґанок пташка летить швидко над річкою м'ята Київ щастя",
    "greek": "το μαύρο σταχτάρα πετάει γρήγορα πάνω από τον ποταμό Αθήνα ψυχή ὀξύς ΟΔΟΣ ϊΰ",
    "arabic": "السمامة تطير بسرعة فوق النهر في المساء مَدْرَسَة الكتاب القديم ماء؟ سلام، عليكم",
    "hebrew": "הסיס עף מהר מעל הנהר בערב שָׁלוֹם ספר ישן מגדל",
    "persian": "پرستو تند پرواز می‌کند کنار رودخانه گل‌ها چشم",
    "hindi": "अबाबील नदी के ऊपर तेज़ उड़ती है शाम को पुराना मंदिर विद्यार्थी क्षमा हिन्दी",
    "bengali": "পাখি নদীর উপর দ্রুত উড়ে যায় সন্ধ্যা বাংলা",
    "tamil": "பறவை ஆற்றின் மேல் வேகமாக பறக்கிறது தமிழ்",
    "thai": "นกแอ่นบินเร็ว เหนือแม่น้ำ ตอนเย็น ภาษาไทย น้ำใจ",
    "georgian": "ჩიტი სწრაფად დაფრინავს მდინარის თავზე საღამოს",
    "armenian": "թռչունը արագ թռչում է գետի վրայով երեկոյան",
    "chinese": "雨燕在河上快速飞翔 傍晚的老塔 学习语言 模型 向量搜索 龍 𠮷野家",
    "japanese": "アマツバメは川の上を速く飛ぶ 夕方の塔 ベクトル検索 カタカナ ｶﾀｶﾅ ひらがな 日本語",
    "korean": "칼새는 강 위를 빠르게 난다 저녁 오래된 탑 벡터 검색 한국어 각",
    "emoji": "🐦 🦅 🏔️ 👩‍🚀 🇮🇸 👍🏽 🎉 ❤️ 🧑🏿‍🤝‍🧑🏻 ☂ ✈",
    "symbols": "∑ ≤ € £ ½ ² № ™ → ﬁ Ａ１ ① ㎏ ⅷ ª ¼ ⁂ † ‰ ™ ° ± × ÷",
    "code": """func(x: Int) -> Bool { return x != 0 && y[3] <= 0x1F; } // TODO: fix_me #42 https://example.org/a?b=c&d=%20
        user.name@example.com C:\\path\\file.txt $HOME/bin v2.10.3-rc1 1,234.56 50% 2026-11-21T02:03:04Z""",
}

ODD = [
    "", " ", "\t\n\r ", "\u00a0\u2003\u3000", "\u0000", "\u0000\u0001\u0007", "a\u0000b", "\ufeff", "\u200b\u200d\u2060",
    "\ufffd", "\ue000 private \U000f0000", "\u0301", "e\u0301 \u0065\u0301", "\u1e9b\u0323", "İ I ı i", "ß ẞ ſ",
    "[CLS]", "[SEP] [PAD] [MASK] [UNK]", "[cls] [ MASK ]", "a[MASK]b", "##ing ##", "...", "!?!?", "- -- ---", "''", "“”‘’«»",
    "a" * 100, "a" * 101, "a" * 5000, "中" * 300, "é" * 120, "😀" * 40, "w " * 90, ". " * 64 + "end",
    "line one\nline two\r\nline three\u2028line four\u0085line five", "tab\tseparated\tvalues",
    "\u202eright to left override\u202c", "soft\u00adhyphen non\u2011breaking", "x\u0336y\u0336z\u0336", "Z̸̡̛͈͙̮a̶̢̛l̷g̴o",
    "MiXeD CaSe WoRdS And ACRONYMS like NASA", "don't can't it's o'clock rock'n'roll", "1 12 123 1234 12345 123456789",
    "under_score camelCase kebab-case dotted.name", "same same same same same same", "Same same SAME",
    "The swift sleeps while it flies.", "the swift sleeps while it flies", "Where do swifts sleep?",
]


def words(generator, name):
    return generator.choice(SCRIPTS[name].split())


def of_length(tokenizer, count, pick):
    """A text of exactly `count` tokens without special ones, from whatever `pick` gives."""
    count_tokens = lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)
    text, best = "", 0
    for _ in range(200_000):
        if best == count:
            return text
        word = pick()
        longer = f"{text} {word}".strip()
        length = count_tokens(longer)
        if best < length <= count:
            text, best = longer, length
    raise SystemExit(f"no text of {count} tokens")


def make_texts(tokenizer):
    """Texts of 0, 1, 2, ... 300 tokens in turn of script, then mixtures of exact lengths, then the odd ones."""
    generator = random.Random(SEED)
    names = list(SCRIPTS)
    texts = []
    for count in range(301):
        # English every other time; where a script's words are too long for what is left, English fills up.
        name = "english" if count % 2 else names[(count // 2) % len(names)]
        texts.append(of_length(
            tokenizer, count, lambda: words(generator, name if generator.random() < 0.9 else "english")))
    for count in EXACT:
        texts.append(of_length(tokenizer, count, lambda: words(generator, generator.choice(names))))
    for name in names:
        texts.append(" ".join(words(generator, name) for _ in range(6)))
    for _ in range(12):
        texts.append(" ".join(words(generator, generator.choice(names)) for _ in range(generator.randint(3, 40))))
    return texts + ODD


def main():
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(2)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = sys.argv[1] if len(sys.argv) > 1 else cache / "needletail/models/all-MiniLM-L6-v2"
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    if model.max_seq_length != 256:
        raise SystemExit(f"the limit is {model.max_seq_length}, not 256")
    tokenizer = type(model.tokenizer.backend_tokenizer).from_str(model.tokenizer.backend_tokenizer.to_str())
    tokenizer.no_truncation()
    tokenizer.no_padding()

    texts = make_texts(tokenizer)
    rows = [{"text": text, "tokens": len(tokenizer.encode(text).ids)} for text in texts]
    lengths = {row["tokens"] for row in rows}
    missing = sorted((set(range(2, 303)) | {count + 2 for count in EXACT}) - lengths)
    if len(texts) < 330 or missing:
        raise SystemExit(f"{len(texts)} texts; lengths without one: {missing}")

    encode = lambda batch: model.encode(batch, convert_to_tensor=True, show_progress_bar=False, batch_size=16)
    embeddings = torch.stack([encode(text) for text in texts]).contiguous()
    gap = (embeddings - encode(texts)).abs().max().item()
    if gap > 2e-6 or not torch.isfinite(embeddings).all():
        raise SystemExit(f"single texts and batches differ by {gap}")

    states, size = {}, 0
    short = [index for index, row in enumerate(rows) if row["tokens"] in (2, 3, 9, 17)]
    odd = [len(texts) - len(ODD) + position for position in (0, 6, 12, 17, 19)]
    for index in sorted(set(short[:8] + odd + [len(texts) - 1])):
        states[f"tokens.{index}"] = model.encode(
            texts[index], output_value="token_embeddings", show_progress_bar=False).float().contiguous()
        size += states[f"tokens.{index}"].numel() * 4
    if size > TOKEN_STATE_BYTES:
        raise SystemExit(f"token states of {size} bytes")

    OUTPUT.mkdir(parents=True, exist_ok=True)
    origin = metadata(__file__, "sentence-transformers", "transformers", "torch", "tokenizers")
    with open(OUTPUT / "texts.jsonl", "w", encoding="ascii") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    save_file({"embeddings": embeddings}, OUTPUT / "embeddings.safetensors", metadata=origin)
    save_file(states, OUTPUT / "token_states.safetensors", metadata=origin)
    print(f"{len(texts)} texts, {sum(row['tokens'] for row in rows)} tokens, {len(states)} token states of {size} bytes, "
          f"single texts within {gap:.1e} of batches")


if __name__ == "__main__":
    main()
