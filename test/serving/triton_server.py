"""A real Triton server with an exported model: its Python backend runs the ONNX graph by ONNX Runtime.

Usage: triton_server.py MODEL.onnx HTTP_PORT THREADS. Needs nvidia-pytriton and onnxruntime.
"""

import sys

import numpy as np
import onnxruntime as ort
from pytriton.decorators import batch
from pytriton.model_config import DynamicBatcher, ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

NAMES = ("input_ids", "attention_mask", "token_type_ids")


def main() -> None:
    model, port, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    @batch
    def infer(**inputs: np.ndarray) -> list[np.ndarray]:
        return session.run(None, {name: inputs[name] for name in NAMES})

    config = TritonConfig(
        http_address="127.0.0.1",
        http_port=port,
        grpc_address="127.0.0.1",
        grpc_port=port + 1,
        metrics_port=port + 2,
    )
    with Triton(config=config) as triton:
        triton.bind(
            model_name="ask-bert",
            infer_func=infer,
            inputs=[Tensor(name=name, dtype=np.int64, shape=(-1,)) for name in NAMES],
            outputs=[Tensor(name=name, dtype=np.float32, shape=(-1,)) for name in ("start_logits", "end_logits")],
            config=ModelConfig(max_batch_size=64, batcher=DynamicBatcher(max_queue_delay_microseconds=200)),
        )
        triton.serve()


main()
