"""References for models whose code is published beside their weights and not in transformers, from their papers and
configurations: plain modules with the names of the checkpoints, for model_fixtures.py."""

import math
from types import SimpleNamespace

import torch
from torch import nn
from torch.nn import functional as F


def slopes(heads):
    """ALiBi's slopes (arXiv:2108.12409): powers of 2^(-8/n), and every other one of twice as many for the rest."""
    power = 2 ** int(math.log2(heads))
    first = [2 ** (-8 * (i + 1) / power) for i in range(power)]
    rest = [2 ** (-8 * (i + 1) / (2 * power)) for i in range(0, 2 * power, 2)]
    return torch.tensor((first + rest)[:heads])


class Encoder(nn.Module):
    """What fixtures expect of a model: a configuration, and all states."""

    def __init__(self, config):
        super().__init__()
        self.config = SimpleNamespace(**config)

    def forward(self, input_ids, attention_mask, token_type_ids=None, output_hidden_states=True):
        types = torch.zeros_like(input_ids) if token_type_ids is None else token_type_ids
        states = self.embed(input_ids, types)
        seen = attention_mask[:, None, None, :] > 0
        everything = [states]
        for layer in self.stack():
            states = layer(states, seen)
            everything.append(states)
        return SimpleNamespace(last_hidden_state=states, hidden_states=everything)


def attend(q, k, v, heads, seen, bias=None):
    """Softmax attention of [batch, tokens, hidden]."""
    q, k, v = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (q, k, v))
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    if bias is not None:
        scores = scores + bias.to(scores)
    weights = scores.masked_fill(~seen, float("-inf")).softmax(-1)
    return (weights @ v).transpose(1, 2).flatten(2)


class Named(nn.Module):
    """A module of modules, by their names."""

    def __init__(this, /, **modules):
        super().__init__()
        for name, module in modules.items():
            this.add_module(name, module)


class JinaLayer(nn.Module):
    """A layer of JinaBERT v2 (arXiv:2310.19923): symmetric ALiBi, GEGLU, normalised after each block."""

    def __init__(self, hidden, heads, wide, epsilon):
        super().__init__()
        self.heads = heads
        norm = lambda: nn.LayerNorm(hidden, eps=epsilon)
        self.attention = Named(
            self=Named(**{name: nn.Linear(hidden, hidden) for name in ("query", "key", "value")}),
            output=Named(dense=nn.Linear(hidden, hidden), LayerNorm=norm()))
        self.mlp = Named(
            gated_layers=nn.Linear(hidden, 2 * wide, bias=False), wo=nn.Linear(wide, hidden), layernorm=norm())

    def forward(self, x, seen):
        products = self.attention.get_submodule("self")
        places = torch.arange(x.shape[1])
        bias = -slopes(self.heads)[:, None, None] * (places[:, None] - places[None]).abs()
        context = attend(products.query(x), products.key(x), products.value(x), self.heads, seen, bias)
        x = self.attention.output.LayerNorm(self.attention.output.dense(context) + x)
        gated, plain = self.mlp.gated_layers(x).chunk(2, -1)
        return self.mlp.layernorm(self.mlp.wo(F.gelu(gated) * plain) + x)


class JinaBert(Encoder):
    def __init__(self, config):
        super().__init__(config)
        c = self.config
        self.embeddings = Named(
            word_embeddings=nn.Embedding(c.vocab_size, c.hidden_size),
            token_type_embeddings=nn.Embedding(c.type_vocab_size, c.hidden_size),
            LayerNorm=nn.LayerNorm(c.hidden_size, eps=c.layer_norm_eps))
        layer = lambda: JinaLayer(c.hidden_size, c.num_attention_heads, c.intermediate_size, c.layer_norm_eps)
        self.encoder = Named(layer=nn.ModuleList(layer() for _ in range(c.num_hidden_layers)))

    def embed(self, ids, types):
        e = self.embeddings
        return e.LayerNorm(e.word_embeddings(ids) + e.token_type_embeddings(types))

    def stack(self):
        return self.encoder.layer


