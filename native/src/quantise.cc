#include "quantise.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "failure.h"

namespace askbert {

uint8_t toE4m3(float value) noexcept {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  auto const sign = static_cast<uint8_t>(bits >> 24 & 0x80u);
  if (std::isnan(value)) return static_cast<uint8_t>(sign | 0x7fu);
  float const magnitude = std::fabs(value);
  if (magnitude >= 448.0f) return static_cast<uint8_t>(sign | 0x7eu);
  if (magnitude == 0) return sign;
  // Steps of 2^-9 below 2^-6, else of an eighth of the power of two.
  int exponent = 0;
  std::frexp(magnitude, &exponent);
  int const step = std::max(exponent - 4, -9);
  auto const steps = static_cast<int>(std::nearbyint(std::ldexp(magnitude, -step)));
  // Carries of the rounding run over into the exponent field, as they must.
  int const field = step == -9 ? 0 : step + 9;
  return static_cast<uint8_t>(sign | (field * 8 + steps));
}

namespace {

bool endsWith(std::string const& name, char const* end) {
  size_t const length = std::strlen(end);
  return name.size() >= length && name.compare(name.size() - length, length, end) == 0;
}

bool isQuery(std::string const& name) { return name.find(".attention.self.query.") != std::string::npos; }

// Inputs of a matrix of the encoder; 0 for any other tensor.
int64_t columnsOf(BertConfig const& config, std::string const& name) {
  if (name.find(".encoder.layer.") == std::string::npos || !endsWith(name, ".weight")) return 0;
  if (name.find("LayerNorm") != std::string::npos) return 0;
  bool const second = endsWith(name, ".output.dense.weight") && !endsWith(name, ".attention.output.dense.weight");
  return second ? config.intermediate : config.hidden;
}

// Each row with a scale of its own, so that its largest value is the largest of the type.
void addRows(Weights& weights, BertConfig const& config, std::string const& name, float const* values, size_t count,
             int64_t columns, float factor) {
  auto const width = static_cast<size_t>(columns);
  size_t const rows = count / width;
  bool const isFloat = config.precision == Precision::Fp8;
  float const largest = largestOf(config.precision);
  std::vector<uint16_t> scales(rows);
  Tensor matrix;
  matrix.type = isFloat ? nvinfer1::DataType::kFP8 : nvinfer1::DataType::kINT8;
  matrix.count = static_cast<int64_t>(count);
  matrix.bytes.resize(count);
  for (size_t row = 0; row < rows; row++) {
    float const* from = values + row * width;
    float top = 0;
    for (size_t i = 0; i < width; i++) {
      if (!std::isfinite(from[i])) {
        throw Failure(FailureCode::BadRequest,
                      "tensor " + name + " has a value at " + std::to_string(row * width + i) + " that is not finite");
      }
      top = std::max(top, std::fabs(from[i] * factor));
    }
    // The scale is rounded first, and the values are divided by what is stored. A row of zeros has any scale.
    scales[row] = std::max<uint16_t>(1, toHalf(top / largest));
    float const scale = fromHalf(scales[row]);
    if (!std::isfinite(scale)) {
      throw Failure(FailureCode::BadRequest, "tensor " + name + " has the value " + std::to_string(top) + " in row " +
                                                 std::to_string(row) + ", which the precision cannot hold");
    }
    for (size_t i = 0; i < width; i++) {
      float const steps = std::min(largest, std::max(-largest, from[i] * factor / scale));
      matrix.bytes[row * width + i] = isFloat ? toE4m3(steps) : static_cast<uint8_t>(static_cast<int8_t>(std::nearbyint(steps)));
    }
  }
  weights.keep(name, std::move(matrix));
  weights.keepValues<uint16_t>(name + ".scale", nvinfer1::DataType::kHALF, scales);
}

}  // namespace

void addTensor(Weights& weights, BertConfig const& config, std::string const& name, float const* values, size_t count) {
  float const factor = isQuery(name) ? 1.0f / std::sqrt(static_cast<float>(config.hidden / config.heads)) : 1.0f;
  int64_t const columns = isQuantised(config.precision) ? columnsOf(config, name) : 0;
  if (columns == 0) return weights.add(name, values, count, factor);
  if (count % static_cast<size_t>(columns) != 0) {
    throw Failure(FailureCode::BadRequest, "the tensor " + name + " has " + std::to_string(count) + " values, expected rows of " +
                                               std::to_string(columns));
  }
  addRows(weights, config, name, values, count, columns, factor);
}

}  // namespace askbert
