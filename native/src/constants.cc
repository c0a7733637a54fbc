#include "constants.h"

#include <numeric>
#include <vector>

namespace askbert {

using nvinfer1::DataType;

namespace {

// Added to the scores of keys in the padding. exp() of it is zero, and it is finite in half.
constexpr float kMasked = -30000.0f;

template <typename T>
void keep(Weights& weights, std::string const& name, DataType type, std::vector<T> const& values) {
  auto const* first = reinterpret_cast<unsigned char const*>(values.data());
  Tensor tensor;
  tensor.type = type;
  tensor.count = static_cast<int64_t>(values.size());
  tensor.bytes.assign(first, first + values.size() * sizeof(T));
  weights.keep(name, std::move(tensor));
}

void joinAttention(BertConfig const& config, Weights& weights, std::string const& p) {
  std::vector<std::string> matrices;
  std::vector<std::string> biases;
  for (char const* part : {"query", "key", "value"}) {
    matrices.push_back(p + ".attention.self." + part + ".weight");
    biases.push_back(p + ".attention.self." + part + ".bias");
  }
  weights.join(p + ".attention.qkv.weight", matrices, config.hidden * config.hidden);
  weights.join(p + ".attention.qkv.bias", biases, config.hidden);
}

}  // namespace

std::string encoderName(int32_t layer) { return "bert.encoder.layer." + std::to_string(layer); }

void prepareConstants(BertConfig const& config, Weights& weights) {
  for (int32_t layer = 0; layer < config.layers; layer++) joinAttention(config, weights, encoderName(layer));
  std::vector<int32_t> order(static_cast<size_t>(config.positions));
  std::iota(order.begin(), order.end(), 0);
  keep<int32_t>(weights, "mask.positions", DataType::kINT32, order);
  keep<float>(weights, "mask.zero", DataType::kFLOAT, {0});
  keep<float>(weights, "mask.far", DataType::kFLOAT, {kMasked});
  keep<int64_t>(weights, "shape.hidden", DataType::kINT64, {config.hidden});
  keep<int64_t>(weights, "shape.one", DataType::kINT64, {1});
}

}  // namespace askbert
