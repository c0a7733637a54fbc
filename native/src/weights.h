// The model's tensors, passed as 32-bit floats and stored in the precision of the engine.
#pragma once

#include <NvInfer.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace askbert {

// Int8, Fp8: products of the encoder read 8 bits, everything else is FP16.
enum class Precision { Fp32, Fp16, Bf16, Int8, Fp8 };

constexpr bool isQuantised(Precision precision) noexcept { return precision == Precision::Int8 || precision == Precision::Fp8; }

// The type of what is not stored in 8 bits.
constexpr nvinfer1::DataType dataTypeOf(Precision precision) noexcept {
  switch (precision) {
    case Precision::Fp32:
      return nvinfer1::DataType::kFLOAT;
    case Precision::Fp16:
    case Precision::Int8:
    case Precision::Fp8:
      return nvinfer1::DataType::kHALF;
    case Precision::Bf16:
      return nvinfer1::DataType::kBF16;
  }
  return nvinfer1::DataType::kFLOAT;
}

// IEEE half, rounded to nearest even; values that are too large become infinity, NaN stays NaN.
uint16_t toHalf(float value) noexcept;
float fromHalf(uint16_t bits) noexcept;
// bfloat16, rounded to nearest even; NaN stays NaN.
uint16_t toBfloat16(float value) noexcept;

// A constant of the network. Its bytes must outlive the build.
struct Tensor {
  nvinfer1::DataType type = nvinfer1::DataType::kFLOAT;
  int64_t count = 0;
  std::vector<unsigned char> bytes;

  nvinfer1::Weights weights() const noexcept { return {type, bytes.data(), count}; }
};

class Weights {
 public:
  explicit Weights(Precision precision) : precision_(precision) {}

  // Adds a tensor under its Hugging Face name. Vectors of LayerNorm and of the head stay FP32, as their arithmetic
  // does. scale: factor to multiply by.
  // Throws Failure BadRequest when a value is not finite or out of the range of the precision.
  void add(std::string const& name, float const* values, size_t count, float scale = 1);

  // Throws Failure BadRequest for a missing tensor or one of another size.
  Tensor const& get(std::string const& name, int64_t count) const;

  // The same, null for a missing one.
  Tensor const* find(std::string const& name) const noexcept;

  // Concatenates tensors of one type under a new name.
  void join(std::string const& name, std::vector<std::string> const& parts, int64_t countOfEach);

  // Keeps a tensor that is not a weight (a mask's constants) as long as the weights.
  void keep(std::string const& name, Tensor&& tensor) { tensors_[name] = std::move(tensor); }

  template <typename T>
  void keepValues(std::string const& name, nvinfer1::DataType type, std::vector<T> const& values) {
    auto const* first = reinterpret_cast<unsigned char const*>(values.data());
    Tensor tensor;
    tensor.type = type;
    tensor.count = static_cast<int64_t>(values.size());
    tensor.bytes.assign(first, first + values.size() * sizeof(T));
    keep(name, std::move(tensor));
  }

 private:
  Precision precision_;
  std::map<std::string, Tensor> tensors_;
};

}  // namespace askbert
