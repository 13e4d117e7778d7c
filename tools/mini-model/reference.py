"""gpt-oss inference in NumPy (float32), from the files of a Hugging Face folder alone: an implementation apart from the
training code, used for all reported accuracies and for the expected tokens in eval.jsonl.

  python3 reference.py MODEL "What is 347 + 586?" medium
"""
import json
import math
import os
import struct
import sys

import numpy as np

from bpe import Tokenizer

FP4 = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6], dtype=np.float32)


def read_safetensors(path):
    with open(path, "rb") as f:
        size = struct.unpack("<Q", f.read(8))[0]
        header = json.loads(f.read(size))
        data = f.read()
    out = {}
    for name, t in header.items():
        if name == "__metadata__":
            continue
        raw = data[t["data_offsets"][0]:t["data_offsets"][1]]
        if t["dtype"] == "BF16":
            out[name] = (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32).reshape(t["shape"])
        elif t["dtype"] == "U8":
            out[name] = np.frombuffer(raw, np.uint8).reshape(t["shape"])
        else:
            raise ValueError(t["dtype"])
    return out


def dequantise(blocks, scales):
    """MXFP4 -> float32 [experts, rows, columns]."""
    values = np.stack([FP4[blocks & 15], FP4[blocks >> 4]], -1).reshape(*blocks.shape[:-1], 32)
    values = values * np.exp2(scales.astype(np.float32) - 127)[..., None]
    return values.reshape(*blocks.shape[:2], -1).astype(np.float32)


def rms_norm(x, weight, eps):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + np.float32(eps)) * weight


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


