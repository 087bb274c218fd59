"""References for models whose code is published beside their weights and not in transformers, from their papers and
configurations: plain modules with the names of the checkpoints, for model_fixtures.py."""

import functools
import math
from types import SimpleNamespace

import torch
from torch import nn
from torch.nn import functional as F
from transformers import MistralConfig, MistralModel


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

    def __init__(self, hidden, heads, wide, epsilon, activation):
        super().__init__()
        self.heads, self.activation = heads, activation
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
        return self.mlp.layernorm(self.mlp.wo(self.activation(gated) * plain) + x)


class JinaPostNormLayer(nn.Module):
    """A layer of JinaBERT v2's second form ("qk-post-norm"): queries and keys are normalised over all heads, and what
    attention gives is added to its input and normalised twice."""

    def __init__(self, hidden, heads, wide, epsilon, activation):
        super().__init__()
        self.heads, self.activation = heads, activation
        norm = lambda: nn.LayerNorm(hidden, eps=epsilon)
        products = {name: nn.Linear(hidden, hidden) for name in ("query", "key", "value")}
        self.attention = Named(
            self=Named(**products, layer_norm_q=norm(), layer_norm_k=norm()),
            output=Named(dense=nn.Linear(hidden, hidden), LayerNorm=norm()))
        self.mlp = Named(
            up_gated_layer=nn.Linear(hidden, 2 * wide, bias=False), down_layer=nn.Linear(wide, hidden))
        self.layer_norm_1, self.layer_norm_2 = norm(), norm()

    def forward(self, x, seen):
        of = self.attention.get_submodule("self")
        places = torch.arange(x.shape[1])
        bias = -slopes(self.heads)[:, None, None] * (places[:, None] - places[None]).abs()
        query, key = of.layer_norm_q(of.query(x)), of.layer_norm_k(of.key(x))
        context = attend(query, key, of.value(x), self.heads, seen, bias)
        inner = self.attention.output.LayerNorm(self.attention.output.dense(context) + x)
        x = self.layer_norm_1(inner + x)
        plain, gated = self.mlp.up_gated_layer(x).chunk(2, -1)
        return self.layer_norm_2(self.mlp.down_layer(plain * self.activation(gated)) + x)


class JinaBert(Encoder):
    layer = JinaLayer

    def __init__(self, config):
        super().__init__(config)
        c = self.config
        self.embeddings = Named(
            word_embeddings=nn.Embedding(c.vocab_size, c.hidden_size),
            token_type_embeddings=nn.Embedding(c.type_vocab_size, c.hidden_size),
            LayerNorm=nn.LayerNorm(c.hidden_size, eps=c.layer_norm_eps))
        activation = {"geglu": F.gelu, "reglu": F.relu}[c.feed_forward_type]
        layer = lambda: self.layer(
            c.hidden_size, c.num_attention_heads, c.intermediate_size, c.layer_norm_eps, activation)
        self.encoder = Named(layer=nn.ModuleList(layer() for _ in range(c.num_hidden_layers)))

    def embed(self, ids, types):
        e = self.embeddings
        return e.LayerNorm(e.word_embeddings(ids) + e.token_type_embeddings(types))

    def stack(self):
        return self.encoder.layer


class JinaBertPostNorm(JinaBert):
    layer = JinaPostNormLayer


def bucket(distances, buckets, longest):
    """LTG-BERT's buckets: half of them for the near distances, and logarithmically more distances in each further one."""
    near = buckets // 2
    far = distances.abs().clamp(max=longest - 1)
    steps = torch.ceil(torch.log(far / near) / math.log((longest - 1) / near) * (near - 1)).long() + near
    # Rounding may give the farthest one bucket more than there are, where the release would fail.
    return torch.where(far <= near, distances, steps.clamp(max=buckets - 1) * distances.sign())


def plain_norm(c, features=None):
    return nn.LayerNorm(features or c.hidden_size, eps=c.layer_norm_eps, elementwise_affine=False)


