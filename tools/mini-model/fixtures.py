"""Write fixtures.json: for one prompt, what each layer does at the last position, so that kernels can be checked in steps.

  python3 fixtures.py MODEL fixtures.json
"""
import json
import os
import sys

import numpy as np

from bpe import Tokenizer
from reference import Model

folder, target = sys.argv[1:]
tokenizer, model = Tokenizer(os.path.join(folder, "tokenizer.json")), Model(folder)
prompt = ("<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.\nKnowledge cutoff: 2024-06\nCurrent date: 2025-06-28\n\n"
          "Reasoning: medium\n\n# Valid channels: analysis, commentary, final. Channel must be included for every message.<|end|>"
          "<|start|>user<|message|>What is 347 + 586?<|end|><|start|>assistant")
ids = tokenizer.encode(prompt)
stop = {tokenizer.special[s] for s in ("<|return|>", "<|call|>")}
out, margin = model.greedy(ids, stop)


def numbers(a):
    return [round(float(v), 5) for v in np.asarray(a).reshape(-1)]


def trace(prefix):
    model.trace = []
    logits = model.forward(prefix, model.new_cache())
    layers, model.trace = model.trace, None
    return {"layers": [{"residual": numbers(t["residual"]), "experts": t["experts"], "expert_weights": numbers(t["expert_weights"])} for t in layers], "logits": numbers(logits)}


strings = ["What is 347 + 586?", "strawberry", "São Tomé × 12.5 °C", "  two  spaces\n\nand\tlines", "It's I'LL we've", "1234567", "naïve 日本語 🙂", "<|start|>user<|message|>x<|end|>", "def f(a, b):\n    return a + b", ""]
json.dump({"note": "float32, whole prefix in one pass; residual = hidden state at the last position after the layer",
           "tokenizer": [{"text": s, "ids": tokenizer.encode(s)} for s in strings],
           "prompt": prompt, "prompt_tokens": ids, "greedy_tokens": out, "greedy_text": tokenizer.decode(out), "smallest_margin": round(margin, 4),
           "first_token_only": trace(ids[:1]), "at_end_of_prompt": trace(ids)}, open(target, "w", encoding="utf-8"), ensure_ascii=False)
