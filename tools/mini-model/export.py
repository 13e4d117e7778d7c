"""Write a trained checkpoint as a Hugging Face gpt-oss folder: two safetensors shards, MXFP4 experts, all else BF16.

  python3 export.py --checkpoint run/final.pt --target MODEL
"""
import argparse
import json
import os
import struct

import numpy as np
import torch

from model import GptOss, load_config, mxfp4_round

FP4_VALUES = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6], dtype=np.float64)


def to_bf16(t):
    """float32 tensor -> (BF16 bytes, shape), rounding to nearest even."""
    return t.detach().float().cpu().to(torch.bfloat16).contiguous().view(torch.int16).numpy().astype("<i2").tobytes(), list(t.shape)


def to_mxfp4(w):
    """float32 [experts, rows, columns] -> blocks [experts, rows, groups, 16] and scales [experts, rows, groups], both uint8.

    A byte holds two values: the even column in its low nibble, the odd one in its high nibble."""
    experts, rows, columns = w.shape
    x = w.detach().float().cpu().reshape(experts, rows, columns // 32, 32)
    exponent = torch.ceil(torch.log2(x.abs().amax(-1).clamp_min(2.0**-100) / 6.0))
    values = (mxfp4_round(x.reshape(-1, 32)).reshape(x.shape).double() / torch.exp2(exponent.double()).unsqueeze(-1)).numpy()
    code = np.searchsorted(FP4_VALUES, np.abs(values))
    assert np.array_equal(FP4_VALUES[code], np.abs(values)), "not an FP4 value"
    code = (code + 8 * np.signbit(values)).astype(np.uint8)
    blocks = code[..., 0::2] | (code[..., 1::2] << 4)
    scales = (exponent.numpy() + 127).astype(np.int64)
    assert scales.min() >= 0 and scales.max() <= 254
    return blocks, scales.astype(np.uint8)


def write_safetensors(path, tensors):
    """tensors: name -> (dtype, shape, bytes)."""
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    order = sorted(tensors, key=lambda n: (tensors[n][0] == "U8", n))  # wider types first keeps every tensor aligned
    for name in order:
        dtype, shape, data = tensors[name]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for name in order:
            f.write(tensors[name][2])
    return offset


def interleave(t):
    """Rows [gates..., ups...] -> [gate 0, up 0, gate 1, up 1, ...] along dimension 1."""
    half = t.shape[1] // 2
    return torch.stack([t[:, :half], t[:, half:]], 2).reshape(t.shape)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--checkpoint", required=True)
    p.add_argument("--target", required=True)
    args = p.parse_args()
    config = load_config(args.target + "/config.json")
    model = GptOss(config)
    model.load_state_dict(torch.load(args.checkpoint, map_location="cpu")["model"])

    per_layer = []
    for i, layer in enumerate(model.layers):
        base, out = f"model.layers.{i}.", {}

        def bf16(name, t):
            data, shape = to_bf16(t)
            out[base + name] = ("BF16", shape, data)

        def mxfp4(name, t):
            blocks, scales = to_mxfp4(t)
            out[base + name + "_blocks"] = ("U8", list(blocks.shape), blocks.tobytes())
            out[base + name + "_scales"] = ("U8", list(scales.shape), scales.tobytes())

        bf16("input_layernorm.weight", layer.input_layernorm.weight)
        bf16("post_attention_layernorm.weight", layer.post_attention_layernorm.weight)
        for n in ("q_proj", "k_proj", "v_proj", "o_proj"):
            bf16(f"self_attn.{n}.weight", getattr(layer, n).weight)
            bf16(f"self_attn.{n}.bias", getattr(layer, n).bias)
        bf16("self_attn.sinks", layer.sinks)
        bf16("mlp.router.weight", layer.router.weight)
        bf16("mlp.router.bias", layer.router.bias)
        bf16("mlp.experts.gate_up_proj_bias", interleave(layer.gate_up_bias))
        bf16("mlp.experts.down_proj_bias", layer.down_bias)
        mxfp4("mlp.experts.gate_up_proj", interleave(layer.gate_up))
        mxfp4("mlp.experts.down_proj", layer.down)
        per_layer.append(out)
    ends = {}
    for name, t in (("model.embed_tokens.weight", model.embed_tokens.weight), ("model.norm.weight", model.norm.weight), ("lm_head.weight", model.lm_head.weight)):
        data, shape = to_bf16(t)
        ends[name] = ("BF16", shape, data)

    half = len(per_layer) // 2
    shards = [{k: v for layer in per_layer[:half + 1] for k, v in layer.items()}, {k: v for layer in per_layer[half + 1:] for k, v in layer.items()} | ends]
    weight_map, total = {}, 0
    for i, shard in enumerate(shards):
        name = f"model-{i + 1:05d}-of-{len(shards):05d}.safetensors"
        total += write_safetensors(os.path.join(args.target, name), shard)
        weight_map.update({k: name for k in shard})
    json.dump({"metadata": {"total_size": total}, "weight_map": dict(sorted(weight_map.items()))}, open(args.target + "/model.safetensors.index.json", "w"), indent=2)
    print("tensor bytes", total)


if __name__ == "__main__":
    main()
