#include "constants.h"

#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "failure.h"
#include "quantise.h"

namespace askbert {

using nvinfer1::DataType;

namespace {

// Added to the scores of keys in the padding. exp() of it is zero, and it is finite in half.
constexpr float kMasked = -30000.0f;

// Where a layer's values are rounded to 8 bits, in the order of BertConfig::ranges.
constexpr std::array<char const*, 7> kSites = {"input", "query", "key", "value", "context", "middle", "inner"};

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

// Scales of what the products read, from the ranges of the calibration.
void keepScales(BertConfig const& config, Weights& weights) {
  size_t const expected = static_cast<size_t>(config.layers) * kSites.size();
  if (config.ranges.size() != expected) {
    throw Failure(FailureCode::BadRequest,
                  "ranges has " + std::to_string(config.ranges.size()) + " values, expected " + std::to_string(expected));
  }
  auto keepScale = [&](std::string const& name, float range) {
    uint16_t const scale = toHalf(range / largestOf(config.precision));
    if (!(range > 0) || scale == 0 || !std::isfinite(fromHalf(scale))) {
      throw Failure(FailureCode::BadRequest,
                    "the range of " + name + " is " + std::to_string(range) + ", expected a positive number that FP16 holds");
    }
    weights.keepValues<uint16_t>(name + ".scale", DataType::kHALF, {scale});
  };
  for (int32_t layer = 0; layer < config.layers; layer++) {
    for (size_t site = 0; site < kSites.size(); site++) {
      keepScale(encoderName(layer) + "." + kSites[site], config.ranges[static_cast<size_t>(layer) * kSites.size() + site]);
    }
    // Shares of attention are at most 1.
    keepScale(encoderName(layer) + ".softmax", 1.0f);
  }
}

}  // namespace

std::string encoderName(int32_t layer) { return "bert.encoder.layer." + std::to_string(layer); }

void prepareConstants(BertConfig const& config, Weights& weights) {
  if (isQuantised(config.precision)) {
    keepScales(config, weights);
  } else {
    for (int32_t layer = 0; layer < config.layers; layer++) joinAttention(config, weights, encoderName(layer));
  }
  std::vector<int32_t> order(static_cast<size_t>(config.positions));
  std::iota(order.begin(), order.end(), 0);
  weights.keepValues<int32_t>("mask.positions", DataType::kINT32, order);
  weights.keepValues<float>("mask.zero", DataType::kFLOAT, {0});
  weights.keepValues<float>("mask.far", DataType::kFLOAT, {kMasked});
  weights.keepValues<int64_t>("shape.hidden", DataType::kINT64, {config.hidden});
  weights.keepValues<int64_t>("shape.one", DataType::kINT64, {1});
}

}  // namespace askbert
