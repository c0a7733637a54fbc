"""An exported model in MLServer, which speaks KServe v2 with JSON only: the class that model-settings.json names."""

import os

import numpy as np
import onnxruntime as ort
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse

NAMES = ("input_ids", "attention_mask", "token_type_ids")


class Exported(MLModel):
    async def load(self) -> bool:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        model = os.environ["ASKBERT_EXPORTED"]
        self._session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        given = {each.name: NumpyCodec.decode_input(each).astype(np.int64) for each in payload.inputs}
        outputs = self._session.run(None, {name: given[name] for name in NAMES})
        encoded = [
            NumpyCodec.encode_output(name, values)
            for name, values in zip(("start_logits", "end_logits"), outputs, strict=True)
        ]
        return InferenceResponse(model_name=self.name, model_version="1", outputs=encoded)