class LtgGate(nn.Module):
    def forward(self, x):
        plain, gated = x.chunk(2, -1)
        return plain * F.gelu(gated, approximate="tanh")


class LtgLayer(nn.Module):
    """A layer of LTG-BERT (arXiv:2303.09859): scores of content and of distances, whose rows go through the projection of
    queries and keys; what attention gives is normalised, and what is gated.

    `by_head`: whether the rows of distances give query and key of one head after the other, as the release for the
    British National Corpus has it, and not all queries and then all keys.
    """

    def __init__(self, c, by_head):
        super().__init__()
        hidden, self.heads, self.by_head = c.hidden_size, c.num_attention_heads, by_head
        self.attention = Named(
            in_proj_qk=nn.Linear(hidden, 2 * hidden), in_proj_v=nn.Linear(hidden, hidden),
            out_proj=nn.Linear(hidden, hidden), pre_layer_norm=plain_norm(c),
            post_layer_norm=nn.LayerNorm(hidden, eps=c.layer_norm_eps))
        places = torch.arange(c.max_position_embeddings)
        rows = bucket(places[:, None] - places[None], c.position_bucket_size, c.max_position_embeddings)
        self.attention.register_buffer("position_indices", rows + c.position_bucket_size - 1)
        self.mlp = Named(mlp=nn.Sequential(
            plain_norm(c), nn.Linear(hidden, 2 * c.intermediate_size, bias=False), LtgGate(),
            plain_norm(c, c.intermediate_size), nn.Linear(c.intermediate_size, hidden, bias=False)))

    def forward(self, x, seen, table):
        a, heads, count = self.attention, self.heads, x.shape[1]
        normed = a.pre_layer_norm(x)
        q, k = (part.unflatten(-1, (heads, -1)) for part in a.in_proj_qk(normed).chunk(2, -1))
        v = a.in_proj_v(normed).unflatten(-1, (heads, -1))
        rows = a.in_proj_qk(table)
        places = (rows.unflatten(-1, (heads, 2, -1)).unbind(2) if self.by_head
                  else rows.unflatten(-1, (2, heads, -1)).unbind(1))
        indices = a.position_indices[:count, :count]
        place_queries, place_keys = (part[indices] for part in places)
        scores = (torch.einsum("bqhd,bkhd->bhqk", q, k) + torch.einsum("bqhd,qkhd->bhqk", q, place_keys)
                  + torch.einsum("bkhd,qkhd->bhqk", k, place_queries)) / math.sqrt(3 * q.shape[-1])
        weights = scores.masked_fill(~seen, float("-inf")).softmax(-1)
        context = torch.einsum("bhqk,bkhd->bqhd", weights, v).flatten(2)
        x = x + a.post_layer_norm(a.out_proj(context))
        return x + self.mlp.mlp(x)


