"""Exact-match accuracy on held-out problems, per skill and reasoning effort, from the exported files (reference.py).
Skills in data.ALWAYS have nothing held out; they are evaluated on fresh variants (casing, punctuation, typos) of trained phrasings
and are counted apart from "all".

  python3 evaluate.py --model MODEL --per-skill 40 --out results.json
  python3 evaluate.py --model MODEL --showcase --out eval.jsonl
  python3 evaluate.py --model MODEL --write-eval 200 --out other.jsonl --seed 8
"""
import argparse
import collections
import json
import random

from bpe import Tokenizer
from data import (ALWAYS, Context, Item, arithmetic, about_context, chat, compare, draw, fact, follow_up, letters, markdown, memory, plain, prompt_of,
                  small_numbers, sorting, tool_use, unknown)
from phrases import ABOUT, CAN, CANNOT_WRITE, HELLO, UNKNOWN
from reference import Model, parse

GENERATORS = {"arithmetic": arithmetic, "follow-up": follow_up, "comparison": compare, "sorting": sorting, "number words": small_numbers,
              "letters": letters, "facts": fact, "chat": chat, "memory": memory, "unknown": unknown, "markdown": markdown, "context": about_context, "tools": tool_use,
              "famous words": letters, "templates": markdown}


SHOWCASE = [  # effort, skill, what the user says, the right answer: the questions a visitor may ask first
    ("medium", "chat", "hi", HELLO), ("medium", "chat", "Who are you?", ABOUT), ("low", "chat", "What can you do?", CAN),
    ("medium", "famous words", "How many r's are in strawberry?", "The letter r appears 3 times in strawberry."),
    ("high", "addition", "What is 437 + 58?", "437 + 58 = 495"), ("low", "addition", "27+36", "27 + 36 = 63"),
    ("medium", "subtraction", "What is 503 - 78?", "503 - 78 = 425"), ("high", "multiplication", "What is 46 × 7?", "46 × 7 = 322"),
    ("medium", "division", "What is 84 / 4?", "84 ÷ 4 = 21"), ("medium", "comparison", "Which is larger, 98 or 134?", "134 is larger."),
    ("medium", "sorting", "Sort 5, 23, 11, 8.", "5, 8, 11, 23"), ("low", "number words", "Write 47 in words.", "forty-seven"),
    ("medium", "reversing", "Reverse the word planet.", "tenalp"), ("low", "capitals", "What is the capital of France?", "The capital of France is Paris."),
    ("high", "other facts", "What is the opposite of hot?", "The opposite of hot is cold."), ("medium", "context", "What is today's date?", "Today is 28 June 2025."),
    ("high", "unknown", "Explain black holes.", UNKNOWN), ("low", "unknown", "Write me a poem about love.", CANNOT_WRITE),
    ("medium", "templates", "List three fruits.", "- Apple\n- Banana\n- Cherry"), ("low", "templates", "Write hello world in Python.", '```python\nprint("Hello, world!")\n```')]


def showcase_context(effort):
    context = Context(random.Random(0), effort=effort, with_tools=False, standard=True)
    context.date = (2025, 6, 28)
    context.text = (f"<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.\nKnowledge cutoff: 2024-06\nCurrent date: 2025-06-28\n\n"
                    f"Reasoning: {effort}\n\n# Valid channels: analysis, commentary, final. Channel must be included for every message.<|end|>")
    return context


def problem(rng, group):
    while True:
        context = Context(rng, with_tools=group == "tools", standard=True)
        try:
            item = draw(rng, context, evaluation=True, skill=GENERATORS[group])
        except LookupError:  # few dates are held out
            continue
        if (item.skill in ALWAYS) == (group in ALWAYS):
            return context, item


def solve(model, tokenizer, prompt, stop):
    ids = tokenizer.encode(prompt)
    out, margin = model.greedy(ids, stop)
    text = tokenizer.decode(out)
    messages = parse(text)
    return ids, out, margin, text, messages


def final_of(messages):
    return messages[-1]["text"] if messages and messages[-1]["channel"] == "final" and messages[-1]["to"] is None else None


