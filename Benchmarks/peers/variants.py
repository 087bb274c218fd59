"""Every way of running a peer that is tried: the engine, its precision, and the form that is run."""

from dataclasses import dataclass

from graphs import QUANTISED


@dataclass(frozen=True)
class Variant:
    engine: str
    precision: str
    form: str
    # Batches side by side, each with its part of the threads, instead of one batch on all of them.
    streams: int = 1

    @property
    def group(self):
        """Variants of a group are one peer: the fastest of them is the one that counts."""
        return f"{self.engine} {self.precision}"

    def __str__(self):
        return f"{self.group} ({self.form}{', side by side' if self.streams > 1 else ''})"


PRECISIONS = ("f32", "bf16", "int8")
VARIANTS = [
    Variant("pytorch", "f32", "transformers"),
    Variant("pytorch", "f32", "sentence-transformers"),
    Variant("pytorch", "bf16", "transformers"),
    Variant("pytorch", "int8", "dynamic"),
    Variant("onnxruntime", "f32", "plain"),
    Variant("onnxruntime", "f32", "fused"),
    *(Variant("onnxruntime", "int8", f"{source}-{form}") for source in ("plain", "fused") for form in QUANTISED),
    Variant("openvino", "f32", "plain"),
    Variant("openvino", "bf16", "plain"),
    Variant("openvino", "int8", "calibrated"),
    Variant("openvino", "int8", "compressed"),
    Variant("openvino", "int8", "plain-whole"),
    Variant("llama.cpp", "f32", "f32"),
    Variant("llama.cpp", "int8", "q8_0"),
]
ENGINES = tuple(dict.fromkeys(variant.engine for variant in VARIANTS))
STREAMING = ("onnxruntime", "openvino")
