"""Extracts the BERT encoder of a sentence-embedding model published as ONNX, under Hugging Face's names.

  python onnx_encoder.py e5-small-v2.onnx encoder.safetensors

Initialisers keep their names; the matrices are the second inputs of MatMul nodes named `/encoder/layer.N/.../MatMul`,
transposed. A missing tensor of the encoder is an error that names it.
"""

import sys

import numpy as np
import onnx
from onnx import numpy_helper
from safetensors.numpy import save_file


def encoder_of(path):
    """{name: float32 array} with `bert.` in front, without the pooler."""
    graph = onnx.load(path).graph
    values = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    found = {k.removeprefix("model."): v for k, v in values.items() if k.endswith((".weight", ".bias"))}
    for node in graph.node:
        if node.op_type == "MatMul" and "/encoder/layer." in node.name and node.input[1] in values:
            name = node.name[node.name.index("/encoder/") + 1 :].removesuffix("/MatMul").replace("/", ".")
            found[name + ".weight"] = values[node.input[1]].T
    state = {
        "bert." + k.removeprefix("bert."): np.ascontiguousarray(v, np.float32)
        for k, v in found.items()
        if "pooler" not in k and v.dtype in (np.float32, np.float16)
    }
    layers = 1 + max(int(k.split(".")[3]) for k in state if ".layer." in k)
    parts = [
        "attention.self.query",
        "attention.self.key",
        "attention.self.value",
        "attention.output.dense",
        "attention.output.LayerNorm",
        "intermediate.dense",
        "output.dense",
        "output.LayerNorm",
    ]
    wanted = [f"bert.encoder.layer.{n}.{p}.{t}" for n in range(layers) for p in parts for t in ("weight", "bias")]
    wanted += [
        f"bert.embeddings.{p}"
        for p in (
            "word_embeddings.weight",
            "position_embeddings.weight",
            "token_type_embeddings.weight",
            "LayerNorm.weight",
            "LayerNorm.bias",
        )
    ]
    missing = [k for k in wanted if k not in state]
    assert not missing, f"{path}: not found: {missing[:5]}"
    return {k: state[k] for k in wanted}


if __name__ == "__main__":
    save_file(encoder_of(sys.argv[1]), sys.argv[2], metadata={"format": "pt"})