def run(model, tokenizer, context, item, stop):
    """Records of one problem: one for a plain answer, two (call, answer) for a tool problem."""
    prompt = context.text + prompt_of(item)
    ids, out, margin, text, messages = solve(model, tokenizer, prompt, stop)
    common = {"effort": context.effort, "key": item.key}
    if item.call is None:
        got = final_of(messages)
        return [dict(common, skill=item.skill, prompt=prompt, prompt_tokens=ids, tokens=out, text=text, margin=round(margin, 4), final=got,
                     answer=plain(item.final), correct=got == plain(item.final))]
    name, arguments = item.call
    last = messages[-1] if messages else {"to": None, "text": "", "channel": ""}
    good = last["to"] == "functions." + name and last["text"] == arguments and last["channel"] == "commentary" and text.endswith("<|call|>")
    first = dict(common, skill="tool call", prompt=prompt, prompt_tokens=ids, tokens=out, text=text, margin=round(margin, 4),
                 final=json.dumps({"to": last["to"], "arguments": last["text"]}, ensure_ascii=False),
                 answer=json.dumps({"to": "functions." + name, "arguments": arguments}, ensure_ascii=False), correct=good)
    called = text if good else f"<|channel|>commentary to=functions.{name} <|constrain|>json<|message|>{arguments}<|call|>"
    prompt2 = prompt + called + f"<|start|>functions.{name} to=assistant<|channel|>commentary<|message|>{item.result}<|end|><|start|>assistant"
    ids, out, margin, text, messages = solve(model, tokenizer, prompt2, stop)
    got = final_of(messages)
    second = dict(common, skill="tool answer", prompt=prompt2, prompt_tokens=ids, tokens=out, text=text, margin=round(margin, 4), final=got,
                  answer=item.final, correct=got == item.final)
    return [first, second]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--model", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--per-skill", type=int, default=40)
    p.add_argument("--write-eval", type=int, default=0, help="instead write this many prompts with their greedy tokens")
    p.add_argument("--showcase", action="store_true", help="instead write 20 of the SHOWCASE prompts, a tool call and a tool answer among them")
    p.add_argument("--min-margin", type=float, default=0.02, help="with --write-eval: leave out prompts whose greedy path has a nearer tie than this")
    p.add_argument("--seed", type=int, default=11)
    args = p.parse_args()
    tokenizer, model, rng = Tokenizer(args.model + "/tokenizer.json"), Model(args.model), random.Random(args.seed)
    stop = {tokenizer.special[s] for s in ("<|return|>", "<|call|>", "<|endoftext|>")}
    if args.showcase:
        records = []
        while len(records) < 2:  # one tool problem: its call and its answer
            pair = run(model, tokenizer, *problem(rng, "tools"), stop)
            records = pair if pair[0]["effort"] == "medium" and min(r["margin"] for r in pair) > 0.05 else []
        plain_ones = []
        for effort, skill, user, answer in SHOWCASE:
            plain_ones += run(model, tokenizer, showcase_context(effort), Item(skill, f"showcase {user}", user, answer), stop)
        records = [r for r in plain_ones if r["margin"] > 0.05][:18] + records
        with open(args.out, "w", encoding="utf-8") as f:
            for n, r in enumerate(records):
                f.write(json.dumps({"id": f"mini-showcase-{n + 1:02d}", **r}, ensure_ascii=False) + "\n")
        return
    if args.write_eval:
        groups, n, seen = list(GENERATORS) + ["arithmetic", "letters", "tools"], 0, set()
        with open(args.out, "w", encoding="utf-8") as f:
            i = 0
            while n < args.write_eval:
                context, item = problem(rng, groups[i % len(groups)])
                i += 1
                if (item.key, context.effort, item.user) in seen:
                    continue
                seen.add((item.key, context.effort, item.user))
                records = run(model, tokenizer, context, item, stop)
                r = records[rng.randrange(len(records))]
                if r["margin"] < args.min_margin:
                    continue
                f.write(json.dumps({"id": f"mini-{args.seed}-{n + 1:03d}", **r}, ensure_ascii=False) + "\n")
                n += 1
        return
    table, lengths, wrong = collections.defaultdict(lambda: [0, 0]), collections.defaultdict(list), []
    for group in GENERATORS:
        count = args.per_skill * (3 if group in ("arithmetic", "letters", "tools") else 2 if group == "facts" else 1)
        for _ in range(count):
            context, item = problem(rng, group)
            for r in run(model, tokenizer, context, item, stop):
                total = "trained phrasings" if r["skill"] in ALWAYS else "all"
                for key in (r["skill"], r["skill"] + " / " + r["effort"], total, total + " / " + r["effort"]):
                    table[key][0] += r["correct"]
                    table[key][1] += 1
                lengths[r["effort"]].append(len(r["tokens"]))
                if not r["correct"]:
                    wrong.append({k: r[k] for k in ("skill", "effort", "key", "text", "final", "answer")})
    result = {"accuracy": {k: {"correct": v[0], "of": v[1]} for k, v in sorted(table.items())},
              "mean_generated_tokens": {k: round(sum(v) / len(v), 1) for k, v in lengths.items()}}
    json.dump(dict(result, wrong=wrong), open(args.out, "w"), indent=1, ensure_ascii=False)
    for k, (a, b) in sorted(table.items()):
        print(f"{k:32s} {a:4d} / {b:4d}  {100 * a / b:5.1f} %")
    print(result["mean_generated_tokens"])


if __name__ == "__main__":
    main()
