"""Train gpt-oss-mini on synthetic Harmony conversations (CPU, or CUDA where there is one).

  python3 train.py --config MODEL/config.json --tokenizer MODEL/tokenizer.json --out run --minutes 60
"""
import argparse
import math
import multiprocessing
import os
import random
import time

import torch
import torch.nn.functional as F

from bpe import Tokenizer
from data import Context, draw, segments
from model import GptOss, load_config


class Muon:
    """Momentum with orthogonalised updates (five Newton-Schulz iterations) for matrices; the leading dimension of a
    three-dimensional parameter counts experts."""

    def __init__(self, params, momentum=0.95):
        self.params, self.momentum = list(params), momentum
        self.state = [torch.zeros_like(p).share_memory_() for p in self.params]

    @torch.no_grad()
    def step(self, grads, rate, decay):
        groups = {}
        for i, p in enumerate(self.params):
            groups.setdefault(tuple(p.shape[-2:]), []).append(i)
        for (rows, cols), members in groups.items():
            updates = []
            for i in members:
                g, buf = grads[i], self.state[i]
                buf.mul_(self.momentum).add_(g)
                updates.append(g.add(buf, alpha=self.momentum).reshape(-1, rows, cols))
            x = torch.cat(updates, 0)
            if rows > cols:
                x = x.transpose(1, 2)
            x = x / (x.flatten(1).norm(dim=1).view(-1, 1, 1) + 1e-7)
            for _ in range(5):
                a = torch.bmm(x, x.transpose(1, 2))
                x = 3.4445 * x + torch.bmm(-4.7750 * a + 2.0315 * torch.bmm(a, a), x)
            if rows > cols:
                x = x.transpose(1, 2)
            x = x * max(1.0, rows / cols) ** 0.5
            start = 0
            for i in members:
                p = self.params[i]
                n = p.numel() // (rows * cols)
                p.mul_(1 - rate * decay).add_(x[start:start + n].reshape(p.shape), alpha=-rate)
                start += n


class Adam:
    def __init__(self, params, betas=(0.9, 0.98)):
        self.params, self.betas = list(params), betas
        self.m = [torch.zeros_like(p).share_memory_() for p in self.params]
        self.v = [torch.zeros_like(p).share_memory_() for p in self.params]

    @torch.no_grad()
    def step(self, grads, rate, t):
        b1, b2 = self.betas
        torch._foreach_mul_(self.m, b1)
        torch._foreach_add_(self.m, grads, alpha=1 - b1)
        torch._foreach_mul_(self.v, b2)
        torch._foreach_addcmul_(self.v, grads, grads, 1 - b2)
        denom = torch._foreach_sqrt(self.v)
        torch._foreach_div_(denom, math.sqrt(1 - b2**t))
        torch._foreach_add_(denom, 1e-9)
        torch._foreach_addcdiv_(self.params, self.m, denom, -rate / (1 - b1**t))


def build_batch(rng, tokenizer, conversations, chunk):
    """One context with its conversations, sorted by length and padded per chunk."""
    context = Context(rng)
    rows = []
    for _ in range(conversations):
        ids, trained = [], []
        for text, flag in segments(rng, context, draw(rng, context)):
            new = tokenizer.encode(text)
            ids += new
            trained += [flag] * len(new)
        rows.append((ids, trained))
    rows.sort(key=lambda r: len(r[0]))
    tokens = tokenizer.encode(context.text)
    prefix, chunks, wanted, targets = len(tokens), [], [], []
    pad = tokenizer.special["<|endoftext|>"]
    for i in range(0, len(rows), chunk):
        part = rows[i:i + chunk]
        L = max(len(ids) for ids, _ in part)
        chunks.append((len(tokens), len(part), L))
        for ids, trained in part:
            base = len(tokens)
            for j in range(1, len(ids)):
                if trained[j]:
                    wanted.append(base + j - 1)
                    targets.append(ids[j])
            tokens += ids + [pad] * (L - len(ids))
    return (torch.tensor(tokens), {"prefix": prefix, "chunks": chunks}, torch.tensor(wanted), torch.tensor(targets), sum(len(r[0]) for r in rows) + prefix)


def producer(queue, args, seed):
    rng, tokenizer = random.Random(seed), Tokenizer(args.tokenizer)
    while True:
        queue.put(tuple(x.numpy() if torch.is_tensor(x) else x for x in build_batch(rng, tokenizer, args.conversations, args.chunk)))


def schedule(progress, step):
    """Learning-rate factor: warm-up, a plateau, then a cosine down to 0.2 %."""
    return min(1.0, (step + 1) / 100) * (1.0 if progress < 0.2 else 0.002 + 0.998 * 0.5 * (1 + math.cos(math.pi * (progress - 0.2) / 0.8)))


