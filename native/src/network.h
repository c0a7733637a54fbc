// BERT for question answering through TensorRT's network interface, of any shape, from its configuration and weights.
//
// Inputs: input_ids, segment_ids int32 [batch, length]; lengths int32 [batch], pieces of each row without padding.
// Outputs: start, end float [batch, length]; values in the padding are meaningless.
#pragma once

#include <NvInfer.h>

#include <cstdint>
#include <string>
#include <vector>

#include "library.h"
#include "weights.h"

namespace askbert {

enum class Activation { GeluErf, GeluTanh, Relu };

// Whether choices that are faster are the default: where their accuracy was measured on a device.
constexpr bool isMeasured(Precision precision) noexcept {
  return ASKBERT_TRT10 && dataTypeOf(precision) == nvinfer1::DataType::kHALF;
}

struct BertConfig {
  int64_t vocabulary = 0;
  int64_t hidden = 0;
  int32_t layers = 0;
  int64_t heads = 0;
  int64_t intermediate = 0;
  int64_t positions = 0;
  int64_t segmentTypes = 0;
  float epsilon = 1e-12f;
  Activation activation = Activation::GeluErf;
  Precision precision = Precision::Fp32;
  // IAttention if the library has it. Off: matrix products and softmax, which TensorRT fuses by pattern.
  bool fusedAttention = true;
  // Softmax in FP32 where it is not fused (a fused kernel accumulates in FP32 anyway).
  bool softmaxFp32 = false;
  // Residual sums in FP32. Default: unless measured (above); the next two as well.
  bool residualFp32 = true;
  // LayerNorm reads and writes FP32. Off: 16 bits, with sums in FP32 inside the kernel, which is one then, not two.
  bool normFp32 = true;
  // GELU by erf below FP32, too. Off: by tanh, at most 4.8e-4 from it, which TensorRT 10 has in the kernels of its
  // products; for erf in FP16 it makes a slower kernel of its own and searches long for it.
  bool exactGelu = true;
  // Products of 16-bit matrices are accumulated in FP32. Off: TensorRT may choose kernels that accumulate in half.
  bool accumulateFp32 = true;
  // The fused attention gets the number of keys of each row instead of a mask over all keys.
  bool keyLengths = false;
  // Int8, Fp8: the largest absolute values that each layer's products read, [layers, 7]: input of the query, key and
  // value products; query (scaled), key, value; context; middle (input of the first product after attention); inner
  // (input of the second).
  std::vector<float> ranges;
};

// Whether a library of this version has IAttention. Checked before any of its functions is called: a virtual function
// missing from the library is a wild jump.
bool hasAttention(int libraryVersion) noexcept;
// Whether its attention takes the lengths of the rows.
bool hasKeyLengths(int libraryVersion) noexcept;

// Adds everything to an empty, strongly typed network. The weights must outlive the build.
// Throws Failure BadRequest for weights that do not fit, EngineBuild when TensorRT refuses a layer.
// Returns whether IAttention was used.
bool addBert(nvinfer1::INetworkDefinition& network, BertConfig const& config, Weights& weights, int libraryVersion);

}  // namespace askbert
