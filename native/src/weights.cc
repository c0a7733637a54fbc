#include "weights.h"

#include <cmath>
#include <cstring>

#include "failure.h"

namespace askbert {

uint16_t toHalf(float value) noexcept {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  uint32_t const sign = bits >> 16 & 0x8000u;
  uint32_t const magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7e00u);
  // 65520 and more round to infinity.
  if (magnitude >= 0x477ff000u) return static_cast<uint16_t>(sign | 0x7c00u);
  uint32_t mantissa = (magnitude & 0x007fffffu) | 0x00800000u;
  int const exponent = static_cast<int>(magnitude >> 23) - 127;
  // Dropped bits: 13 for normal numbers, more for subnormal ones.
  int const shift = exponent >= -14 ? 13 : 13 + (-14 - exponent);
  if (shift > 24) return static_cast<uint16_t>(sign);
  uint32_t const half = 1u << (shift - 1);
  uint32_t const rest = mantissa & ((1u << shift) - 1);
  mantissa >>= shift;
  if (rest > half || (rest == half && (mantissa & 1u))) mantissa++;
  // The hidden bit of a normal number adds one to the exponent field; a carry of the rounding does so too.
  uint32_t const field = exponent >= -14 ? static_cast<uint32_t>(exponent + 14) << 10 : 0;
  return static_cast<uint16_t>(sign | (field + mantissa));
}

float fromHalf(uint16_t bits) noexcept {
  int const exponent = bits >> 10 & 0x1f;
  int const fraction = bits & 0x3ff;
  float magnitude;
  if (exponent == 0) {
    magnitude = std::ldexp(static_cast<float>(fraction), -24);
  } else if (exponent < 31) {
    magnitude = std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  } else {
    magnitude = fraction == 0 ? INFINITY : NAN;
  }
  return bits & 0x8000u ? -magnitude : magnitude;
}

uint16_t toBfloat16(float value) noexcept {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<uint16_t>(bits >> 16 | 0x40u);
  return static_cast<uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

namespace {

bool staysFp32(std::string const& name) {
  return name.find("LayerNorm") != std::string::npos || name.compare(0, 10, "qa_outputs") == 0;
}

}  // namespace

void Weights::add(std::string const& name, float const* values, size_t count, float scale) {
  Precision const precision = staysFp32(name) ? Precision::Fp32 : precision_;
  bool const isHalf = dataTypeOf(precision) == nvinfer1::DataType::kHALF;
  float const limit = isHalf ? 65504.0f : 3.0e38f;
  for (size_t i = 0; i < count; i++) {
    if (std::isfinite(values[i]) && std::fabs(values[i]) <= limit) continue;
    throw Failure(FailureCode::BadRequest, "tensor " + name + " has the value " + std::to_string(values[i]) + " at " +
                                               std::to_string(i) + ", which the precision cannot hold");
  }
  Tensor tensor;
  tensor.type = dataTypeOf(precision);
  tensor.count = static_cast<int64_t>(count);
  if (precision == Precision::Fp32) {
    tensor.bytes.resize(count * sizeof(float));
    auto* out = reinterpret_cast<float*>(tensor.bytes.data());
    for (size_t i = 0; i < count; i++) out[i] = values[i] * scale;
  } else {
    tensor.bytes.resize(count * sizeof(uint16_t));
    auto* out = reinterpret_cast<uint16_t*>(tensor.bytes.data());
    auto* const convert = isHalf ? toHalf : toBfloat16;
    for (size_t i = 0; i < count; i++) out[i] = convert(values[i] * scale);
  }
  tensors_[name] = std::move(tensor);
}

Tensor const& Weights::get(std::string const& name, int64_t count) const {
  auto const found = tensors_.find(name);
  if (found == tensors_.end()) throw Failure(FailureCode::BadRequest, "the tensor " + name + " was not given");
  if (found->second.count != count) {
    throw Failure(FailureCode::BadRequest, "the tensor " + name + " has " + std::to_string(found->second.count) +
                                               " values, the configuration asks for " + std::to_string(count));
  }
  return found->second;
}

Tensor const* Weights::find(std::string const& name) const noexcept {
  auto const found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

void Weights::join(std::string const& name, std::vector<std::string> const& parts, int64_t countOfEach) {
  Tensor joined;
  for (auto const& part : parts) {
    Tensor const& tensor = get(part, countOfEach);
    joined.type = tensor.type;
    joined.count += tensor.count;
    joined.bytes.insert(joined.bytes.end(), tensor.bytes.begin(), tensor.bytes.end());
    tensors_.erase(part);
  }
  tensors_[name] = std::move(joined);
}

}  // namespace askbert