class Experts(nn.Module):
    """A token's two of several feed-forward blocks (arXiv:2502.07972): weights of one softmax, one bias at the end."""

    def __init__(self, hidden, wide, count, taken):
        super().__init__()
        self.count, self.taken = count, taken
        self.router = Named(layer=nn.Linear(hidden, count, bias=False))
        weights = nn.Module()
        weights.w1 = nn.Parameter(torch.empty(count * wide, hidden))
        weights.w2 = nn.Parameter(torch.empty(count * wide, hidden))
        self.experts = Named(mlp=weights)
        self.experts.bias = nn.Parameter(torch.empty(hidden))

    def forward(self, x):
        shares, chosen = self.router.layer(x).softmax(-1).topk(self.taken, -1)
        first, second = (w.unflatten(0, (self.count, -1)) for w in (self.experts.mlp.w1, self.experts.mlp.w2))
        out = torch.zeros_like(x)
        for expert in range(self.count):
            share = (shares * (chosen == expert)).sum(-1, keepdim=True)
            out = out + share * (F.gelu(x @ first[expert].T) @ second[expert])
        return out + self.experts.bias


class Plain(nn.Module):
    def __init__(self, hidden, wide):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(hidden, wide), nn.Linear(wide, hidden)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class NomicLayer(nn.Module):
    def __init__(self, c, has_experts):
        super().__init__()
        self.heads, self.base = c.n_head, c.rotary_emb_base
        self.attn = Named(Wqkv=nn.Linear(c.n_embd, 3 * c.n_embd), out_proj=nn.Linear(c.n_embd, c.n_embd))
        self.mlp = Experts(c.n_embd, c.n_inner, c.num_experts, c.moe_top_k) if has_experts else Plain(c.n_embd, c.n_inner)
        self.norm1 = nn.LayerNorm(c.n_embd, eps=c.layer_norm_epsilon)
        self.norm2 = nn.LayerNorm(c.n_embd, eps=c.layer_norm_epsilon)

    def turn(self, x):
        heads = x.unflatten(-1, (self.heads, -1))
        size = heads.shape[-1]
        frequencies = 1 / self.base ** (torch.arange(0, size, 2, dtype=torch.float) / size)
        angles = torch.arange(x.shape[1], dtype=torch.float)[:, None] * frequencies
        cos, sin = (f(angles)[None, :, None].to(x) for f in (torch.cos, torch.sin))
        first, second = heads.chunk(2, -1)
        return torch.cat([first * cos - second * sin, second * cos + first * sin], -1).flatten(2)

    def forward(self, x, seen):
        q, k, v = self.attn.Wqkv(x).chunk(3, -1)
        x = self.norm1(self.attn.out_proj(attend(self.turn(q), self.turn(k), v, self.heads, seen)) + x)
        return self.norm2(self.mlp(x) + x)


class NomicWithExperts(Encoder):
    """NomicBERT v2: every second layer has experts, the others a plain block with biases."""

    def __init__(self, config):
        super().__init__(config)
        c = self.config
        self.embeddings = Named(
            word_embeddings=nn.Embedding(c.vocab_size, c.n_embd),
            token_type_embeddings=nn.Embedding(c.type_vocab_size, c.n_embd))
        self.emb_ln = nn.LayerNorm(c.n_embd, eps=c.layer_norm_epsilon)
        has_experts = lambda index: index % c.moe_every_n_layers == 1
        self.encoder = Named(layers=nn.ModuleList(NomicLayer(c, has_experts(index)) for index in range(c.n_layer)))

    def embed(self, ids, types):
        e = self.embeddings
        return self.emb_ln(e.word_embeddings(ids) + e.token_type_embeddings(types))

    def stack(self):
        return self.encoder.layers
