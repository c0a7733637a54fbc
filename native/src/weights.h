// The model's tensors, passed as 32-bit floats and stored in the precision of the engine.
#pragma once

#include <NvInfer.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace askbert {

enum class Precision { Fp32, Fp16, Bf16 };

constexpr nvinfer1::DataType dataTypeOf(Precision precision) noexcept {
  switch (precision) {
    case Precision::Fp32:
      return nvinfer1::DataType::kFLOAT;
    case Precision::Fp16:
      return nvinfer1::DataType::kHALF;
    case Precision::Bf16:
      return nvinfer1::DataType::kBF16;
  }
  return nvinfer1::DataType::kFLOAT;
}

// IEEE half, rounded to nearest even; values that are too large become infinity, NaN stays NaN.
uint16_t toHalf(float value) noexcept;
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
  // does. scale: factor to multiply by (the query's 1 / sqrt(head size)).
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

 private:
  Precision precision_;
  std::map<std::string, Tensor> tensors_;
};

}  // namespace askbert