def worker(rank, args, shared, muon, adam, names, counters, lock, start, queue):
    """Draw a batch, copy the shared weights, compute gradients, then update the shared weights under the lock."""
    torch.set_num_threads(args.threads)
    rng, tokenizer = random.Random(args.seed * 1000 + rank), Tokenizer(args.tokenizer)
    model = GptOss(shared.config).to(args.device)
    ours, theirs = dict(model.named_parameters()), dict(shared.named_parameters())
    loss_sum = correct = count = 0.0
    log = open(os.path.join(args.out, f"log-{rank}.txt"), "a")
    saved = time.time()
    while True:
        progress = (time.time() - start) / (args.minutes * 60)
        if progress >= 1:
            break
        if queue is None:
            tokens, layout, wanted, targets, used = build_batch(rng, tokenizer, args.conversations, args.chunk)
        else:
            tokens, layout, wanted, targets, used = (torch.from_numpy(x) if hasattr(x, "dtype") else x for x in queue.get())
        tokens, wanted, targets = tokens.to(args.device), wanted.to(args.device), targets.to(args.device)
        with torch.no_grad():
            for n, q in ours.items():
                q.copy_(theirs[n])
                q.grad = None
        stats = []
        logits = model(tokens, layout, wanted, quantise=progress >= args.quantise_from, stats=stats)
        loss = F.cross_entropy(logits, targets)
        balance = sum(s[0] for s in stats) / len(stats)
        (loss + args.balance * balance).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        with lock:
            step = int(counters[0])
            factor = schedule(progress, step)
            adam.step([ours[n].grad for n in names[1]], args.lr * factor, step + 1)
            muon.step([ours[n].grad for n in names[0]], args.muon * factor, args.decay)
            counters[0] += 1
            counters[1] += used
            counters[2] += len(targets)
        loss_sum, correct, count = loss_sum + loss.item(), correct + (logits.argmax(-1) == targets).float().mean().item(), count + 1
        if count == 25:
            now = time.time()
            line = (f"{now - start:.0f}s worker {rank} step {step} loss {loss_sum / count:.4f} token-acc {correct / count:.4f} balance {balance.item():.3f} "
                    f"max-share {max(s[1].item() for s in stats):.2f} lr {args.lr * factor:.2e} tokens {int(counters[1])} trained {int(counters[2])} tok/s {counters[1].item() / (now - start):.0f}")
            print(line, flush=True)
            log.write(line + "\n")
            log.flush()
            loss_sum = correct = count = 0.0
        if rank == 0 and time.time() - saved > 120:
            save(shared, counters, os.path.join(args.out, "checkpoint.pt"), start)
            saved = time.time()


def save(shared, counters, path, start):
    torch.save({"model": shared.state_dict(), "step": int(counters[0]), "tokens": int(counters[1]), "trained": int(counters[2]), "seconds": time.time() - start}, path + ".tmp")
    os.replace(path + ".tmp", path)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--config", required=True)
    p.add_argument("--tokenizer", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--minutes", type=float, default=60)
    p.add_argument("--conversations", type=int, default=64)
    p.add_argument("--chunk", type=int, default=16)
    p.add_argument("--lr", type=float, default=4e-3, help="Adam: embeddings, head, norms, biases, router, sinks")
    p.add_argument("--muon", type=float, default=0.02, help="Muon: attention and expert matrices")
    p.add_argument("--decay", type=float, default=0.1)
    p.add_argument("--quantise-from", type=float, default=0.5, help="share of the run after which experts are trained as MXFP4")
    p.add_argument("--balance", type=float, default=0.01)
    p.add_argument("--workers", type=int, default=2, help="processes that compute gradients (one on a GPU)")
    p.add_argument("--producers", type=int, default=0, help="processes that only generate batches (with a GPU: one per CPU core)")
    p.add_argument("--threads", type=int, default=1, help="threads per worker")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--init")
    args = p.parse_args()
    os.makedirs(args.out, exist_ok=True)
    queue = multiprocessing.Queue(64) if args.producers else None
    for i in range(args.producers):  # before the GPU is touched
        multiprocessing.Process(target=producer, args=(queue, args, args.seed * 100000 + i), daemon=True).start()
    torch.manual_seed(args.seed)
    args.device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(args.threads)

    shared = GptOss(load_config(args.config)).to(args.device)
    if args.init:
        shared.load_state_dict(torch.load(args.init, map_location=args.device)["model"])
    shared.share_memory()
    named = dict(shared.named_parameters())
    matrices = [n for n, q in named.items() if n.startswith("layers") and q.dim() >= 2 and "bias" not in n and "router" not in n]
    others = [n for n in named if n not in matrices]
    muon, adam = Muon(named[n] for n in matrices), Adam(named[n] for n in others)
    print("parameters", sum(q.numel() for q in named.values()), flush=True)
    counters = torch.zeros(3, dtype=torch.float64).share_memory_()
    lock, start = multiprocessing.Lock(), time.time()
    rest = (args, shared, muon, adam, (matrices, others), counters, lock, start, queue)
    if args.workers == 1:
        worker(0, *rest)
    else:
        workers = [multiprocessing.Process(target=worker, args=(i, *rest)) for i in range(args.workers)]
        for w in workers:
            w.start()
        for w in workers:
            w.join()
    save(shared, counters, os.path.join(args.out, "final.pt"), start)
    print("done", counters.tolist(), flush=True)


if __name__ == "__main__":
    main()
