"""llama.cpp through its C interface: texts of a batch are sequences of their own, without padding."""

import ctypes

# Sequences in a batch at most, and how many tokens are computed at a time: llama.cpp's attention is over all of them,
# masked, so more would cost more than it gains.
SEQUENCES, TOKENS = 64, 1024


class Llama:
    def __init__(self, path, threads, longest):
        import llama_cpp

        self.library = llama_cpp
        llama_cpp.llama_backend_init()
        self.model = llama_cpp.llama_model_load_from_file(path.encode(), llama_cpp.llama_model_default_params())
        if not self.model:
            raise SystemExit(f"llama.cpp cannot load {path}")
        settings = llama_cpp.llama_context_default_params()
        self.tokens = max(TOKENS, longest)
        settings.n_ctx = settings.n_batch = settings.n_ubatch = self.tokens
        settings.n_seq_max = SEQUENCES
        settings.n_threads = settings.n_threads_batch = threads
        settings.embeddings = True
        settings.pooling_type = llama_cpp.LLAMA_POOLING_TYPE_MEAN
        self.context = llama_cpp.llama_init_from_model(self.model, settings)
        if not self.context:
            raise SystemExit("llama.cpp cannot make a context")
        self.width = llama_cpp.llama_model_n_embd(self.model)
        self.buffers()

    def buffers(self):
        """A batch over arrays of ours, filled without a loop over tokens."""
        import numpy as np

        self.ids, self.positions, self.counts, self.sequences = np.zeros((4, self.tokens), np.int32)
        self.counts[:] = 1
        starts = self.sequences.ctypes.data + 4 * np.arange(self.tokens, dtype=np.uint64)
        self.pointers, self.wanted = starts.astype(np.uint64), np.ones(self.tokens, np.int8)

    def batch(self, count):
        api = self.library
        kind = dict(api.llama_batch._fields_)
        at = lambda array, name: ctypes.cast(array.ctypes.data, kind[name])
        return api.llama_batch(
            n_tokens=count, token=at(self.ids, "token"), embd=None, pos=at(self.positions, "pos"),
            n_seq_id=at(self.counts, "n_seq_id"), seq_id=at(self.pointers, "seq_id"),
            logits=at(self.wanted, "logits"))

    def __call__(self, ids, mask):
        import numpy as np

        lengths = mask.sum(1)
        vectors = np.empty((len(ids), self.width), np.float32)
        first = 0
        while first < len(ids):
            last, count = first, 0
            while last < len(ids) and last - first < SEQUENCES and count + lengths[last] <= self.tokens:
                length = int(lengths[last])
                here = slice(count, count + length)
                self.ids[here] = ids[last, :length]
                self.positions[here] = np.arange(length)
                self.sequences[here] = last - first
                count, last = count + length, last + 1
            if self.library.llama_encode(self.context, self.batch(count)) != 0:
                raise SystemExit("llama.cpp failed to encode")
            for row in range(first, last):
                found = self.library.llama_get_embeddings_seq(self.context, row - first)
                vectors[row] = np.ctypeslib.as_array(found, (self.width,))
            first = last
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