class Model:
    def __init__(self, folder):
        self.config = c = json.load(open(os.path.join(folder, "config.json")))
        index = json.load(open(os.path.join(folder, "model.safetensors.index.json")))
        tensors = {}
        for shard in sorted(set(index["weight_map"].values())):
            tensors.update(read_safetensors(os.path.join(folder, shard)))
        assert set(tensors) == set(index["weight_map"])
        self.w = tensors
        for i in range(c["num_hidden_layers"]):
            for name in ("gate_up_proj", "down_proj"):
                base = f"model.layers.{i}.mlp.experts.{name}"
                tensors[base] = dequantise(tensors.pop(base + "_blocks"), tensors.pop(base + "_scales"))
        r, d = c["rope_scaling"], c["head_dim"]
        freq = np.float64(c["rope_theta"]) ** (np.arange(0, d, 2) / d)
        def bound(beta):
            return d / 2 * math.log(r["original_max_position_embeddings"] / (beta * 2 * math.pi)) / math.log(c["rope_theta"])
        low, high = bound(r["beta_fast"]), bound(r["beta_slow"])
        ramp = np.clip((np.arange(d // 2) - low) / (high - low), 0, 1)
        self.inv_freq = 1 / (r["factor"] * freq) * ramp + 1 / freq * (1 - ramp)
        self.concentration = 0.1 * math.log(r["factor"]) + 1
        self.trace = None

    def new_cache(self):
        return [None] * self.config["num_hidden_layers"]

    def rope(self, x, positions):
        angle = positions[:, None] * self.inv_freq[None]
        cos, sin = (np.cos(angle) * self.concentration).astype(np.float32)[:, None], (np.sin(angle) * self.concentration).astype(np.float32)[:, None]
        a, b = np.split(x, 2, -1)
        return np.concatenate([a * cos - b * sin, b * cos + a * sin], -1)

    def forward(self, ids, cache):
        """Logits after the last of `ids`; the cache (keys and values per layer) grows by them."""
        c, w = self.config, self.w
        H, KV, d, k = c["num_attention_heads"], c["num_key_value_heads"], c["head_dim"], c["num_experts_per_tok"]
        start = 0 if cache[0] is None else cache[0][0].shape[0]
        n = len(ids)
        positions = np.arange(start, start + n)
        x = w["model.embed_tokens.weight"][ids]
        for i in range(c["num_hidden_layers"]):
            p = f"model.layers.{i}."
            t = rms_norm(x, w[p + "input_layernorm.weight"], c["rms_norm_eps"])
            q, kk, vv = (t @ w[p + f"self_attn.{m}_proj.weight"].T + w[p + f"self_attn.{m}_proj.bias"] for m in "qkv")
            q, kk, vv = self.rope(q.reshape(n, H, d), positions), self.rope(kk.reshape(n, KV, d), positions), vv.reshape(n, KV, d)
            if cache[i] is not None:
                kk, vv = np.concatenate([cache[i][0], kk]), np.concatenate([cache[i][1], vv])
            cache[i] = (kk, vv)
            distance = positions[:, None] - np.arange(start + n)[None]
            hidden = distance < 0
            if c["layer_types"][i] == "sliding_attention":
                hidden |= distance >= c["sliding_window"]
            keys, values = np.repeat(kk, H // KV, 1), np.repeat(vv, H // KV, 1)  # [positions, H, d]
            score = q.transpose(1, 0, 2) @ keys.transpose(1, 2, 0) * np.float32(1 / math.sqrt(d))  # [H, n, positions]
            score[:, hidden] = -np.inf
            sink = np.broadcast_to(w[p + "self_attn.sinks"][:, None, None], (H, n, 1))
            attended = (softmax(np.concatenate([score, sink], -1))[..., :-1] @ values.transpose(1, 0, 2)).transpose(1, 0, 2)
            x = x + attended.reshape(n, H * d) @ w[p + "self_attn.o_proj.weight"].T + w[p + "self_attn.o_proj.bias"]
            t = rms_norm(x, w[p + "post_attention_layernorm.weight"], c["rms_norm_eps"])
            router = t @ w[p + "mlp.router.weight"].T + w[p + "mlp.router.bias"]
            chosen = np.argsort(-router, -1, kind="stable")[:, :k]
            share = softmax(np.take_along_axis(router, chosen, -1))
            experts = (w[p + "mlp.experts." + m] for m in ("gate_up_proj", "gate_up_proj_bias", "down_proj", "down_proj_bias"))
            out = self.experts(t, chosen, share, *experts)
            x = x + out
            if self.trace is not None:
                self.trace.append({"residual": x[-1].copy(), "experts": chosen[-1].tolist(), "expert_weights": share[-1].tolist()})
        return rms_norm(x[-1], w["model.norm.weight"], c["rms_norm_eps"]) @ w["lm_head.weight"].T

    def experts(self, t, chosen, share, w1, b1, w2, b2):
        limit = self.config["swiglu_limit"]

        def swiglu(u):
            gate, up = np.minimum(u[..., 0::2], limit), np.clip(u[..., 1::2], -limit, limit)
            return gate / (1 + np.exp(-1.702 * gate)) * (up + 1)

        if len(t) == 1:
            e = chosen[0]
            act = swiglu(w1[e] @ t[0] + b1[e])
            return share @ ((w2[e] @ act[..., None])[..., 0] + b2[e])
        out = np.zeros_like(t)
        for e in np.unique(chosen):
            rows, slot = np.nonzero(chosen == e)
            out[rows] += (swiglu(t[rows] @ w1[e].T + b1[e]) @ w2[e].T + b2[e]) * share[rows, slot][:, None]
        return out

    def greedy(self, ids, stop, limit=260):
        """Greedy continuation with its smallest gap between the best and the second logit."""
        cache, out, margin = self.new_cache(), [], math.inf
        logits = self.forward(ids, cache)
        while len(out) < limit:
            best = int(logits.argmax())
            margin = min(margin, float(logits[best] - np.partition(logits, -2)[-2]))
            out.append(best)
            if best in stop:
                break
            logits = self.forward([best], cache)
        return out, margin


def parse(text):
    """Messages that the assistant generated after the prompt's '<|start|>assistant'."""
    messages = []
    for part in text.split("<|start|>assistant"):
        if "<|message|>" not in part:
            continue
        head, body = part.split("<|message|>", 1)
        for end in ("<|end|>", "<|return|>", "<|call|>"):
            body = body.split(end)[0]
        head = head.replace("<|channel|>", "").replace("<|constrain|>", "")
        words = head.split()
        to = [x[3:] for x in words if x.startswith("to=")]
        messages.append({"channel": words[0] if words else "", "to": to[0] if to else None, "text": body})
    return messages


if __name__ == "__main__":
    folder, question, effort = sys.argv[1], sys.argv[2], (sys.argv[3:] or ["medium"])[0]
    tokenizer, model = Tokenizer(os.path.join(folder, "tokenizer.json")), Model(folder)
    prompt = ("<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.\nKnowledge cutoff: 2024-06\nCurrent date: 2025-06-28\n\n"
              f"Reasoning: {effort}\n\n# Valid channels: analysis, commentary, final. Channel must be included for every message.<|end|>"
              f"<|start|>user<|message|>{question}<|end|><|start|>assistant")
    stop = [tokenizer.special["<|return|>"], tokenizer.special["<|call|>"]]
    ids, margin = model.greedy(tokenizer.encode(prompt), stop)
    print(tokenizer.decode(ids), f"\n[{len(ids)} tokens, smallest margin {margin:.3f}]")