class LtgBert(Encoder):
    """LTG-BERT; its states are sums, where the published code lists what each layer adds.

    With `vocab_size` words and the architecture of a head it has that head, too, as its outputs' `logits`.
    """

    def __init__(self, config):
        super().__init__(config)
        c = self.config
        architecture = c.architectures[0]
        self.embedding = Named(
            word_embedding=nn.Embedding(c.vocab_size, c.hidden_size), word_layer_norm=plain_norm(c),
            relative_layer_norm=nn.LayerNorm(c.hidden_size, eps=c.layer_norm_eps))
        self.embedding.relative_embedding = nn.Parameter(torch.empty(2 * c.position_bucket_size - 1, c.hidden_size))
        by_head = architecture.startswith("LtgBert")
        self.transformer = Named(layers=nn.ModuleList(LtgLayer(c, by_head) for _ in range(c.num_hidden_layers)))
        outputs = c.vocab_size if architecture.endswith("ForMaskedLM") else getattr(c, "outputs", None)
        self.head_name = "classifier" if architecture.endswith("ForMaskedLM") else "head"
        if outputs:
            self.add_module(self.head_name, Named(nonlinearity=nn.Sequential(
                plain_norm(c), nn.Linear(c.hidden_size, c.hidden_size), nn.GELU(), plain_norm(c), nn.Dropout(0.1),
                nn.Linear(c.hidden_size, outputs))))
        if architecture.endswith("ForMaskedLM"):
            self.classifier.nonlinearity[5].weight = self.embedding.word_embedding.weight
        self.is_of_text = architecture.endswith("ForSequenceClassification")

    def embed(self, ids, types):
        return self.embedding.word_layer_norm(self.embedding.word_embedding(ids))

    def stack(self):
        table = self.embedding.relative_layer_norm(self.embedding.relative_embedding)
        return [functools.partial(layer, table=table) for layer in self.transformer.layers]

    def forward(self, *inputs, **options):
        output = super().forward(*inputs, **options)
        head = getattr(self, self.head_name, None)
        if head is not None:
            states = output.last_hidden_state
            output.logits = head.nonlinearity(states[:, 0] if self.is_of_text else states)
        return output


class LatentBlock(nn.Module):
    """What a block of NV-Embed's latent attention takes, normalised, and the latents as well where it looks at them."""

    def __init__(self, hidden, has_context, **products):
        super().__init__()
        self.norm = nn.LayerNorm(hidden)
        if has_context:
            self.norm_context = nn.LayerNorm(hidden)
        self.fn = Named(**products)


class LatentAttention(nn.Module):
    """NV-Embed's states after the language model's (arXiv:2405.17428): tokens look at learned latents, then a gated
    block; both are added."""

    def __init__(self, c):
        super().__init__()
        hidden, self.heads = c["latent_dim"], c["num_cross_heads"]
        inner = self.heads * c["cross_dim_head"]
        product = lambda *sizes: nn.Linear(*sizes, bias=False)
        self.cross_attend_blocks = nn.ModuleList([
            LatentBlock(hidden, True, to_q=product(hidden, inner), to_kv=product(hidden, 2 * inner),
                        to_out=product(inner, hidden)),
            LatentBlock(hidden, False, net=nn.Sequential(
                nn.Linear(hidden, 8 * hidden), nn.Identity(), nn.Linear(4 * hidden, hidden)))])
        self.latents = nn.Parameter(torch.empty(c["num_latents_value"], hidden))

    def forward(self, x):
        looking, feeding = self.cross_attend_blocks
        keys, values = looking.fn.to_kv(looking.norm_context(self.latents))[None].chunk(2, -1)
        query = looking.fn.to_q(looking.norm(x))
        everything = torch.ones(1, 1, 1, keys.shape[1], dtype=torch.bool)
        x = x + looking.fn.to_out(attend(query, keys, values, self.heads, everything))
        plain, gated = feeding.fn.net[0](feeding.norm(x)).chunk(2, -1)
        return x + feeding.fn.net[2](plain * F.gelu(gated))


class NVEmbed(nn.Module):
    """Mistral that sees both ways and everything, whatever `sliding_window` says, and latent attention after it."""

    def __init__(self, config):
        super().__init__()
        self.config = SimpleNamespace(**config)
        text = {key: value for key, value in config["text_config"].items() if key != "model_type"}
        self.embedding_model = MistralModel(MistralConfig(**(text | dict(sliding_window=None, is_causal=False))))
        self.embedding_model.config._attn_implementation = "eager"
        self.latent_attention_model = LatentAttention(config["latent_attention_config"])

    def forward(self, input_ids, attention_mask, output_hidden_states=True):
        output = self.embedding_model(input_ids, attention_mask=attention_mask, output_hidden_states=True)
        states = self.latent_attention_model(output.last_hidden_state)
        return SimpleNamespace(last_hidden_state=states, hidden_states=[*output.hidden_states[:-1], states])


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
